"""The speaker of another machine, where a program speaks Wyoming: wyoming-snd-external, say.

A connection for each announcement: its end is what has such programs play what they still hold, and free the device.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

import numpy as np
from wyoming.audio import AudioChunk, AudioStart, AudioStop

from oyez.audio.speech import reading
from oyez.model import SPEECH_RATE
from oyez.wyoming.line import Line
from oyez.wyoming.sound import SPEECH_WIDTH, to_pcm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from oyez.model import Samples, SpeechChunk

AHEAD = 0.2  # seconds of sound that are under way or over there: a stop can't call them back
PIECE = SPEECH_RATE // 25  # samples a chunk: 40 ms
TAIL = 0.2  # seconds of silence that push the last word out of buffers over there
PLAYED_WITHIN = 5.0  # seconds after the end in which the program must say that it has played it
FORMAT = {"rate": SPEECH_RATE, "width": SPEECH_WIDTH, "channels": 1}


class WyomingSpeaker:
    """Has a program play announcements, in real time: 24 kHz, 16 bits, mono, which it converts where it must."""

    def __init__(self, host: str, port: int, *, lead_in_ms: int) -> None:
        self._host, self._port = host, port
        self._lead_in = lead_in_ms / 1000
        self._line: Line | None = None  # of the next announcement

    async def wake(self) -> None:
        """See ports.Speaker."""
        if self._line is None or not self._line.open_still:
            await self.close()
            self._line = await Line.open("speaker", self._host, self._port)

    async def play(
        self,
        speech: AsyncIterator[SpeechChunk],
        *,
        volume: float = 1.0,
        at: float | None = None,
        on_audible: Callable[[], None] | None = None,
        on_played: Callable[[float], None] | None = None,
    ) -> float:
        """See ports.Speaker. `at` is kept as far as the program plays at once what it gets."""
        async with reading(speech, volume) as chunks:
            await self.wake()
            assert self._line
            stream, self._line = _Stream(self._line), None
            tell = on_played or (lambda _: None)
            try:
                await stream.begin(max(self._lead_in, (at or 0.0) - time.monotonic()))
                async for samples in chunks:
                    if not stream.said and on_audible:
                        on_audible()
                    await stream.say(samples, tell)
                await stream.end()
            except BaseException:
                stream.abort()
                raise
            finally:
                tell(stream.heard)
        return stream.said

    async def close(self) -> None:
        """See ports.Speaker."""
        if self._line:
            self._line.abort()
            self._line = None


class _Stream:
    """One announcement on its way, never more than `AHEAD` before it is heard."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._samples = 0  # of speech
        self._due = time.monotonic()  # when all that was sent will have been heard
        self._said_due = self._due

    @property
    def said(self) -> float:
        """Seconds of speech that were sent."""
        return self._samples / SPEECH_RATE

    @property
    def heard(self) -> float:
        """Seconds of speech that were heard until now."""
        return max(0.0, self.said - max(0.0, self._said_due - time.monotonic()))

    async def begin(self, silence: float) -> None:
        """Wake what sleeps with so many seconds of silence, so that it swallows no syllable."""
        await self._line.send(AudioStart(**FORMAT).event())
        await self._silence(silence)

    async def say(self, samples: Samples, tell: Callable[[float], None]) -> None:
        """Send speech; `tell` is called with what was heard of it."""
        for start in range(0, len(samples), PIECE):
            piece = samples[start : start + PIECE]
            await self._send(piece)
            self._samples += len(piece)
            self._said_due = self._due
            tell(self.heard)

    async def end(self) -> None:
        """Send the end, and wait until all was heard."""
        await self._silence(TAIL)
        await self._line.send(AudioStop().event())
        await self._line.until("played", self._left + PLAYED_WITHIN)
        await asyncio.sleep(self._left)
        await self._line.close()

    def abort(self) -> None:
        """Send nothing more."""
        self._line.abort()

    @property
    def _left(self) -> float:
        return max(0.0, self._due - time.monotonic())

    async def _silence(self, seconds: float) -> None:
        silence = np.zeros(math.ceil(seconds * SPEECH_RATE), np.float32)
        for start in range(0, len(silence), PIECE):
            await self._send(silence[start : start + PIECE])

    async def _send(self, piece: Samples) -> None:
        await asyncio.sleep(self._left - AHEAD)
        self._due = max(self._due, time.monotonic()) + len(piece) / SPEECH_RATE
        await self._line.send(AudioChunk(**FORMAT, audio=to_pcm(piece)).event())
