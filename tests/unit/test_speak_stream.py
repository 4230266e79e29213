"""One speech of a text that is still arriving."""

from __future__ import annotations

import numpy as np
import pytest

from oyez.errors import EngineFailed, InvalidInput
from oyez.model import SENTENCE_PAUSE, SpeechChunk, SpokenWord
from oyez.script import Line, Part, Pause, Script
from oyez.speak.stream import stream

SECOND = np.ones(24_000, np.float32)


class Tts:
    """Says every sentence in a second, as one word from 0.1 to 0.9 s; `said` are the scripts."""

    def __init__(self):
        self.said = []

    def reads(self, voice, language=None):
        return "en-US"

    async def script(self, text, *, voice, language=None):
        if voice == "nobody":
            raise InvalidInput("no voice is called 'nobody'")
        if "😀" in text:
            raise InvalidInput("nothing in this text can be said")
        text = text.strip()
        item = Pause(1.0) if text == "[[pause 1s]]" else Line((Part(text, "en-US"),), voice)
        return Script((item,))

    async def say(self, script, *, speed=1.0):
        self.said.append(script.items)
        start = 0.0
        for item in script.items:
            if isinstance(item, Pause):
                start += item.seconds
                yield SpeechChunk(np.zeros(round(item.seconds * 24_000), np.float32))
            elif "crash" in item.text:
                raise EngineFailed("synthesis: its process ended")
            else:
                word = SpokenWord(item.text, start + 0.1, start + 0.9)
                yield SpeechChunk(SECOND, item.text, words=(word,), notes=("a note",))
                start += 1.0


async def arriving(*pieces):
    for piece in pieces:
        yield piece


async def speak(tts, *pieces, voice="af_heart"):
    return [chunk async for chunk in stream(tts, arriving(*pieces), voice=voice, language=None)]


async def test_times_of_words_count_from_the_start_of_all_of_it():
    chunks = await speak(Tts(), "Dinner is rea", "dy. Come", " to the kitchen.\nNow!")
    assert [chunk.text for chunk in chunks if chunk.text] == ["Dinner is ready.", "Come to the kitchen.", "Now!"]
    starts = [word.start for chunk in chunks for word in chunk.words]
    assert starts == pytest.approx([0.1, 1.1 + SENTENCE_PAUSE, 2.1 + 2 * SENTENCE_PAUSE])
    before = 0.0
    for chunk in chunks:
        for word in chunk.words:
            assert before <= word.start < word.end <= before + len(chunk.samples) / 24_000
        before += len(chunk.samples) / 24_000


async def test_the_first_sentence_is_said_before_the_last_piece_has_come():
    heard = []

    async def pieces():
        yield "Dinner is ready.\n"
        assert heard == ["Dinner is ready."]
        yield "Come to the kitchen."

    async for chunk in stream(Tts(), pieces(), voice="af_heart", language=None):
        heard += [chunk.text] if chunk.text else []
    assert len(heard) == 2


async def test_sentences_are_apart_as_in_one_text_and_pauses_need_nothing_more():
    tts = Tts()
    await speak(tts, "One is here.\nTwo is here.\n[[pause 1s]]\nThree is here.")
    assert [[type(item).__name__ for item in items] for items in tts.said] == [
        ["Line"],
        ["Pause", "Line"],
        ["Pause"],
        ["Line"],
    ]


async def test_what_can_not_be_said_is_told_and_the_rest_is_said():
    chunks = await speak(Tts(), "One.\n😀\nTwo.\n😀😀\n")
    assert [chunk.text for chunk in chunks if chunk.text] == ["One.", "Two."]
    notes = [note for chunk in chunks for note in chunk.notes if note != "a note"]
    assert notes == ["'😀': nothing in this text can be said", "'😀😀': nothing in this text can be said"]


@pytest.mark.parametrize(
    ("pieces", "voice", "reason"),
    [
        ((), "af_heart", "there is no text"),
        (("  ", "\n"), "af_heart", "there is no text"),
        (("😀\n", "😀"), "af_heart", "nothing in this text can be said"),
        (("One.\n", "Two."), "nobody", "no voice is called"),
    ],
)
async def test_a_text_nothing_of_which_can_be_said_is_refused(pieces, voice, reason):
    with pytest.raises(InvalidInput, match=reason):
        await speak(Tts(), *pieces, voice=voice)


async def test_an_engine_that_dies_ends_the_speech():
    with pytest.raises(EngineFailed):
        await speak(Tts(), "One.\ncrash\nTwo.")


async def test_leaving_early_ends_the_pieces_too():
    ended = []

    async def pieces():
        try:
            yield "One is here.\n"
            yield "Two is here.\n"
        finally:
            ended.append(True)

    arriving = pieces()
    speech = stream(Tts(), arriving, voice="af_heart", language=None)
    await anext(speech)
    await speech.aclose()
    await arriving.aclose()
    assert ended
