"""A Wyoming server on a port of its own, with engines that do as they are told; and clients made by the library."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event

from oyez.config import Config
from oyez.engines.kokoro import voices
from oyez.engines.mms import languages
from oyez.guests.hearing import GuestAsr
from oyez.guests.speaking import GuestTts
from oyez.guests.turns import Turns
from oyez.health import Health
from oyez.hot_words import HotWord
from oyez.listen.rewrite import Rewriting
from oyez.model import Recognition, SpeechChunk, Word
from oyez.script import Line, Part, Script
from oyez.wyoming import service
from tests.support.broker import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

voices.catalogue()  # as in a daemon, what is read the first time is read before the loop is busy
languages.describe("eng", installed=True)

FORMAT = {"rate": 16_000, "width": 2, "channels": 1}
SAID = np.full(2_400, 0.25, np.float32)


class Engines:
    """Hears the length of what it gets in frames, and says each sentence as a tenth of a second; both when they may."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, str, tuple[HotWord, ...]]] = []
        self.said: list[tuple[str, str]] = []
        self.cut_short = 0
        self.confidence = 0.9
        self.error: Exception | None = None
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def transcribe(self, samples, language, *, hot_words=(), n_best=1):
        self.heard.append((len(samples), language, tuple(hot_words)))
        await self._at_work()
        word = f"{len(samples) // 320}"
        return Recognition(word, language, self.confidence, (Word(word, 0, 1, self.confidence),))

    def reads(self, voice, language=None):
        return "en-US"

    async def script(self, text, *, voice, language=None):
        return Script((Line((Part(text.strip(), "en-US"),), voice),))

    async def say(self, script, *, speed=1.0):
        line = script.items[-1]
        self.said.append((line.text, line.voice))
        yield SpeechChunk(SAID, line.text)
        await self._at_work()
        yield SpeechChunk(SAID)

    async def _at_work(self) -> None:
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cut_short += 1
            raise
        if self.error:
            raise self.error


class Server:
    """The server, what is behind it, and how it says it is."""

    def __init__(self, *, idle_s: float = 60.0, hear: bool = True, speak: bool = True, **wyoming: Any) -> None:
        config = Config(
            rooms={"kitchen": {"voice": "bf_emma"}},
            wyoming={"enabled": True, "port": 0, **wyoming},
            vad={"engine": "webrtc"},
        )
        self.engines, self.health = Engines(), Health()
        self.played: list[tuple[str, Any]] = []
        asr = GuestAsr(
            self.engines,
            Turns("recognition"),
            installed=("eng", "spa"),
            default=lambda: "eng",
            expected=lambda: (HotWord("lamp"),),
            rewrite=Rewriting(),
        )
        tts = GuestTts(self.engines, Turns("synthesis"))
        self.server, *self.satellites = service.make(
            config,
            asr=asr if hear else None,
            tts=tts if speak else None,
            heard=("eng", "spa"),
            voice=lambda: "bf_emma",
            play=self._play,
            health=self.health,
        )
        self.server._idle_s = idle_s

    async def _play(self, room: str, recording: Any) -> None:
        self.played.append((room, recording))
        await self.engines.go_on.wait()

    @property
    def part(self) -> dict[str, Any]:
        return self.health.snapshot()["parts"]["wyoming"]

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Server]:
        servers = (self.server, *self.satellites)
        tasks = [asyncio.create_task(server.run()) for server in servers]
        try:
            await eventually(lambda: all(server.port for server in servers))
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def client(self, satellite: int | None = None) -> AsyncIterator[Client]:
        server = self.server if satellite is None else self.satellites[satellite]
        async with Client("127.0.0.1", server.port) as client:
            yield client

    @contextlib.asynccontextmanager
    async def raw(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class Client(AsyncTcpClient):
    """The library's client, with a few things that clients do."""

    async def ask(self, *events: Any) -> None:
        for event in events:
            await self.write_event(event if isinstance(event, Event) else event.event())

    async def until(self, *kinds: str) -> list[Event]:
        """The events up to the first of one of these types; all that come, where the connection ends before."""
        events: list[Event] = []
        while not events or events[-1].type not in kinds:
            event = await asyncio.wait_for(self.read_event(), 30)
            if event is None:
                break
            events.append(event)
        return events

    async def hear(self, pcm: bytes, *, step: int = 2_048, stop: bool = True, **form: int) -> None:
        """Send audio as Home Assistant does."""
        form = FORMAT | form
        await self.ask(AudioStart(**form))
        for at in range(0, len(pcm), step):
            await self.ask(AudioChunk(**form, audio=pcm[at : at + step]))
        if stop:
            await self.ask(AudioStop())


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]
