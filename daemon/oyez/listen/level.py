"""How loud a microphone is: a level of each tenth of a second, and what is wrong with it. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oyez.listen.segment import FRAME_SECONDS
from oyez.listen.silence import SilenceWatch

if TYPE_CHECKING:
    from oyez.model import Frame

FLOOR = -100.0  # dBFS: fainter than the smallest step of 16 bits, and told instead of minus infinity
CLIPS = -0.5  # dBFS: a peak above it was most likely higher before it was cut; resamplers bend what is left
FRAMES = round(0.1 / FRAME_SECONDS)
HELD = 20  # levels: a peak, and that it clipped, is seen for two seconds
DEAD = 2.0  # seconds of digital silence after which nobody waits for a sound any more


@dataclass(frozen=True, slots=True)
class Level:
    """A tenth of a second: root mean square and peak in dBFS (0: samples of 1), to a tenth, not below -100.

    `held_dbfs` is the highest peak of the last two seconds; `clips`: it was cut off; `silent`: in two seconds there was
    nothing but digital silence; `speech`: somebody speaks.
    """

    level_dbfs: float
    peak_dbfs: float
    held_dbfs: float
    clips: bool
    silent: bool
    speech: bool


class LevelMeter:
    """Frames and whether they are speech in, levels out."""

    def __init__(self) -> None:
        self._watch = SilenceWatch(DEAD)
        self._powers: list[float] = []
        self._highest = 0.0
        self._speech = False
        self._peaks: list[float] = []

    def feed(self, frame: Frame, speech: bool) -> Level | None:
        """Take the next frame; the level, if it ends a tenth of a second."""
        silent = self._watch.dead(frame)
        self._powers.append(float(np.mean(np.square(frame.samples, dtype=np.float64))))
        self._highest = max(self._highest, float(np.abs(frame.samples).max()))
        self._speech = self._speech or speech
        if len(self._powers) < FRAMES:
            return None
        level, peak = decibels(math.sqrt(sum(self._powers) / FRAMES)), decibels(self._highest)
        self._peaks = [*self._peaks[1 - HELD :], peak]
        held = max(self._peaks)
        made = Level(level, peak, held, clips=held > CLIPS, silent=silent, speech=self._speech)
        self._powers, self._highest, self._speech = [], 0.0, False
        return made


def decibels(amplitude: float) -> float:
    """An amplitude in dBFS, to a tenth; never below the floor."""
    return round(max(FLOOR, 20 * math.log10(amplitude)), 1) if amplitude else FLOOR
