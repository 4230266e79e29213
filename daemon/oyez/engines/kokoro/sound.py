"""Pure: which part of the model's sound is played: by the durations of its tokens; nothing audible is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.model import Samples

STEPS_OF_FRAME = 2  # a frame of the model's durations is 25 ms
EARLIEST = 20  # steps before the end of the padding in front, 250 ms; speech was seen to begin up to 137 ms before it
ONSET = 12  # steps before it, 150 ms: two of a hundred sentences have begun less than LEAD after that
TAIL = 15  # steps kept after the last letter, 188 ms; speech was seen to end up to 100 ms after it
USUAL_SILENCE = 0.12  # seconds from ONSET on that nobody hears; at most 0.113 were seen
LEAD = 0.02  # seconds kept before the first sample that can be heard
INAUDIBLE = 10 ** (-60 / 20)  # the hiss of some voices before they speak lies below -62 dB


class Kept(NamedTuple):
    """The steps of sound that belong to the speech.

    From `begin` on, unless speech can be heard there at once: then from `earliest` on. `end` may lie beyond the model's
    sound: silence follows.
    """

    earliest: int
    begin: int
    end: int


def kept(phonemes: str, frames: Sequence[int], speed: float) -> Kept:
    """What is kept of a sentence, whose `frames` are of each token, padding included."""
    earliest, begin = (
        max(0, frames[0] * STEPS_OF_FRAME - round(steps / min(1.0, speed))) for steps in (EARLIEST, ONSET)
    )
    last = max((at for at, sign in enumerate(phonemes) if sign.isalpha()), default=len(phonemes) - 1)
    return Kept(earliest, begin, sum(frames[: last + 2]) * STEPS_OF_FRAME + TAIL)


def lead_silence(samples: Samples) -> int:
    """How many samples at the beginning are silence that nobody hears, but for LEAD."""
    audible = np.flatnonzero(np.abs(samples) > INAUDIBLE)
    return max(0, int(audible[0] if audible.size else len(samples)) - round(LEAD * SPEECH_RATE))
