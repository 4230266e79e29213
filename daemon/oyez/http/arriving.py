"""`POST /api/say` with a text that is still being written: it is said as it comes."""

from __future__ import annotations

import asyncio
import codecs
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from oyez.actions.action import Asked
from oyez.actions.reading import read, transaction
from oyez.actions.speaking import Announcements, say
from oyez.errors import InvalidInput
from oyez.http.body import TooSlow
from oyez.speak.announce import MAX_TEXT
from oyez.speak.receipts import NoReceipt, Shared
from oyez.speak.texts import SILENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from aiohttp import web

    from oyez.actions.action import Home


def arrives(request: web.Request) -> bool:
    """Whether the body is a text that comes in chunks, nobody knows how many."""
    return request.content_type == "text/plain" and request.content_length is None and request.body_exists


async def say_as_it_comes(home: Home, request: web.Request, keys: dict[str, Any]) -> Announcements:
    """Say the text of a body as it comes; `keys` are those of the URL. Raises InvalidInput, TooSlow.

    Whoever goes away in the middle is heard as far as they came.
    """
    sender = _Sender(home, keys)
    try:
        async for text in _texts(request):
            await sender.send(text)
    finally:
        with suppress(InvalidInput):
            await sender.end()
    if sender.made is None:
        raise InvalidInput("the text is empty")
    return sender.made


class _Sender:
    """One text on its way, piece by piece. `made` are its announcements, once it has begun."""

    def __init__(self, home: Home, keys: dict[str, Any]) -> None:
        self.made: Announcements | None = None
        mark = transaction(keys)
        self._home = home
        self._mark = None if mark is None else str(mark)
        self._keys = {"id": self._mark or uuid.uuid4().hex} | keys
        if str(factor := keys.get("volume")).replace(".", "", 1).isdecimal():
            self._keys["volume"] = float(str(factor))  # in a URL all is text
        self._sent = 0

    async def send(self, text: str) -> None:
        """Go on. Space alone doesn't begin it."""
        if self.made or text.strip():
            made = await self._say(text, more=True)
            self.made = self.made or made

    async def end(self) -> None:
        """That was all."""
        if self.made:
            await self._say("", more=False)

    async def _say(self, text: str, *, more: bool) -> Announcements:
        fields = self._keys | {"text": text, "more": more, "piece": self._sent}
        self._sent += 1
        asked: Asked[Any] = Asked(read(say, fields, strict=False), self._mark, Shared(NoReceipt()))
        told = await say.run(self._home, asked)
        assert isinstance(told, Announcements)
        return told


async def _texts(request: web.Request) -> AsyncGenerator[str, None]:
    """What comes, in pieces that aren't too long. Raises InvalidInput where it isn't UTF-8, TooSlow."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while block := await _next(request):
            text = decoder.decode(block)
            for start in range(0, len(text), MAX_TEXT):
                yield text[start : start + MAX_TEXT]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"not UTF-8: it has a byte 0x{error.object[error.start]:02x}") from error


async def _next(request: web.Request) -> bytes:
    """What has come; nothing at the end."""
    try:
        async with asyncio.timeout(SILENCE_S):
            return await request.content.readany()
    except TimeoutError:
        raise TooSlow(f"no more of the text came for {SILENCE_S:.0f} s") from None
