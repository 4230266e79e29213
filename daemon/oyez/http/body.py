"""What comes in a request, within bounds of size and time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput, OyezError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web
    from aiohttp.multipart import BodyPartReader

READ_S = 30.0  # for a whole request to come in


class TooLarge(InvalidInput):
    """A request with more bytes than there may be."""


class TooSlow(OyezError):
    """A request that didn't come in time."""


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """What is read in the block must come within `READ_S`. Raises TooSlow."""
    try:
        async with asyncio.timeout(READ_S):
            yield
    except TimeoutError:
        raise TooSlow(f"the request didn't come in within {READ_S:.0f} s") from None


async def whole(request: web.Request, most: int) -> bytes:
    """The body of a request. Raises TooLarge, TooSlow."""
    if (request.content_length or 0) > most:
        _refuse(most)
    content = bytearray()
    async with in_time():
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > most:
                _refuse(most)
    return bytes(content)


async def field(part: BodyPartReader, most: int) -> bytes:
    """The content of one part of a form. Raises TooLarge."""
    content = bytearray()
    while piece := await part.read_chunk():
        content += piece
        if len(content) > most:
            _refuse(most)
    return bytes(content)


def _refuse(most: int) -> None:
    raise TooLarge(f"that is too large: {most:,} bytes are the most")
