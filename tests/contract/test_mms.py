"""MMS behind the port Asr: the tiny random model in a real child process, and the bundled one on recorded speech."""

from __future__ import annotations

import asyncio
import shutil

import numpy as np
import pytest

from oyez.engines.mms.engine import MmsAsr
from oyez.engines.mms.recogniser import HOP, STRIDE, Recogniser, normalise
from oyez.errors import InvalidInput, ModelDamaged, ModelMissing
from oyez.model import Recognition


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(int(seconds * 16_000)).astype(np.float32) * 0.1


@pytest.fixture
async def asr(tiny):
    engine = MmsAsr(tiny, threads=1)
    yield engine
    await engine.child.close()


@pytest.fixture(scope="module")
def recogniser(tiny):
    return Recogniser(tiny, threads=1, adapters_kept=1)


async def test_the_language_changes_with_each_utterance(asr):
    samples = noise(1.5)
    found = [await asr.transcribe(samples, language) for language in ("eng", "spa", "en-US", "español", "eng")]
    assert [one.language for one in found] == ["eng", "spa", "eng", "spa", "eng"]
    assert found[0] == found[2] == found[4]
    assert found[1] == found[3]
    assert found[0].text != found[1].text
    assert asr.languages == ("eng", "spa")


async def test_rooms_that_speak_at_once_are_answered_each_in_its_language(asr):
    clips = [(noise(0.5 + 0.1 * i, seed=i), "eng" if i % 2 else "spa") for i in range(6)]
    together = await asyncio.gather(*(asr.transcribe(samples, language) for samples, language in clips))
    alone = [await asr.transcribe(samples, language) for samples, language in clips]
    assert together == alone


async def test_words_have_times_within_the_audio_and_confidences(asr):
    found = await asr.transcribe(noise(2.0), "eng")
    assert found.text == " ".join(word.word for word in found.words)
    assert all(0 <= word.start < word.end <= 2.0 and 0 < word.confidence <= 1 for word in found.words)
    assert 0 < found.confidence <= 1


@pytest.mark.parametrize("samples", [0, 1, 399])
async def test_audio_shorter_than_a_frame_is_nothing_said(asr, samples):
    assert await asr.transcribe(noise(1)[:samples], "eng") == Recognition("", "eng", 0.0)


async def test_a_blink_of_audio_and_silence_are_taken(asr):
    for samples in (noise(0.05), np.zeros(16_000, np.float32), np.full(16_000, 0.5, np.float32), noise(1) * 1e30):
        assert (await asr.transcribe(samples, "eng")).language == "eng"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
async def test_audio_that_is_no_number_is_refused_and_the_child_lives_on(asr, value):
    samples = noise(1)
    before = await asr.transcribe(samples, "eng")
    pid = asr.child.pid
    spoilt = samples.copy()
    spoilt[100] = value
    with pytest.raises(InvalidInput, match="finite"):
        await asr.transcribe(spoilt, "eng")
    assert await asr.transcribe(samples, "eng") == before
    assert asr.child.pid == pid


async def test_an_unknown_language_names_the_command_and_the_child_lives_on(asr):
    await asr.child.start()
    pid = asr.child.pid
    with pytest.raises(ModelMissing, match="'deu' is installed; installed: eng, spa") as caught:
        await asr.transcribe(noise(0.5), "deu")
    assert caught.value.hint == "oyez models install mms-1b-all --language deu"
    assert (await asr.transcribe(noise(0.5), "eng")).language == "eng"
    assert asr.child.pid == pid


async def test_a_model_that_is_not_there_is_told_at_the_start(tmp_path):
    engine = MmsAsr(tmp_path / "mms-mini")
    with pytest.raises(ModelMissing, match="no prepared recognition model") as caught:
        await engine.child.start()
    assert caught.value.hint == "oyez models install mms-mini"
    assert engine.child.pid is None


async def test_a_graph_that_cannot_be_loaded_is_told_as_damaged(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "copy")
    graph = tmp_path / "copy/model.onnx"
    graph.write_bytes(b"\0" * graph.stat().st_size)
    with pytest.raises(ModelDamaged, match=r"model\.onnx"):
        await MmsAsr(tmp_path / "copy").child.start()


def test_long_audio_is_computed_in_windows_whose_context_is_dropped(recogniser):
    samples = noise(45)
    seams = recogniser.logits(samples, "eng")
    assert len(seams) == (len(samples) - 400) // HOP + 1
    # The window around 16-32 s, computed alone: its context is dropped, nothing else is.
    start, end = 800 - STRIDE, 1600 + STRIDE
    piece = normalise(samples)[start * HOP : (end - 1) * HOP + 400]
    (alone,) = recogniser.compute([piece], "eng")
    np.testing.assert_allclose(seams[800:1600], alone[STRIDE:-STRIDE], atol=1e-4)


def test_languages_beyond_the_limit_are_loaded_again(recogniser):
    first = recogniser.recognise(noise(1), "eng")
    recogniser.recognise(noise(1), "spa")
    assert list(recogniser.reader) == ["spa"]
    assert recogniser.recognise(noise(1), "eng") == first
