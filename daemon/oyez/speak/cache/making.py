"""A speech in the making, for everybody who asks for it meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING

from oyez.supervise import running

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from oyez.model import SpeechChunk


class Making:
    """Makes a speech as fast as it can be made, however slow its listeners are; ends when the last of them leaves."""

    def __init__(self, speech: AsyncGenerator[SpeechChunk, None]) -> None:
        self._speech = speech
        self._chunks: list[SpeechChunk] = []
        self._news = asyncio.Event()
        self._begun = False
        self._ended = False
        self._error: Exception | None = None
        self._listeners = 0
        self._work = AsyncExitStack()

    @property
    def usable(self) -> bool:
        """Whether somebody else may listen: nothing went wrong, and somebody still does, or nobody has yet."""
        return self._error is None and (self._listeners > 0 or not self._begun)

    async def listen(self) -> AsyncGenerator[SpeechChunk, None]:
        """The speech from its start, as it comes. Raises what its making raised, after the chunks before."""
        self._begun = True
        self._listeners += 1
        try:
            if self._listeners == 1:
                await self._work.enter_async_context(running(self._make()))
            at = 0
            while at < len(self._chunks) or not self._ended:
                if at < len(self._chunks):
                    yield self._chunks[at]
                    at += 1
                else:
                    self._news.clear()
                    await self._news.wait()
            if self._error:
                raise self._error
        finally:
            self._listeners -= 1
            if not self._listeners:
                await self._work.aclose()

    async def _make(self) -> None:
        try:
            async with aclosing(self._speech) as speech:
                async for chunk in speech:
                    self._chunks.append(chunk)
                    self._news.set()
        except Exception as error:  # noqa: BLE001 - not handled here but where the speech is heard
            self._error = error
        finally:
            self._ended = True
            self._news.set()
