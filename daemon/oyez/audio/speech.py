"""How speakers read a Speech."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from oyez.audio.volume import apply
from oyez.volume import MOST

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from oyez.model import Samples, SpeechChunk


@asynccontextmanager
async def reading(speech: AsyncIterator[SpeechChunk], volume: float) -> AsyncIterator[AsyncIterator[Samples]]:
    """The samples of a speech at a volume, chunk by chunk, empty ones left out. Leaving the block ends the speech."""
    samples = _samples(speech, volume)
    try:
        yield samples
    finally:
        await samples.aclose()
        # Now, not when the garbage is collected: an engine may be at work behind it.
        if isinstance(speech, AsyncGenerator):
            await speech.aclose()


async def _samples(speech: AsyncIterator[SpeechChunk], volume: float) -> AsyncGenerator[Samples, None]:
    async for chunk in speech:
        if len(chunk.samples):
            yield apply(chunk.samples, min(MOST, volume * chunk.volume))
