"""Parts for hearing tests: frames made of marks, a microphone that plays a script, a detector that reads the marks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence

import numpy as np

from oyez.config import VadConfig
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen import Gate, HearingRoom, Segmenter
from oyez.model import FRAME_SAMPLES, Frame, Utterance

FRAME_S = 0.02
SETTINGS = VadConfig(
    threshold=0.5, pre_roll_ms=60, min_speech_ms=60, hang_over_ms=100, max_utterance_s=2.0, gate_tail_ms=200
)


def frame(mark: float, captured_mono: float = 0.0) -> Frame:
    """A frame all of whose samples are `mark`: 0.0 is silence, anything else speech."""
    return Frame(np.full(FRAME_SAMPLES, mark, np.float32), captured_mono)


def stream(marks: Iterable[float], start_mono: float | None = None) -> list[Frame]:
    """Frames captured one after another, from now on unless told otherwise."""
    start = time.monotonic() if start_mono is None else start_mono
    return [frame(mark, start + i * FRAME_S) for i, mark in enumerate(marks)]


class MarkVad:
    """Certain of speech wherever the mark isn't zero."""

    def __init__(self) -> None:
        self.resets = 0

    def probability(self, frame: Frame) -> float:
        return 1.0 if frame.samples[0] else 0.0

    def reset(self) -> None:
        self.resets += 1


class Halving:
    """Takes away half of everything, at level 1; less and less of it is left at higher ones."""

    def __init__(self, level: int) -> None:
        self._left = np.float32(0.5**level)

    def clean(self, samples: np.ndarray) -> np.ndarray:
        return samples * self._left


class ScriptedMicrophone:
    """Each call of `frames` plays the next take: frames, then an error, or the end."""

    def __init__(self, *takes: Sequence[Frame | Exception]) -> None:
        self.takes = list(takes)
        self.closed = 0

    async def frames(self) -> AsyncIterator[Frame]:
        try:
            for item in self.takes.pop(0):
                await asyncio.sleep(0)
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.closed += 1


class Ear:
    """A HearingRoom with everything around it in reach."""

    def __init__(self, microphone: ScriptedMicrophone, *, capacity: int = 4, **options: object) -> None:
        self.health = Health()
        self.gate = Gate(SETTINGS.gate_tail_ms)
        self.vad = MarkVad()
        self.segmenter = Segmenter(SETTINGS)
        self.utterances: Channel[Utterance] = Channel("utterances", capacity, WhenFull.DROP_OLDEST)
        self.speech: list[bool] = []
        self.states: list[str] = []
        part = self.health.part("kitchen")
        self.health.changed = lambda: self.states.append(self.part["state"])
        self.room = HearingRoom(
            "kitchen",
            microphone,
            gate=self.gate,
            vad=self.vad,
            segmenter=self.segmenter,
            denoiser=Halving,
            utterances=self.utterances,
            health=part,
            on_speech=self.speech.append,
            **options,
        )

    @property
    def part(self) -> dict:
        return self.health.snapshot()["parts"]["kitchen"]

    async def heard(self) -> list[Utterance]:
        """What is on the channel now, oldest first."""
        return [await self.utterances.take() for _ in range(len(self.utterances))]


def marks(utterance: Utterance) -> list[float]:
    """The mark of each frame of an utterance."""
    return [round(float(mark), 4) for mark in utterance.samples[::FRAME_SAMPLES]]
