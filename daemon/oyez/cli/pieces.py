"""A text sent piece by piece, while it is still being written."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from oyez.cli.source import said
from oyez.errors import InvalidInput
from oyez.supervise import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

    Publish = Callable[[dict[str, Any]], Awaitable[None]]

LONGEST = 1_000  # characters of a piece
TOLD = ("rooms", "transaction")  # what every piece says beside its text


@asynccontextmanager
async def sending(publish: Publish, command: dict[str, Any], texts: AsyncIterable[str]) -> AsyncIterator[None]:
    """Send what comes for the length of the block, which begins when the first of it is sent.

    Raises InvalidInput where nothing comes; at the block's end for what can't be read.
    """
    pieces, numbers = _pieces(texts), count()
    broken: list[InvalidInput] = []

    async def send(text: str, fields: dict[str, Any], *, more: bool = True) -> None:
        await publish(fields | {"text": text, "more": more, "piece": next(numbers)})

    async def send_the_rest() -> None:
        fields = {name: command[name] for name in TOLD}
        try:
            async for piece in pieces:
                await send(piece, fields)
        except InvalidInput as error:
            broken.append(error)
        await send("", fields, more=False)

    first = await anext(pieces, "")
    while first and not first.strip():
        first = await anext(pieces, "")
    await send(said(first), command)
    async with running(send_the_rest()):
        yield
    if broken:
        raise broken[0]


async def _pieces(texts: AsyncIterable[str]) -> AsyncIterator[str]:
    """What comes, in pieces that aren't too long."""
    async for text in texts:
        for start in range(0, len(text), LONGEST):
            yield text[start : start + LONGEST]
