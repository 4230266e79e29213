"""Notice a microphone that gives nothing: muted, or a dead cable. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.model import FRAME_SAMPLES, HEARD_RATE

if TYPE_CHECKING:
    from oyez.model import Frame

# A living microphone moves by more than one 16-bit step within a frame; a resampler lets a constant waver by less.
FLAT = 2 / 32768


class SilenceWatch:
    """Tells when the audio has been flat for so long that no living microphone does it."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._limit = round(seconds * HEARD_RATE / FRAME_SAMPLES)
        self._flat = 0

    def dead(self, frame: Frame) -> bool:
        """Take the next frame; whether the audio is dead by now."""
        self._flat = self._flat + 1 if float(np.ptp(frame.samples)) < FLAT else 0
        return self._flat >= self._limit
