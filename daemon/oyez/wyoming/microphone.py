"""The microphone of another machine, where a program speaks Wyoming: wyoming-mic-external, say."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from oyez.audio.arrivals import Arrivals
from oyez.audio.portaudio import FIRST_DEADLINE, STALL
from oyez.errors import DeviceLost, InvalidInput
from oyez.wyoming.line import Line
from oyez.wyoming.sound import Pcm, form

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wyoming.event import Event

    from oyez.model import Frame, Samples


class WyomingMicrophone:
    """Hears the sound that a program sends, of any rate, width and number of channels."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def frames(self) -> AsyncIterator[Frame]:
        """See ports.Microphone."""
        line = await Line.open("microphone", self._host, self._port)
        try:
            arrivals, sound, deadline = Arrivals(), _Sound(), FIRST_DEADLINE
            while True:
                samples = sound.of(await line.until("audio-chunk", deadline))
                frames, deadline = arrivals.feed(samples, time.monotonic()), STALL
                await asyncio.sleep(arrivals.early(time.monotonic()))
                for frame in frames:
                    yield frame
                    await asyncio.sleep(0)  # others of the loop have their turn
        finally:
            line.abort()


class _Sound:
    """The samples of chunks, each of which names its format."""

    def __init__(self) -> None:
        self._pcm: Pcm | None = None

    def of(self, chunk: Event) -> Samples:
        """What is ready with this chunk, 16 kHz mono. Raises DeviceLost."""
        try:
            if self._pcm is None or self._pcm.format != form(chunk.data):
                self._pcm = Pcm(*form(chunk.data))
        except InvalidInput as error:
            raise DeviceLost(f"the microphone sends nonsense: {error.message}") from error
        return self._pcm.feed(chunk.payload or b"")
