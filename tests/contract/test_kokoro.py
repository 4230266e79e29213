"""The real Kokoro, behind the Tts port, in its child process."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import partial

import numpy as np
import psutil
import pytest
import pytest_asyncio
import soundfile
from tests.support.spoken import alike

from oyez.config.places import default_models_dir
from oyez.engines import sounds
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.engine import KokoroTts
from oyez.errors import EngineFailed, InvalidInput, ModelDamaged, ModelMissing
from oyez.model import SPEECH_RATE
from oyez.speak.lexicon import Lexicon
from oyez.speak.script import prepare

# One engine for all: it takes seconds to load, and a test that kills it shows that it comes back.
pytestmark = [pytest.mark.model, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="session")
def folder():
    """The installed model."""
    found = default_models_dir() / "kokoro-v1.0-int8"
    if not found.exists():
        pytest.fail(f"Kokoro is not installed in {found}: run `make setup`")
    return found


@pytest.fixture(scope="module")
def chimes(tmp_path_factory):
    """A folder with a sound in it, and one that is none."""
    chimes = tmp_path_factory.mktemp("chimes")
    tone = 0.25 * np.sin(2 * np.pi * 997 * np.arange(24_000) / 48_000)
    soundfile.write(chimes / "ding.wav", np.stack([tone, tone], axis=1), 48_000)
    soundfile.write(chimes / "song.flac", np.full(50 * 8_000, 0.25), 8_000)
    (chimes / "broken.wav").write_text("no sound")
    return chimes


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tts(folder, chimes):
    """The engine, closed at the end."""
    lexicon = Lexicon({"en": {"SZ": "/ˈola/"}})
    reading = partial(prepare, lexicon=lexicon, find_sound=partial(sounds.find, chimes))
    engine = KokoroTts(folder, prepare=reading, g2p="espeak", threads=2)
    await engine.child.start()
    yield engine
    await engine.child.close()


async def speak(tts, text, voice="af_heart", **options):
    return joined([chunk async for chunk in tts.synthesise(text, voice=voice, **options)])


def joined(chunks):
    """One chunk a sentence, pause or sound: how many parts a sentence comes in depends on the machine."""
    whole = []
    for chunk in chunks:
        if whole and whole[-1].text and chunk.text is None and chunk.samples.any():
            last = whole.pop()
            samples = np.concatenate((last.samples, chunk.samples))
            whole.append(replace(last, samples=samples, notes=last.notes + chunk.notes))
        else:
            whole.append(chunk)
    return whole


def seconds(chunks) -> float:
    return sum(len(chunk.samples) for chunk in chunks) / SPEECH_RATE


def audible(samples) -> bool:
    return bool(np.isfinite(samples).all() and 0.05 < np.abs(samples).max() <= 1.5)


async def test_every_language_is_spoken_by_one_of_its_voices(tts):
    texts = {
        "af_heart": "Dinner is ready.",
        "bm_george": "The washing machine has finished.",
        "ef_dora": "La lavadora ha terminado.",
        "ff_siwis": "Le linge est sec.",
        "hf_alpha": "नमस्ते दुनिया।",
        "if_sara": "La lavatrice ha finito.",
        "pm_alex": "A máquina terminou.",
    }
    for voice, text in texts.items():
        [chunk] = await speak(tts, text, voice)
        assert audible(chunk.samples), voice
        assert 0.8 < seconds([chunk]) < 4.0, voice
        assert chunk.notes == ()


async def test_longer_texts_take_longer_and_faster_ones_shorter(tts):
    short = seconds(await speak(tts, "The dryer is done."))
    long = seconds(await speak(tts, "The dryer is done, and the washing machine will be done in a quarter of an hour."))
    fast = seconds(await speak(tts, "The dryer is done.", speed=1.8))
    assert long > 2.5 * short
    assert fast < 0.8 * short


async def test_a_voice_speaks_another_language_when_asked(tts):
    one, two = await speak(tts, "Hola casa"), await speak(tts, "Hola casa", language="spa")
    again = await speak(tts, "Hola casa", language="es")
    assert audible(two[0].samples)
    assert not alike(one[0].samples, two[0].samples)
    assert alike(two[0].samples, again[0].samples)


async def test_the_first_sentence_comes_before_the_second_is_made(tts):
    child = psutil.Process(tts.child.pid)
    before = child.cpu_times().user
    text = "Good morning. The washing machine has finished and the dryer will in twenty minutes."
    speech = tts.synthesise(text, voice="af_heart")
    spent = [child.cpu_times().user - before async for chunk in speech if chunk.text]
    assert len(spent) == 2
    assert spent[0] < (child.cpu_times().user - before) / 2  # the short one is a quarter of the work


async def test_a_text_says_what_it_says_and_leaves_notes(tts):
    chunks = await speak(tts, "It is 21.5 degrees. 😀 Good night!")
    assert [chunk.text for chunk in chunks] == ["It is twenty-one point five degrees.", "Good night!"]
    assert [chunk.notes for chunk in chunks] == [("left out: U+1F600 GRINNING FACE",), ()]


async def test_a_word_longer_than_the_model_can_say_in_one_run_is_said_in_pieces(tts):
    text = "xylophone" * 50
    chunks = await speak(tts, text, speed=2.0)
    [chunk] = chunks
    assert chunk.text == text
    assert audible(chunk.samples)
    assert seconds(chunks) > len(text) / 40  # nobody speaks 40 characters a second
    assert tts.child.rss < 600 << 20  # what a long run takes is given back


@pytest.mark.parametrize(
    ("marked", "text", "voice", "options"),
    [
        ("[[voice am_michael:Good night.]]", "Good night.", "am_michael", {}),
        ("<speak><voice name='am_michael'>Good night.</voice></speak>", "Good night.", "am_michael", {}),
        ("[[slow:Good night.]]", "Good night.", "af_heart", {"speed": 0.75}),
        ("[[fr:Bonsoir.]]", "Bonsoir.", "af_heart", {"language": "fr"}),
        ("नमस्ते", "नमस्ते", "af_heart", {"language": "hi"}),
        ("[[/ˈola/]]", "Hola", "af_heart", {"language": "es"}),
        ("SZ", "Hola", "af_heart", {"language": "es"}),
    ],
)
async def test_markup_is_said_as_if_all_of_it_had_been_asked_for(tts, marked, text, voice, options):
    [chunk], [plain] = await speak(tts, marked), await speak(tts, text, voice, **options)
    assert audible(chunk.samples)
    assert alike(chunk.samples, plain.samples)
    assert chunk.notes == ()


async def test_two_voices_speak_in_one_announcement(tts):
    chunks = await speak(tts, "[[voice am_michael:Good night.]] [[voice bf_emma:[[loud:Good night.]]]]")
    assert [(chunk.text, chunk.volume) for chunk in chunks] == [("Good night.", 1.0), ("Good night.", 1.5)]
    assert not alike(chunks[0].samples, chunks[1].samples)


async def test_a_pause_has_its_samples_and_adds_nothing_else(tts):
    yes, pause, no = await speak(tts, "Yes.[[pause 1.5s]]No.")
    assert len(pause.samples) == 1.5 * SPEECH_RATE
    assert not pause.samples.any()
    assert alike(yes.samples, (await speak(tts, "Yes."))[0].samples)
    assert alike(no.samples, (await speak(tts, "No."))[0].samples)


async def test_a_sound_is_played_where_it_stands(tts):
    ding, yes = await speak(tts, "[[soft:[[play ding]]]] Yes.")
    assert len(ding.samples) == 0.5 * SPEECH_RATE
    assert np.abs(ding.samples[100:-100]).max() == pytest.approx(0.0892, abs=0.001)  # -24 LUFS, as the voices
    assert (ding.text, ding.volume, yes.text) == (None, 0.5, "Yes.")


async def test_a_long_sound_comes_in_pieces(tts):
    chunks = await speak(tts, "[[play song]]")
    assert [len(chunk.samples) / SPEECH_RATE for chunk in chunks] == [30.0, 20.0]


async def test_what_markup_asks_for_and_is_not_there_is_told_and_the_rest_is_said(tts):
    chunks = await speak(
        tts, "[[voice af_hart:Yes,]] [[de:ja]] [[play gong]] [[play broken]] [[play http://x/y.wav]] [[/nˈoʘ/]]. سلام"
    )
    assert [chunk.text for chunk in chunks if chunk.text] == ["Yes, ja", "/nˈoʘ/."]
    told = [note for chunk in chunks for note in chunk.notes]
    for part in ("'af_hart'; did you mean af_heart", "language 'de'", "'gong'", "'broken.wav'", "nothing is fetched"):
        assert any(part in note for note in told), part
    for part in ("left out, not among Kokoro's phonemes: ʘ", "ARABIC LETTER SEEN"):
        assert any(part in note for note in told), part


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        ("😀😀", {}, "nothing in this text can be said"),
        ("...", {}, "nothing in this text can be said"),
        ("مرحبا بالعالم", {}, "ARABIC LETTER MEEM"),
        ("\x00\x07", {}, "nothing in this text can be said"),
        ("→", {"language": "es"}, "nothing in this text can be said; left out, has no sound in Spanish"),
        ("[[pause]]", {}, "nothing in this text can be said"),
        ("Hi", {"voice": "af_hart"}, "did you mean af_heart"),
        ("Hi", {"language": "klingon"}, "no voice speaks the language 'klingon'"),
        ("Hi", {"speed": 0.4}, "speed"),
        ("Hi", {"speed": float("nan")}, "speed"),
    ],
)
async def test_what_cannot_be_said_is_refused_with_the_reason(tts, text, options, reason):
    with pytest.raises(InvalidInput, match=reason):
        await speak(tts, text, **options)


async def test_a_refusal_leaves_the_child_as_it_is(tts):
    pid = tts.child.pid
    with pytest.raises(InvalidInput):
        await speak(tts, "→", language="es")
    assert audible((await speak(tts, "Yes."))[0].samples)
    assert tts.child.pid == pid


async def test_a_speech_that_nobody_wants_any_more_is_called_off_and_the_child_stays(tts, monkeypatch):
    monkeypatch.setattr("oyez.child.engine.CANCEL_WITHIN", 60.0)  # however busy the machine is
    pid = tts.child.pid
    speech = tts.synthesise("The washing machine has finished. " * 20, voice="af_heart")
    assert (await anext(speech)).text == "The washing machine has finished."
    await speech.aclose()
    assert [chunk.text for chunk in await speak(tts, "Yes.") if chunk.text] == ["Yes."]
    assert tts.child.pid == pid


async def test_right_to_left_words_and_control_characters_are_left_out_of_a_text_that_is_said(tts):
    [chunk] = await speak(tts, "Hello\x07 \u202eسلام world")
    assert chunk.text == "Hello world"
    assert "U+202E" in chunk.notes[0]


async def test_a_killed_child_fails_the_speech_and_the_next_one_works(folder):
    tts = KokoroTts(folder, prepare=prepare, g2p="espeak")
    speech = tts.synthesise("Good morning. The washing machine has finished. Good night.", voice="af_heart")
    try:
        await anext(speech)
        os.kill(tts.child.pid, signal.SIGKILL)
        with pytest.raises(EngineFailed, match="signal 9"):
            [_ async for _ in speech]
        assert audible((await speak(tts, "Good night."))[0].samples)
    finally:
        await tts.child.close()


async def test_a_missing_model_is_told_with_the_command_that_brings_it(tmp_path):
    tts = KokoroTts(tmp_path, prepare=prepare, g2p="espeak")
    with pytest.raises(ModelMissing) as caught:
        await tts.child.start()
    assert caught.value.hint == "oyez models install kokoro-v1.0-int8"


async def test_a_damaged_model_is_told_with_the_command_that_finds_it(tmp_path):
    (tmp_path / "kokoro-v1.0.int8.onnx").write_bytes(b"not a graph")
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices/af_heart.bin").write_bytes(bytes(voices.FILE_SIZE))
    tts = KokoroTts(tmp_path, prepare=prepare, g2p="espeak")
    with pytest.raises(ModelDamaged) as caught:
        await tts.child.start()
    assert caught.value.hint == "oyez models verify"
