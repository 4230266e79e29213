"""A machine elsewhere in the house: a microphone and a speaker that speak Wyoming, in a process of their own.

Made with the Wyoming library, after wyoming-mic-external and wyoming-snd-external. What its speaker plays, its
microphone hears, and a soft noise.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.server import AsyncEventHandler, AsyncServer
from wyoming.snd import Played

from tests.support.pulse import eventually

RATE = 24_000
BLOCK = RATE // 25  # samples, 40 ms
MICROPHONE = {"rate": RATE, "width": 2, "channels": 2}
NOISE = np.random.default_rng(0).integers(-20, 21, BLOCK, np.int16)


class Pi:
    """The machine as a test sees it: switched on, frozen, killed."""

    def __init__(self, folder: Path, **manners: bool) -> None:
        folder.mkdir(exist_ok=True)
        self.microphone_port, self.speaker_port = _free_ports(2)
        self._folder = folder
        self._manners = [f"--{name}" for name in manners]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def microphone(self) -> str:
        return f"wyoming:127.0.0.1:{self.microphone_port}"

    @property
    def speaker(self) -> str:
        return f"wyoming:127.0.0.1:{self.speaker_port}"

    @property
    def played(self) -> np.ndarray:
        """All that its speaker was given."""
        content = (self._folder / "played").read_bytes()
        return np.frombuffer(content[: len(content) // 2 * 2], "<i2").astype(np.float32) / 32768

    @property
    def events(self) -> list[str]:
        """What was done to it: `hear`, `start`, `stop`, `end` of a connection."""
        return (self._folder / "events").read_text().split()

    async def start(self) -> None:
        (self._folder / "played").touch()
        ports = (str(self.microphone_port), str(self.speaker_port))
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.pi", str(self._folder), *ports, *self._manners
        )
        await eventually(self._answers, what="the machine elsewhere")
        (self._folder / "events").write_text("")

    async def kill(self) -> None:
        assert self._process
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._process._transport.close()

    def freeze(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.speaker_port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True


class Room:
    """What is in the air there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound = np.empty(0, np.int16)

    def play(self, pcm: bytes) -> None:
        self._sound = np.concatenate((self._sound, np.frombuffer(pcm, "<i2")))
        with (self.folder / "played").open("ab") as file:
            file.write(pcm)

    def hear(self) -> bytes:
        """The next 40 ms, in stereo."""
        heard, self._sound = self._sound[:BLOCK], self._sound[BLOCK:]
        return np.repeat(np.pad(heard, (0, BLOCK - len(heard))) + NOISE, 2).tobytes()

    def note(self, what: str) -> None:
        with (self.folder / "events").open("a") as file:
            file.write(f"{what}\n")


class Microphone(AsyncEventHandler):
    def __init__(self, room: Room, options: argparse.Namespace, *streams: object) -> None:
        super().__init__(*streams)
        room.note("hear")
        self._task = asyncio.create_task(self._run(room, options))

    async def handle_event(self, event: Event) -> bool:
        return True

    async def disconnect(self) -> None:
        self._task.cancel()

    async def _run(self, room: Room, options: argparse.Namespace) -> None:
        if options.nonsense:
            self.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            return
        await self.write_event(AudioStart(**MICROPHONE).event())
        moment = time.monotonic()
        while True:
            await self.write_event(AudioChunk(**MICROPHONE, audio=room.hear()).event())
            moment += 0.001 if options.haste else BLOCK / RATE
            await asyncio.sleep(moment - time.monotonic())


class Speaker(AsyncEventHandler):
    def __init__(self, room: Room, options: argparse.Namespace, *streams: object) -> None:
        super().__init__(*streams)
        self._room, self._options = room, options

    async def handle_event(self, event: Event) -> bool:
        if AudioStart.is_type(event.type):
            self._room.note("start")
        elif AudioChunk.is_type(event.type):
            chunk = AudioChunk.from_event(event)
            assert (chunk.rate, chunk.width, chunk.channels) == (RATE, 2, 1)
            self._room.play(chunk.audio)
        elif AudioStop.is_type(event.type):
            self._room.note("stop")
            if not self._options.wordless:
                await self.write_event(Played().event())
        return True

    async def disconnect(self) -> None:
        self._room.note("end")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as sockets:
        made = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in made:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in made]


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("ports", type=int, nargs=2)
    parser.add_argument("--haste", action="store_true", help="send sound as fast as can be")
    parser.add_argument("--nonsense", action="store_true", help="send what isn't Wyoming")
    parser.add_argument("--wordless", action="store_true", help="never say that sound was played")
    options = parser.parse_args()
    room = Room(options.folder)
    async with asyncio.TaskGroup() as servers:
        for port, kind in zip(options.ports, (Microphone, Speaker), strict=True):
            server = AsyncServer.from_uri(f"tcp://127.0.0.1:{port}")
            servers.create_task(server.run(partial(kind, room, options)))


if __name__ == "__main__":
    asyncio.run(main())
