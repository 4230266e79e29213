"""Speech of a text that is still arriving: every sentence is said as soon as it is complete."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from oyez.errors import InvalidInput
from oyez.model import SENTENCE_PAUSE, SPEECH_RATE, SpeechChunk
from oyez.script import Line, Pause
from oyez.speak.pieces import Pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from oyez.model import SpokenWord
    from oyez.ports import Scripted
    from oyez.script import Script

SHOWN = 40  # characters of a sentence that a note repeats


async def stream(
    tts: Scripted, pieces: AsyncIterable[str], *, voice: str, language: str | None, speed: float = 1.0
) -> AsyncGenerator[SpeechChunk, None]:
    """Speak what comes, as if all of it had been one text.

    A sentence nothing of which can be said is told in the notes. Raises InvalidInput when there was no other, once the
    last piece has come; EngineFailed as `tts.say` does. Whoever leaves early closes the generator.
    """
    joined = Joined()
    reads = await asyncio.to_thread(tts.reads, voice, language)
    async with aclosing(_sentences(pieces, reads)) as texts:
        async for text in texts:
            try:
                script = joined.to_the_one_before(await tts.script(text, voice=voice, language=language))
                async with aclosing(tts.say(script, speed=speed)) as chunks:
                    async for chunk in chunks:
                        yield joined.told(chunk)
            except InvalidInput as refused:
                joined.left_out(text, refused)
    if rest := joined.rest():
        yield rest


async def _sentences(pieces: AsyncIterable[str], language: str) -> AsyncGenerator[str, None]:
    """Texts of whole sentences. Found off the loop: rules are read the first time, and a long text takes its time."""
    arriving, coming = Pieces(language), aiter(pieces)
    try:
        async for piece in coming:
            for text in await asyncio.to_thread(lambda: list(arriving.feed(piece))):  # noqa: B023 - it is over at once
                yield text
        for text in arriving.finish():
            yield text
    finally:
        if isinstance(coming, AsyncGenerator):  # now, not when the garbage is collected
            await coming.aclose()


class Joined:
    """Makes one speech of many: pauses between them, times and notes of all of it."""

    def __init__(self) -> None:
        self._samples = 0  # of all that was told
        self._start = 0.0  # seconds, of the script that is told
        self._speaks = False  # the one before ended with speech
        self._notes: tuple[str, ...] = ()
        self._refused: InvalidInput | None = InvalidInput("there is no text")

    def to_the_one_before(self, script: Script) -> Script:
        """The script with the pause that belongs before it."""
        self._start = self._samples / SPEECH_RATE
        pause = self._speaks and isinstance(script.items[0], Line)
        self._speaks = isinstance(script.items[-1], Line)
        return replace(script, items=(Pause(SENTENCE_PAUSE), *script.items)) if pause else script

    def told(self, chunk: SpeechChunk) -> SpeechChunk:
        """The next chunk, as a part of the whole speech."""
        self._samples += len(chunk.samples)
        words = tuple(_later(word, self._start) for word in chunk.words)
        notes, self._notes = (*self._notes, *chunk.notes), ()
        self._refused = None
        return replace(chunk, words=words, notes=notes)

    def left_out(self, text: str, refused: InvalidInput) -> None:
        """A sentence that can't be said."""
        if self._refused:
            self._refused = refused
        self._notes += (f"{text.strip()[:SHOWN]!r}: {refused.message}",)

    def rest(self) -> SpeechChunk | None:
        """What is still to be told at the end. Raises InvalidInput when nothing was said."""
        if self._refused:
            raise self._refused
        return SpeechChunk(np.empty(0, np.float32), notes=self._notes) if self._notes else None


def _later(word: SpokenWord, seconds: float) -> SpokenWord:
    return replace(word, start=word.start + seconds, end=word.end + seconds)
