"""Microphone and Speaker of real devices: the parent's side of the capture and playback children."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from oyez.audio.speech import reading
from oyez.child.host import Child
from oyez.child.message import Message
from oyez.errors import DeviceLost, EngineFailed
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from oyez.model import SpeechChunk

START_DEADLINE = 10.0
FIRST_DEADLINE = 5.0  # a sound server that was asleep takes its time for the first block
STALL = 2.0  # seconds without a sign of life from a running stream: it is lost, whatever the sound server says
STALE = 1.0  # seconds: older audio at read is what piled up while this process slept
AHEAD = 2.0  # seconds of speech that the playback child may hold
PIECE = SPEECH_RATE // 4  # samples per message: a long chunk doesn't overshoot AHEAD
STOP_DEADLINE = 0.15  # then the child is killed, which silences it as well


class PortAudioMicrophone:
    """A capture device by its name in the config. Its child lives as long as `frames` is iterated."""

    def __init__(self, device: str, *, worker: str = "oyez.audio.capture_worker") -> None:
        self.device = device
        self.overflows = 0
        self.child: Child | None = None
        self._worker = worker

    async def frames(self) -> AsyncIterator[Frame]:
        """See ports.Microphone."""
        child = self.child = Child(
            f"microphone {self.device!r}", self._worker, {"device": self.device}, start_deadline=START_DEADLINE
        )
        try:
            with _device_errors():
                await child.start()
            deadline = FIRST_DEADLINE
            while True:
                with _device_errors():
                    message = await child.receive(deadline)
                deadline = STALL
                for frame in self._frames_of(message):
                    yield frame
        finally:
            self.child = None
            await child.kill()

    def _frames_of(self, message: Message) -> Iterator[Frame]:
        samples, captured_mono = message.audio, message.data["captured_mono"]
        self.overflows = message.data["overflows"]
        seconds = len(samples) / HEARD_RATE
        if time.monotonic() - captured_mono > STALE + seconds:
            return
        for start in range(0, len(samples), FRAME_SAMPLES):
            yield Frame(samples[start : start + FRAME_SAMPLES], captured_mono + start / HEARD_RATE)


class PortAudioSpeaker:
    """A playback device by its name in the config. Its child starts with the first announcement and stays, ready."""

    def __init__(self, device: str, *, lead_in_ms: int, worker: str = "oyez.audio.playback_worker") -> None:
        self.device = device
        self.underflows = 0  # times that the device ran dry: a machine too busy to play without a gap
        self.child = Child(
            f"speaker {device!r}",
            worker,
            {"device": device, "lead_in_ms": lead_in_ms},
            start_deadline=START_DEADLINE,
        )

    async def wake(self) -> None:
        """See ports.Speaker."""
        if not self.child.alive:
            with _device_errors():
                await self.child.start()

    async def play(
        self,
        speech: AsyncIterator[SpeechChunk],
        *,
        volume: float = 1.0,
        at: float | None = None,
        on_audible: Callable[[], None] | None = None,
        on_played: Callable[[float], None] | None = None,
    ) -> float:
        """See ports.Speaker."""
        window = _Window()

        def told(samples: int) -> None:
            if on_played:
                on_played(samples / SPEECH_RATE)

        try:
            async with asyncio.TaskGroup() as group:
                # First, so that the first chunk is made while the device wakes up.
                group.create_task(self._feed(speech, volume, window), name=f"speech to {self.child.name}")
                with _device_errors():
                    await self._begin(at)
                window.open()
                samples = await self._follow(window, on_audible, told)
        except BaseExceptionGroup as failures:
            await self._silence(told)
            raise failures.exceptions[0] from None
        except BaseException:
            await self._silence(told)
            raise
        return samples / SPEECH_RATE

    async def close(self) -> None:
        """See ports.Speaker."""
        await self.child.close()

    async def _begin(self, at: float | None) -> None:
        await self.wake()
        await self.child.send(Message("begin", {"at": at}))

    async def _feed(self, speech: AsyncIterator[SpeechChunk], volume: float, window: _Window) -> None:
        async with reading(speech, volume) as chunks:
            async for samples in chunks:
                for start in range(0, len(samples), PIECE):
                    piece = samples[start : start + PIECE]
                    await window.room(len(piece))
                    with _device_errors():
                        await self.child.send(Message.with_audio("speech", piece))
        await window.room(0)
        with _device_errors():
            await self.child.send(Message("end"))

    async def _follow(self, window: _Window, on_audible: Callable[[], None] | None, told: Callable[[int], None]) -> int:
        deadline = FIRST_DEADLINE
        while True:
            with _device_errors():
                message = await self.child.receive(deadline)
            deadline = STALL
            samples: int = message.data.get("samples", 0)
            if samples:
                told(samples)
            if message.kind == "drained":
                self.underflows += message.data["underflows"]
                return samples
            if message.kind == "played":
                window.played(samples)
            elif message.kind == "audible" and on_audible:
                on_audible()

    async def _silence(self, told: Callable[[int], None]) -> None:
        """Silence the device: ask the child, kill it if it doesn't do so in time."""
        silenced = False
        try:
            with contextlib.suppress(EngineFailed, DeviceLost, TimeoutError):
                async with asyncio.timeout(STOP_DEADLINE):
                    await self.child.send(Message("stop"))
                    while (message := await self.child.receive()).kind not in ("stopped", "drained"):
                        pass
                    told(message.data["samples"])
                    silenced = True
        finally:
            if not silenced:
                await self.child.kill()


class _Window:
    """How far speech may run ahead of the ear. Shut until opened."""

    def __init__(self) -> None:
        self._sent = self._played = 0
        self._is_open = False
        self._moved = asyncio.Event()

    def open(self) -> None:
        """The device is there."""
        self._is_open = True
        self._moved.set()

    def played(self, samples: int) -> None:
        """So many samples have been played in all."""
        self._played = samples
        self._moved.set()

    async def room(self, samples: int) -> None:
        """Wait until so many more samples may be sent."""
        while not self._is_open or self._sent + samples - self._played > AHEAD * SPEECH_RATE:
            self._moved.clear()
            await self._moved.wait()
        self._sent += samples


@contextlib.contextmanager
def _device_errors() -> Iterator[None]:
    """A child that died or hung is a device that is lost: which of the two failed, nobody can tell from here."""
    try:
        yield
    except EngineFailed as error:
        raise DeviceLost(error.message, hint=error.hint) from error
