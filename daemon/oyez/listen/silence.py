"""Notice a microphone that gives nothing: muted, or a dead cable. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.model import FRAME_SAMPLES, HEARD_RATE

if TYPE_CHECKING:
    from oyez.model import Frame


class SilenceWatch:
    """Tells when the audio has been one constant value for so long that no living microphone does it."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._limit = round(seconds * HEARD_RATE / FRAME_SAMPLES)
        self._constant = 0

    def dead(self, frame: Frame) -> bool:
        """Take the next frame; whether the audio is dead by now."""
        samples = frame.samples
        # The first comparison alone settles it for nearly every frame of a living microphone.
        constant = samples[0] == samples[-1] and bool((samples == samples[0]).all())
        self._constant = self._constant + 1 if constant else 0
        return self._constant >= self._limit
