"""How fast this machine is now, and how much of what was spoken is still to be heard."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

WEIGHT = 0.3  # of a new measurement against all before it
UNKNOWN = 0.01  # seconds a step: a slow machine's


class Pace:
    """The work of a step of the generator in seconds: the first measurements, then a moving average."""

    def __init__(self) -> None:
        self.seconds = UNKNOWN
        self._measured = 0

    def measured(self, steps: int, seconds: float) -> None:
        """So many steps, context included, took so long."""
        self._measured += 1
        self.seconds += max(WEIGHT, 1 / self._measured) * (seconds / steps - self.seconds)


class Playback:
    """What becomes of the sound of one announcement, if it is played as soon as it is there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = clock()

    @property
    def ahead(self) -> float:
        """Seconds of sound still to be played."""
        return max(0.0, self._until - self._clock())

    def given(self, samples: int) -> None:
        """So many more samples are there to be played."""
        self._until = max(self._until, self._clock()) + samples / SPEECH_RATE
