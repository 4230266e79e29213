"""A virtual room inside the process: what its speakers play, its microphones hear, in real time.

An air counts time in samples of 16 kHz since it was made. Speakers write into its future, microphones read its past; so
a speech may be handed over ahead of time and still be silenced, and nobody's clock drifts.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import numpy as np
import soxr

from oyez.audio.speech import reading
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from oyez.model import Samples, SpeechChunk

AHEAD = 2 * HEARD_RATE  # samples that a speaker may run ahead
KEPT = 2 * HEARD_RATE  # samples that stay audible for a microphone that reads late
BATCH_SAMPLES = 3 * FRAME_SAMPLES  # heard at a time: a third of the wake-ups of single frames, for 40 ms
STALE = HEARD_RATE  # samples: a microphone that is later than this skips to now


class Air:
    """The sound in a virtual room. `gain_db` is from speaker to microphone; `noise_db` is the noise floor (RMS, dBFS).

    All positions are samples at 16 kHz since `started_mono`.
    """

    def __init__(
        self, *, gain_db: float = 0.0, noise_db: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.started_mono = clock()
        self._clock = clock
        self._gain = np.float32(10 ** (gain_db / 20))
        self._noise = None if noise_db is None else np.float32(10 ** (noise_db / 20))
        self._rng = np.random.default_rng(0)
        self._voices: list[Voice] = []

    def now(self) -> int:
        """The position of this moment."""
        return self.position(self._clock())

    async def until(self, position: int) -> None:
        """Wait for a position."""
        await asyncio.sleep(self.started_mono + position / HEARD_RATE - self._clock())

    def position(self, moment: float) -> int:
        """The position of a moment of the clock."""
        return round((moment - self.started_mono) * HEARD_RATE)

    def voice(self, at: float | None = None) -> Voice:
        """A new source of sound, silent until `at` on the clock."""
        voice = Voice(self, self.now() if at is None else self.position(at))
        self._voices.append(voice)
        return voice

    def heard(self, position: int, count: int) -> Samples:
        """What is heard from a position on: all voices together, and the noise."""
        mixed = np.zeros(count, np.float32)
        for voice in self._voices:
            voice.mix_into(mixed, position)
        mixed *= self._gain
        if self._noise is not None:
            mixed += self._noise * self._rng.standard_normal(count, np.float32)
        return np.clip(mixed, -1.0, 1.0, out=mixed)

    def prune(self) -> None:
        """Forget what no microphone will read any more."""
        gone = self.now() - KEPT
        self._voices = [voice for voice in self._voices if not voice.over_before(gone)]


class Voice:
    """One source of sound in an air: pieces of sound, each at its position."""

    def __init__(self, air: Air, start: int) -> None:
        self.end = start
        self._air = air
        self._pieces: list[tuple[int, Samples]] = []
        self._closed = False

    @property
    def left(self) -> float:
        """Seconds of what was said that nobody has heard yet."""
        return max(0, self.end - self._air.now()) / HEARD_RATE

    def say(self, samples: Samples) -> int:
        """Sound right after what was said before, or now if that is past; how many samples."""
        start = max(self.end, self._air.now())
        gone = self._air.now() - KEPT
        self._pieces = [piece for piece in self._pieces if piece[0] + len(piece[1]) > gone]
        self._pieces.append((start, samples))
        self.end = start + len(samples)
        return len(samples)

    def close(self) -> None:
        """Be silent from now on: what was to come isn't said."""
        now = self._air.now()
        self._pieces = [(start, samples[: max(0, now - start)]) for start, samples in self._pieces]
        self.end = min(self.end, now)
        self._closed = True
        self._air.prune()

    def over_before(self, position: int) -> bool:
        """Whether it has ended for good before a position."""
        return self._closed and self.end < position

    def mix_into(self, mixed: Samples, position: int) -> None:
        """Add what it says from a position on."""
        for start, samples in self._pieces:
            first, last = max(start, position), min(start + len(samples), position + len(mixed))
            if first < last:
                mixed[first - position : last - position] += samples[first - start : last - start]


class Airs:
    """The virtual rooms of a process, by name, made when first asked for."""

    def __init__(self, *, gain_db: float = 0.0, noise_db: float | None = None) -> None:
        self._gain_db = gain_db
        self._noise_db = noise_db
        self._airs: dict[str, Air] = {}

    def __getitem__(self, name: str) -> Air:
        if name not in self._airs:
            self._airs[name] = Air(gain_db=self._gain_db, noise_db=self._noise_db)
        return self._airs[name]


class LoopbackMicrophone:
    """Hears an air."""

    def __init__(self, air: Air) -> None:
        self._air = air

    async def frames(self) -> AsyncIterator[Frame]:
        """See ports.Microphone."""
        air = self._air
        position = air.now()
        while True:
            await air.until(position + BATCH_SAMPLES)
            if air.now() - position > STALE:
                position = air.now() - BATCH_SAMPLES
            heard = air.heard(position, BATCH_SAMPLES)
            for start in range(0, BATCH_SAMPLES, FRAME_SAMPLES):
                captured_mono = air.started_mono + (position + start) / HEARD_RATE
                yield Frame(heard[start : start + FRAME_SAMPLES], captured_mono)
            position += BATCH_SAMPLES


class LoopbackSpeaker:
    """Speaks into an air."""

    def __init__(self, air: Air) -> None:
        self._air = air

    async def wake(self) -> None:
        """Nothing to get ready."""

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
        voice = self._air.voice(at)
        resampler = soxr.ResampleStream(SPEECH_RATE, HEARD_RATE, 1)
        said = given = 0
        try:
            async with reading(speech, volume) as chunks:
                async for samples in chunks:
                    if not said and on_audible:
                        on_audible()
                    said += len(samples)
                    given += voice.say(resampler.resample_chunk(samples))
                    await self._air.until(voice.end - AHEAD)
            given += voice.say(resampler.resample_chunk(np.empty(0, np.float32), last=True))
            await self._air.until(voice.end)
        finally:
            if on_played:
                on_played(max(0.0, given / HEARD_RATE - voice.left))
            voice.close()
        return said / SPEECH_RATE

    async def close(self) -> None:
        """Nothing to release."""
