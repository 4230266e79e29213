"""Volume applied to samples, and no square waves when it is above one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from oyez.model import Samples

KNEE = 0.8  # below it a raised sample stays linear; above it bends towards 1, which it never reaches


def apply(samples: Samples, factor: float) -> Samples:
    """Samples times a factor in [0, 2], within [-1, 1].

    A factor up to 1 only scales. Above, peaks are limited softly, sample by sample: chunks of one speech join without
    a step, and a loud voice made louder doesn't crackle.
    """
    if factor == 1.0:
        return samples.clip(-1.0, 1.0)
    scaled: Samples = samples * np.float32(factor)
    if factor < 1.0:
        return scaled.clip(-1.0, 1.0)
    size = np.abs(scaled)
    bent = KNEE + (1.0 - KNEE) * np.tanh((size - KNEE) / (1.0 - KNEE))
    return np.where(size <= KNEE, scaled, np.copysign(bent, scaled)).astype(np.float32)
