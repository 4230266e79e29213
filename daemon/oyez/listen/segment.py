"""Cut utterances out of a stream of frames. Pure: time is counted in audio, never on a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame, Samples

if TYPE_CHECKING:
    from oyez.config import VadConfig

FRAME_SECONDS = FRAME_SAMPLES / HEARD_RATE
STAY_BELOW = 0.15  # speech goes on this far below the threshold it started at: Silero's own hysteresis
CUT_WITHIN = 4  # an overlong utterance is cut at the least speech-like frame of its last quarter


@dataclass(frozen=True, slots=True)
class Segment:
    """An utterance as it lies in the stream: its frames, and which of them hold the first and the last speech.

    `cut` tells that the maximum length, or the end of listening, ended it, and not silence.
    """

    frames: tuple[Frame, ...]
    first: int
    last: int
    cut: bool

    @property
    def samples(self) -> Samples:
        """The audio, pre-roll and hang-over included."""
        return np.concatenate([frame.samples for frame in self.frames])

    @property
    def started_mono(self) -> float:
        """When the speech started."""
        return self.frames[self.first].captured_mono

    @property
    def ended_mono(self) -> float:
        """When the speech ended."""
        return self.frames[self.last].captured_mono + FRAME_SECONDS


class Segmenter:
    """Frames and their speech probabilities in, segments out.

    Speech starts at a frame that reaches the threshold and goes on until `hang_over_ms` stay below a lower one. It
    counts once it had `min_speech_ms`: clicks are forgotten. Speech beyond `max_utterance_s` is cut in a pause between
    words, and what comes after the cut begins the next segment. No frame is in two segments.
    """

    def __init__(self, settings: VadConfig) -> None:
        self._start = settings.threshold
        self._stay = max(settings.threshold - STAY_BELOW, settings.threshold / 2)
        self._pre_roll = _frames(settings.pre_roll_ms / 1000)
        self._min_speech = max(1, _frames(settings.min_speech_ms / 1000))
        self._hang_over = max(1, _frames(settings.hang_over_ms / 1000))
        # The end of the hang-over isn't in the segment: it is the pre-roll of speech that starts right after.
        self._held_back = min(self._pre_roll, self._hang_over // 2)
        self._longest = max(1, _frames(settings.max_utterance_s))
        self.rejected = 0
        self.reset()

    @property
    def speaking(self) -> bool:
        """Whether someone speaks: speech has started, had its minimum, and hasn't ended."""
        return self._confirmed

    def reset(self) -> None:
        """Forget what was heard: after a gap in the audio."""
        self._frames: list[Frame] = []
        self._voiced: list[bool] = []
        self._probabilities: list[float] = []
        self._silent = 0
        self._active = False
        self._confirmed = False

    def feed(self, frame: Frame, probability: float) -> Segment | None:
        """Take the next frame; the segment that it ends, if it does."""
        voiced = probability >= (self._stay if self._active else self._start)
        self._frames.append(frame)
        self._voiced.append(voiced)
        self._probabilities.append(probability)
        self._active = self._active or voiced
        if not self._active:
            self._keep(self._pre_roll)
            return None
        self._silent = 0 if voiced else self._silent + 1
        self._confirmed = self._confirmed or sum(self._voiced) >= self._min_speech
        if self._silent >= self._hang_over:
            return self._end()
        if len(self._frames) >= self._longest:
            return self._cut()
        return None

    def finish(self) -> Segment | None:
        """Listening ends here: the segment under way, if there is one."""
        segment = self._take(len(self._frames), cut=True)
        self.reset()
        return segment

    def _end(self) -> Segment | None:
        """Silence ended the speech, or what had seemed to be speech."""
        if not self._confirmed:
            self.rejected += 1
            self._keep(self._pre_roll)
            segment = None
        else:
            segment = self._take(len(self._frames) - self._held_back, cut=False)
            self._keep(self._held_back)
        self._silent = 0
        self._active = self._confirmed = False
        self._voiced = [False] * len(self._frames)
        return segment

    def _cut(self) -> Segment | None:
        """The longest length is reached: cut where speech is least likely; the rest begins the next segment."""
        if not self._confirmed:
            return self._end()
        window = self._probabilities[-max(1, self._longest // CUT_WITHIN) :]
        after = len(window) - 1 - int(np.argmin(window[::-1]))
        rest = len(window) - 1 - after
        segment = self._take(len(self._frames) - rest, cut=True)
        self._keep(rest)
        return segment

    def _take(self, length: int, *, cut: bool) -> Segment | None:
        """A segment of the first `length` frames; None when nobody speaks in them."""
        voiced = [i for i, speech in enumerate(self._voiced[:length]) if speech]
        if not self._confirmed or not voiced:
            return None
        return Segment(tuple(self._frames[:length]), voiced[0], voiced[-1], cut)

    def _keep(self, count: int) -> None:
        """Forget all but the newest `count` frames."""
        gone = len(self._frames) - count
        if gone > 0:
            del self._frames[:gone], self._voiced[:gone], self._probabilities[:gone]


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_SECONDS)
