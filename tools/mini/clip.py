"""One phrase as training hears it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.mini import phones
from tools.mini.checkpoint import encode


@dataclass(frozen=True, slots=True)
class Clip:
    """One phrase: its samples (int16, 16 kHz), labels, and the classes and ends of its sounds."""

    audio: np.ndarray
    labels: tuple[int, ...]
    text: str
    language: str
    sounds: np.ndarray
    ends: np.ndarray

    def then(self, pause: np.ndarray, other: Clip) -> Clip:
        """Return this clip, a pause and another clip as one."""
        gap = len(self.audio) + len(pause)
        return Clip(
            np.concatenate([self.audio, pause, other.audio]),
            (*self.labels, *encode(" ", self.language), *other.labels),
            f"{self.text} {other.text}",
            self.language,
            np.concatenate([self.sounds, [phones.SILENCE], other.sounds]),
            np.concatenate([self.ends, [gap], other.ends + gap]),
        )
