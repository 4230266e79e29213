"""Synthesis runs ahead of playback: while one piece plays, the next is made."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from oyez.flow import Channel, WhenFull
from oyez.supervise import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from oyez.model import SpeechChunk

AHEAD = 2  # chunks: the sentence after the one that plays, and one more


@asynccontextmanager
async def ahead(speech: AsyncIterator[SpeechChunk], capacity: int = AHEAD) -> AsyncIterator[AsyncIterator[SpeechChunk]]:
    """The same speech, synthesised in the background up to `capacity` chunks ahead of its reader.

    An error of the engine reaches the reader where it happened, after the chunks before it. Leaving the block ends the
    synthesis.
    """
    channel: Channel[SpeechChunk] = Channel("speech", capacity, WhenFull.WAIT)
    async with running(_fill(channel, speech)):
        yield aiter(channel)


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
