"""Where a spoken command ends: voice activity detection of our own, for clients that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.listen.segment import FRAME_SECONDS, Segmenter
from oyez.model import FRAME_SAMPLES, Frame

if TYPE_CHECKING:
    from oyez.config import VadConfig
    from oyez.model import Samples
    from oyez.ports import Vad

NOBODY_S = 10.0  # seconds of audio after which nobody is waited for any more
PATIENCE = {"relaxed": 2.0, "default": 1.0, "aggressive": 0.5}  # factors on the silence that ends a command
SHORTEST_MS, LONGEST_MS = 100, 5000  # of that silence


class Ending:
    """Hears a command as it comes, and tells when it has ended. `sensitivity` is as Home Assistant names it."""

    def __init__(self, vad: Vad, settings: VadConfig, sensitivity: str) -> None:
        silence = round(settings.hang_over_ms * PATIENCE.get(sensitivity, 1.0))
        hang_over = min(LONGEST_MS, max(SHORTEST_MS, silence))
        self._vad = vad
        self._segmenter = Segmenter(settings.model_copy(update={"hang_over_ms": hang_over}))
        self._rest = np.empty(0, np.float32)
        self._heard = 0  # frames

    def feed(self, samples: Samples) -> Samples | None:
        """Take what came; the command, once it has ended, which is empty when nobody speaks.

        Blocks for about a twentieth of the audio's length.
        """
        samples = np.concatenate((self._rest, samples))
        whole = len(samples) - len(samples) % FRAME_SAMPLES
        self._rest = samples[whole:]
        for start in range(0, whole, FRAME_SAMPLES):
            frame = Frame(samples[start : start + FRAME_SAMPLES], self._heard * FRAME_SECONDS)
            self._heard += 1
            if segment := self._segmenter.feed(frame, self._vad.probability(frame)):
                return segment.samples
        nobody = not self._segmenter.speaking and self._heard * FRAME_SECONDS > NOBODY_S
        return np.empty(0, np.float32) if nobody else None

    def finish(self) -> Samples:
        """The client says that it has ended."""
        segment = self._segmenter.finish()
        return segment.samples if segment else np.empty(0, np.float32)
