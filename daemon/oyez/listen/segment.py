"""Cut utterances out of a stream of frames. Pure: time is counted in audio, never on a clock."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from oyez.listen.pace import Pace
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.config import VadConfig

FRAME_SECONDS = FRAME_SAMPLES / HEARD_RATE
STAY_BELOW = 0.15  # speech goes on this far below the threshold it started at: Silero's own hysteresis
TAIL_SECONDS = 0.2  # of silence that an utterance ends with; recognition may begin when they are over
CUT_WITHIN = 2  # an overlong utterance is cut at the faintest moment of its second half
MOMENT = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 4.0, 3.0, 2.0, 1.0])  # weights of frames: a breath, no stopped consonant
FAINTEST = 1e-6  # mean power: a whisper in a silent room


@dataclass(frozen=True, slots=True)
class Segment:
    """An utterance as it lies in the stream: its frames, and which of them hold the first and the last speech.

    `pause` is the longest silence in between, in seconds. `cut` tells that the maximum length, or the end of listening,
    ended it, and not silence.
    """

    frames: tuple[Frame, ...]
    first: int
    last: int
    cut: bool
    pause: float = 0.0

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
    words, and what comes after the cut begins the next segment. No frame is in two segments. Of the hang-over a segment
    has only the beginning, so that it is known (`so_far`) before the end is decided. With `adaptive` it is longer where
    those who speak would have been cut.
    """

    def __init__(self, settings: VadConfig) -> None:
        self._pace = Pace()
        self.tune(settings)
        self.rejected = 0
        self.reset()

    def tune(self, settings: VadConfig) -> None:
        """Other settings, from the next frame on, also for an utterance under way."""
        self._settings = settings
        self._start = settings.threshold
        self._stay = max(settings.threshold - STAY_BELOW, settings.threshold / 2)
        self._pre_roll = _frames(settings.pre_roll_ms / 1000)
        self._min_speech = max(1, _frames(settings.min_speech_ms / 1000))
        self._longest = max(1, _frames(settings.max_utterance_s))
        self._wait()

    @property
    def hang_over(self) -> float:
        """The silence that would end an utterance now, in seconds: as set, or as learnt."""
        return self._hang_over * FRAME_SECONDS

    @property
    def speaking(self) -> bool:
        """Whether someone speaks: speech has started, had its minimum, and hasn't ended."""
        return self._confirmed

    @property
    def pausing(self) -> bool:
        """Whether speech has ended unless it goes on within the hang-over: then `so_far` is what `feed` will give."""
        return self._confirmed and self._silent >= self._tail

    def so_far(self) -> Segment | None:
        """The segment as it would be if nothing more were said; None while nobody speaks."""
        return self._take(len(self._frames) - max(0, self._silent - self._tail), cut=False)

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
            return self._learnt(self._end())
        if len(self._frames) >= self._longest:
            return self._learnt(self._cut())
        return None

    def finish(self) -> Segment | None:
        """Listening ends here: the segment under way, if there is one."""
        segment = self._take(len(self._frames), cut=True)
        self.reset()
        return segment

    def _wait(self) -> None:
        """Set how long silence must last to be an end."""
        shortest, longest = self._settings.hang_over_ms / 1000, self._settings.longest_hang_over_ms / 1000
        seconds = self._pace.hang_over(shortest, longest) if self._settings.adaptive else shortest
        self._hang_over = max(1, _frames(seconds))
        # The end of the hang-over isn't in the segment: it is the pre-roll of speech that starts right after.
        self._tail = min(_frames(TAIL_SECONDS), self._hang_over - max(1, min(self._pre_roll, self._hang_over // 2)))

    def _learnt(self, segment: Segment | None) -> Segment | None:
        """The segment, from whose pauses is learnt how long the next one is waited for."""
        if segment:
            self._pace.heard(segment, self._settings.longest_hang_over_ms / 1000)
            self._wait()
        return segment

    def _end(self) -> Segment | None:
        """Silence ended the speech, or what had seemed to be speech."""
        if not self._confirmed:
            self.rejected += 1
            self._keep(self._pre_roll)
            segment = None
        else:
            segment = self.so_far()
            self._keep(min(self._pre_roll, self._hang_over - self._tail))
        self._silent = 0
        self._active = self._confirmed = False
        self._voiced = [False] * len(self._frames)
        return segment

    def _cut(self) -> Segment | None:
        """The longest length is reached: cut between two words; the rest begins the next segment."""
        if not self._confirmed:
            return self._end()
        window = max(1, self._longest // CUT_WITHIN)
        rest = window - 1 - _faintest(self._frames[-window:], self._probabilities[-window:])
        segment = self._take(len(self._frames) - rest, cut=True)
        self._keep(rest)
        return segment

    def _take(self, length: int, *, cut: bool) -> Segment | None:
        """A segment of the first `length` frames; None when nobody speaks in them."""
        voiced = [i for i, speech in enumerate(self._voiced[:length]) if speech]
        if not self._confirmed or not voiced:
            return None
        pause = max((right - left - 1 for left, right in pairwise(voiced)), default=0) * FRAME_SECONDS
        return Segment(tuple(self._frames[:length]), voiced[0], voiced[-1], cut, pause)

    def _keep(self, count: int) -> None:
        """Forget all but the newest `count` frames."""
        gone = len(self._frames) - count
        if gone > 0:
            del self._frames[:gone], self._voiced[:gone], self._probabilities[:gone]


def _faintest(frames: Sequence[Frame], probabilities: Sequence[float]) -> int:
    """The frame around which speech is faintest and least likely; of several the last."""
    power = np.array([np.mean(np.square(frame.samples)) for frame in frames])
    evident = np.log(power + FAINTEST) + np.log(np.array(probabilities) + STAY_BELOW)
    around = np.convolve(np.pad(evident, len(MOMENT) // 2, mode="edge"), MOMENT, "valid").round(6)
    return len(frames) - 1 - int(np.argmin(around[::-1]))


def _frames(seconds: float) -> int:
    return round(seconds / FRAME_SECONDS)
