"""How long somebody may pause: learnt from the pauses of those who speak in a room. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oyez.listen.segment import Segment

TURNS = 16  # that are remembered
FORGIVEN = 1  # of them may have been cut: nobody waits longer because of one sneeze
MARGIN = 1.25  # on the pauses that were heard: the next one may be longer


class Pace:
    """Utterances in, the silence that ends the next one out, in seconds.

    A turn is what would be one utterance if only `longest` seconds of silence ended it: utterances that follow each
    other sooner belong to one, which was cut. What is told is a quarter more than the shortest silence with which at
    most one of the last 16 turns would have been cut, within the bounds.
    """

    def __init__(self) -> None:
        self._pauses: deque[float] = deque(maxlen=TURNS)  # the longest of each turn
        self._ended_mono = float("-inf")

    def heard(self, segment: Segment, longest: float) -> None:
        """Take the next utterance."""
        gap = segment.started_mono - self._ended_mono
        if gap < longest:
            self._pauses[-1] = max(self._pauses[-1], gap, segment.pause)
        else:
            self._pauses.append(segment.pause)
        self._ended_mono = segment.ended_mono

    def hang_over(self, shortest: float, longest: float) -> float:
        """The silence that should end an utterance now."""
        unforgiven = sorted(self._pauses, reverse=True)[FORGIVEN:]
        return max(shortest, min(longest, MARGIN * unforgiven[0])) if unforgiven else shortest
