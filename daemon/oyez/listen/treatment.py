"""What is done to the sound of a microphone before anybody hears it: gain, then noise suppression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.model import Frame
from oyez.volume import of_decibels

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.ports import Denoiser


class Treatment:
    """Frames in, frames as they are heard out. `denoiser` makes the noise suppression of a level.

    Raises what that raises.
    """

    def __init__(self, denoiser: Callable[[int], Denoiser]) -> None:
        self._make = denoiser
        self._gain = 1.0
        self._level = 0
        self._denoiser: Denoiser | None = None

    def amplify(self, gain_db: float) -> None:
        """Make louder by so much from now on; what would be above full scale is cut."""
        self._gain = of_decibels(gain_db)

    def suppress(self, level: int) -> None:
        """Suppress noise from now on: not (0), a little (1) ... as much as can be (4)."""
        if level != self._level:
            self._denoiser = self._make(level) if level else None
            self._level = level

    def of(self, frame: Frame) -> Frame:
        """The frame as it is heard."""
        if self._gain == 1.0 and self._denoiser is None:
            return frame
        # Louder first: noise suppression works on 16 bits, which would swallow what is faint.
        samples = (frame.samples * np.float32(self._gain)).clip(-1.0, 1.0)
        return Frame(self._denoiser.clean(samples) if self._denoiser else samples, frame.captured_mono)
