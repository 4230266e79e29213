"""The library: `from oyez import Speech`, with the real Kokoro in its child process."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from tests.support.spoken import alike

import oyez
from oyez import OyezError, Speech
from oyez.engines.kokoro import voices
from oyez.errors import InvalidInput, ModelMissing
from oyez.model import SPEECH_RATE

pytestmark = [pytest.mark.model, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

TEXT = "It is late. Good night."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def speech():
    """One engine for all: it takes seconds to load."""
    async with Speech("af_heart", g2p="espeak") as speech:
        yield speech


async def arriving(*pieces):
    for piece in pieces:
        yield piece


async def chunks(speech, text, **options):
    return [chunk async for chunk in speech.stream(text, **options)]


def samples(spoken):
    return np.concatenate([chunk.samples for chunk in spoken])


def decibels(spoken):
    return 20 * np.log10(np.sqrt(np.mean(samples(spoken) ** 2)))


async def test_a_text_in_pieces_is_said_as_the_whole_text_is(speech):
    whole, pieces = await chunks(speech, TEXT), await chunks(speech, arriving("It is", " late. Go", "od", " night."))
    for spoken in (whole, pieces):
        assert [chunk.text for chunk in spoken if chunk.text] == ["It is late.", "Good night."]
        assert all(chunk.samples.dtype == np.float32 for chunk in spoken)
    assert abs(len(samples(whole)) - len(samples(pieces))) < 0.1 * SPEECH_RATE
    told, again = [[word for chunk in spoken for word in chunk.words] for spoken in (whole, pieces)]
    assert [word.text for word in told] == [word.text for word in again] == ["It", "is", "late.", "Good", "night."]
    assert [word.start for word in again] == pytest.approx([word.start for word in told], abs=0.1)
    assert all(chunk.phonemes for chunk in pieces if chunk.text)


async def test_the_first_sentence_is_heard_before_the_second_is_there(speech):
    more = asyncio.Event()

    async def pieces():
        yield "It is late.\n"
        await more.wait()
        yield "Good night."

    async with aclosing(speech.stream(pieces())) as spoken:
        first = await anext(spoken)
        assert first.text == "It is late."
        more.set()
        assert "Good night." in [chunk.text async for chunk in spoken]


async def test_voice_language_and_speed_may_be_others_for_a_text(speech):
    plain = await chunks(speech, "Good night.")
    slow = await chunks(speech, "Good night.", speed=0.5)
    fast = await chunks(speech, "Good night.", speed=2.0)
    assert len(samples(slow)) > 1.5 * len(samples(plain)) > 2 * len(samples(fast))
    blend = await chunks(speech, "Good night.", voice="af_heart*0.6 + bm_george*0.4", language="en-US")
    assert not np.array_equal(samples(blend), samples(plain))
    assert 0.05 < np.abs(samples(blend)).max() < 1.0


async def test_a_quiet_voice_and_a_loud_one_come_out_equally_loud(speech):
    gains = {name: voices.find(name).gain_db for name in ("af_aoede", "af_nova")}
    assert gains["af_nova"] - gains["af_aoede"] > 6  # as they come from the model
    spoken = [await chunks(speech, "The washing machine has finished.", voice=name) for name in gains]
    assert abs(decibels(spoken[0]) - decibels(spoken[1])) < 3  # of power, which is near to loudness


async def test_volume_in_the_markup_is_applied(speech):
    plain, soft = await chunks(speech, "Good night."), await chunks(speech, "[[soft:Good night.]]")
    assert alike(samples(soft), samples(plain) / 2)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"voice": "af_hart"}, "did you mean af_heart"),
        ({"language": "de"}, "'de' .German.; the nearest is en-US"),
        ({"speed": 0.0}, "a speed of 0.0"),
    ],
)
@pytest.mark.parametrize("text", ["Good night.", ["Good ", "night."]])
async def test_what_is_not_there_is_refused_with_the_reason(speech, text, options, reason):
    with pytest.raises(InvalidInput, match=reason):
        await chunks(speech, text if isinstance(text, str) else arriving(*text), **options)


async def test_a_speech_that_is_not_open_says_how_to_open_it():
    with pytest.raises(InvalidInput) as caught:
        await chunks(Speech(), "Good night.")
    assert "async with" in caught.value.hint


async def test_a_missing_model_or_voice_is_told_when_it_opens(tmp_path):
    with pytest.raises(ModelMissing):
        async with Speech(models_dir=tmp_path):
            pass
    with pytest.raises(OyezError, match="did you mean af_heart"):
        async with Speech("af_hart"):
            pass


@pytest.mark.parametrize(
    ("statement", "not_loaded"),
    [
        ("import oyez", ("numpy", "pydantic", "asyncio")),
        ("from oyez import Speech", ("onnxruntime", "torch", "misaki", "aiomqtt", "sounddevice", "typer")),
    ],
)
async def test_importing_it_is_light(statement, not_loaded):
    code = f"import sys; {statement}; print(*(name for name in {not_loaded} if name in sys.modules))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert (process.returncode, out.split()) == (0, [])


async def test_the_first_example_of_the_manual_works(repository, tmp_path):
    document = (repository / "docs" / "api.md").read_text()
    example = document.partition("```python\n")[2].partition("```")[0]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", example, cwd=tmp_path)
    assert await process.wait() == 0
    said, rate = soundfile.read(tmp_path / "dinner.wav")
    assert rate == SPEECH_RATE
    assert 2 < len(said) / rate < 6


async def test_what_the_library_offers_is_there():
    assert all(getattr(oyez, name) for name in oyez.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Speach'"):
        oyez.Speach  # noqa: B018
