"""Synthesis runs ahead of playback: while one sentence plays, the next are made."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from oyez.flow import Channel, WhenFull
from oyez.model import SPEECH_RATE
from oyez.supervise import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from oyez.model import SpeechChunk

AHEAD = 10.0  # seconds of speech that wait to be played: a sentence or two, 1 MB


@asynccontextmanager
async def ahead(speech: AsyncIterator[SpeechChunk], most: float = AHEAD) -> AsyncIterator[AsyncIterator[SpeechChunk]]:
    """The same speech, synthesised in the background until about `most` seconds of it wait for the reader.

    An error of the engine reaches the reader where it happened, after the chunks before it. Leaving the block ends the
    synthesis.
    """
    channel: Channel[SpeechChunk] = Channel("speech", most, WhenFull.WAIT, weigh=_seconds)
    async with running(_fill(channel, speech)):
        yield aiter(channel)


def _seconds(chunk: SpeechChunk) -> float:
    return len(chunk.samples) / SPEECH_RATE


async def _fill(channel: Channel[SpeechChunk], speech: AsyncIterator[SpeechChunk]) -> None:
    try:
        async for chunk in speech:
            await channel.put(chunk)
    except Exception as error:  # noqa: BLE001 - not handled here but where the speech is read
        channel.close(error)
    except asyncio.CancelledError:
        channel.close()
        raise
    else:
        channel.close()
    finally:
        await speech.aclose()  # type: ignore[attr-defined]
