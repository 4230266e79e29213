"""Synthesis for a client: text in, at once or in pieces as a language model makes them; audio out while it is made."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.tts import SynthesizeStopped

from oyez.errors import InvalidInput
from oyez.flow import Channel, ChannelClosed, WhenFull
from oyez.model import SPEECH_RATE
from oyez.outside import kind, shown
from oyez.wyoming import wire
from oyez.wyoming.sound import SPEECH_WIDTH, to_pcm

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable

    from wyoming.event import Event

    from oyez.guests.speaking import GuestTts
    from oyez.wyoming.connection import Client, Take

MOST_TEXT = 100_000  # characters that wait to be said
PIECE = 25  # characters that a piece counts as at least: there may be so many fewer pieces
TEXT_S = 60.0  # for the next piece
FORMAT = {"rate": SPEECH_RATE, "width": SPEECH_WIDTH, "channels": 1}
FORMATS = (None, "text", "ssml")


class Speaking:
    """What all clients are spoken to with.

    `choose` gives the voice for a name and a BCP-47 tag that a client asks for, or for none.
    """

    def __init__(self, tts: GuestTts, choose: Callable[[str | None, str | None], str]) -> None:
        self.tts = tts
        self.choose = choose


class Talking:
    """What one client has spoken, one text after another."""

    def __init__(self, speaking: Speaking, client: Client) -> None:
        self._speaking = speaking
        self._client = client
        self.takes: dict[str, Take] = {
            "synthesize": self._synthesize,
            "synthesize-start": self._start,
            "synthesize-chunk": self._chunk,
            "synthesize-stop": self._stop,
        }
        self._pieces: Channel[str] | None = None  # of a text that is still coming

    async def _synthesize(self, event: Event) -> None:
        if self._pieces is not None:
            return  # the whole text, for servers that don't know its pieces
        voice, text = self._voice(event), _text(event)
        self._client.begin(lambda: self._speak(text, voice))

    async def _start(self, event: Event) -> None:
        voice = self._voice(event)
        if self._pieces is not None:
            raise InvalidInput("synthesize-start comes after the synthesize-stop of the one before")
        pieces: Channel[str] = Channel("wyoming text", MOST_TEXT, WhenFull.REFUSE, weigh=_weight)

        async def work() -> None:
            await self._speak(_arriving(pieces), voice)
            await self._client.send(SynthesizeStopped().event())

        self._client.begin(work)
        self._pieces = pieces

    async def _chunk(self, event: Event) -> None:
        if self._pieces is None:
            raise InvalidInput("synthesize-chunk comes after synthesize-start")
        if not self._pieces.put_now(_text(event)):
            pieces, self._pieces = self._pieces, None
            pieces.close()
            raise InvalidInput(f"more than {MOST_TEXT:,} characters wait to be said; the rest is left out")

    async def _stop(self, _: Event) -> None:
        if self._pieces is not None:
            self._pieces.close()
        self._pieces = None

    async def _speak(self, text: str | AsyncIterable[str], voice: str) -> None:
        begun = False
        async with aclosing(self._speaking.tts.speak(text, voice=voice)) as speech:
            async for chunk in speech:
                if not begun:
                    await self._client.send(AudioStart(**FORMAT).event())
                begun = True
                await self._client.send(AudioChunk(**FORMAT, audio=to_pcm(chunk.samples)).event())
        await self._client.send(AudioStop().event())

    def _voice(self, event: Event) -> str:
        voice: dict[str, Any] = event.data.get("voice") or {}
        if not isinstance(voice, dict):
            raise InvalidInput(f"voice should be an object, not {kind(voice)}")
        if (written := wire.string(event.data, "text_format")) not in FORMATS:
            raise InvalidInput(f"a text is text or ssml, not {shown(str(written))}")
        return self._speaking.choose(wire.string(voice, "name"), wire.string(voice, "language"))


async def _arriving(pieces: Channel[str]) -> AsyncGenerator[str, None]:
    """The pieces as they come. Raises InvalidInput when the client forgets to send the next."""
    while True:
        try:
            async with asyncio.timeout(TEXT_S):
                piece = await pieces.take()
        except ChannelClosed:
            return
        except TimeoutError:
            raise InvalidInput(f"no text has come for {TEXT_S:.0f} s, and no synthesize-stop") from None
        yield piece


def _text(event: Event) -> str:
    text = wire.string(event.data, "text")
    if text is None:
        raise InvalidInput("there is no text")
    return text


def _weight(piece: str) -> float:
    return max(PIECE, len(piece))
