"""What the generator's harmonics are made from: how many cycles of the voice went by, and where there is a voice.

The model as it came makes nine harmonics of the pitch for the whole sentence, at the rate of samples, before any window
can be begun. Here prosody ends at the pitch, one number a step, and harmonics.py makes them within each window. Cycles
are counted in float64, and told without the whole ones: every window makes a step's harmonics to the same bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.kokoro.windows import STEP_SECONDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oyez.engines.kokoro.sessions import Feed

VOICED = 10.0  # Hz: the model means by a lower pitch that there is no voice


class Source:
    """The source of a sentence whose pitch is [1, 1, steps], in Hz.

    The pitch goes on evenly from the middle of a step to that of the next: such a stretch is told by the part of a
    cycle that it begins with, and the cycles that it has.
    """

    def __init__(self, pitch: NDArray[np.float32]) -> None:
        cycles = np.pad(np.cumsum(pitch.ravel(), dtype=np.float64) * STEP_SECONDS, 1, "edge")
        self._stretches = np.stack([cycles[:-1] % 1, np.diff(cycles)], axis=1).astype(np.float32)
        self._voicing = (pitch > VOICED).astype(np.float32)

    def window(self, first: int, last: int) -> Feed:
        """What the generator is given for the steps from `first` to `last`, float32.

        `cycles` [1, steps + 1, 2] are the stretches, from that before the middle of the first step to that after the
        middle of the last; `voicing` [1, 1, steps] is 1 where there is a voice, else 0.
        """
        return {"cycles": self._stretches[None, first : last + 1], "voicing": self._voicing[:, :, first:last]}
