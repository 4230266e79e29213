"""WebRTC's voice activity detection (Gaussian mixtures on six bands): a tenth of Silero's work, easily deceived."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import webrtcvad

from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from oyez.model import Frame

MODE = 3  # the strictest of 0-3: the others take most noise for speech (docs/vad.md)
SMOOTHED = 5  # frames whose yes and no make one probability


class WebrtcVad:
    """A Vad with the state of one room: the share of the last five frames that were speech."""

    def __init__(self, mode: int = MODE) -> None:
        self._mode = mode
        self.reset()

    def probability(self, frame: Frame) -> float:
        """Probability in [0, 1] that the newest audio is speech."""
        pcm = (np.clip(frame.samples, -1.0, 1.0) * 32767).astype(np.int16).tobytes()
        self._votes.append(self._detector.is_speech(pcm, HEARD_RATE))  # type: ignore[no-untyped-call]
        return sum(self._votes) / SMOOTHED

    def reset(self) -> None:
        """Forget what was heard."""
        self._detector = webrtcvad.Vad(self._mode)  # type: ignore[no-untyped-call]
        self._votes: deque[bool] = deque(maxlen=SMOOTHED)
