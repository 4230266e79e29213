"""Pure: which part of the model's sound is played: by the durations of its tokens; nothing audible is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.model import Samples

STEPS_OF_FRAME = 2  # a frame of the model's durations is 25 ms
ONSET = 20  # steps before the end of the padding at which speech may begin: 250 ms; breaths were seen at 215
TAIL = 15  # steps kept after the last letter, 188 ms; speech was seen to end up to 100 ms after it
USUAL_SILENCE = 0.17  # seconds of what is kept before speech begins that nobody hears; 0.08 to 0.19 were seen
LEAD = 0.02  # seconds kept before the first sample that can be heard
INAUDIBLE = 10 ** (-70 / 20)  # the model's silence lies below -80 dB, its faintest breaths above -65


def kept(phonemes: str, frames: Sequence[int], speed: float) -> tuple[int, int]:
    """The steps of sound that belong to the speech: begin, end. `frames` are of each token, padding included.

    The end may lie beyond the model's sound: silence follows.
    """
    begin = frames[0] * STEPS_OF_FRAME - round(ONSET / min(1.0, speed))
    last = max((at for at, sign in enumerate(phonemes) if sign.isalpha()), default=len(phonemes) - 1)
    return max(0, begin), sum(frames[: last + 2]) * STEPS_OF_FRAME + TAIL


def lead_silence(samples: Samples) -> int:
    """How many samples at the beginning are silence that nobody hears, but for LEAD."""
    audible = np.flatnonzero(np.abs(samples) > INAUDIBLE)
    return max(0, int(audible[0] if audible.size else len(samples)) - round(LEAD * SPEECH_RATE))
