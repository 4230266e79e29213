"""All that is played for one announcement, as one stream: a chime, the words as often as they are said, a chime."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from oyez.model import SPEECH_RATE, SpeechChunk, SpokenWord

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from oyez.model import Samples
    from oyez.speak.chimes import Chimes


async def perform(
    say: Callable[[], AsyncGenerator[SpeechChunk, None]],
    chimes: Chimes,
    *,
    before: str | None = None,
    after: str | None = None,
    times: int = 1,
    pause: float = 1.0,
) -> AsyncGenerator[SpeechChunk, None]:
    """What `say` says, so many times and so many seconds apart, between two chimes by name.

    Words' times count from the start of all of it. Raises as `say` does.
    """
    samples = 0
    if before:
        chunk = await chimes.chunk(before)
        samples += len(chunk.samples)
        yield chunk
    for number in range(times):
        if number:
            silence = np.zeros(round(pause * SPEECH_RATE), np.float32)
            samples += len(silence)
            yield SpeechChunk(silence)
        start = samples / SPEECH_RATE
        async with aclosing(say()) as speech:
            async for chunk in speech:
                samples += len(chunk.samples)
                yield replace(chunk, words=tuple(_later(word, start) for word in chunk.words))
    if after:
        yield await chimes.chunk(after)


async def recorded(samples: Samples) -> AsyncGenerator[SpeechChunk, None]:
    """A recording as a stream."""
    for start in range(0, len(samples), SPEECH_RATE):
        yield SpeechChunk(samples[start : start + SPEECH_RATE])


async def from_there(speech: AsyncGenerator[SpeechChunk, None], seconds: float) -> AsyncGenerator[SpeechChunk, None]:
    """A stream without its first seconds. They are made, not played: what an engine says is one piece."""
    left = round(seconds * SPEECH_RATE)
    async with aclosing(speech):
        async for chunk in speech:
            skipped = min(left, len(chunk.samples))
            left -= skipped
            yield replace(chunk, samples=chunk.samples[skipped:]) if skipped else chunk


async def primed(speech: AsyncIterator[SpeechChunk]) -> AsyncGenerator[SpeechChunk, None]:
    """A stream whose first chunk is there. Raises what making that raised."""
    first = [chunk async for chunk in _one(speech)]

    async def again() -> AsyncGenerator[SpeechChunk, None]:
        for chunk in first:
            yield chunk
        async for chunk in speech:
            yield chunk

    return again()


async def _one(speech: AsyncIterator[SpeechChunk]) -> AsyncGenerator[SpeechChunk, None]:
    async for chunk in speech:
        yield chunk
        return


def _later(word: SpokenWord, seconds: float) -> SpokenWord:
    return replace(word, start=word.start + seconds, end=word.end + seconds)
