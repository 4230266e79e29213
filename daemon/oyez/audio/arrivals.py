"""Sound as it comes over a network: cut into frames, each with the time of its capture. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame

if TYPE_CHECKING:
    from oyez.model import Samples

WINDOW = 2 * HEARD_RATE  # samples, among which some came without delay
HEADWAY = 2.0  # seconds of sound that may come at once: what a network held up
HASTE = 1.05  # and how much faster than time it may come: clocks differ by far less


class Arrivals:
    """One stream of 16 kHz mono samples, in pieces of any length, on the monotonic clock.

    What a network held up comes in a heap, and was captured one piece after the other all the same: the time of its
    capture is counted in samples, from the piece of the last 2 s that was under way for the shortest time. So samples
    that were lost are a gap, and those that came late are none; and a clock over there may go wrong.
    """

    def __init__(self) -> None:
        self._count = 0  # samples until now
        self._pending = np.empty(0, np.float32)
        self._begun: deque[tuple[int, float]] = deque()  # by each piece: where it ends, and when the first sample was
        self._due = float("-inf")

    def feed(self, samples: Samples, now: float) -> list[Frame]:
        """The frames that are whole with the samples that have just come."""
        self._count += len(samples)
        self._begun.append((self._count, now - self._count / HEARD_RATE))
        while self._begun[0][0] < self._count - WINDOW:
            self._begun.popleft()
        self._due = max(self._due, now) + len(samples) / HEARD_RATE / HASTE
        begun = min(moment for _, moment in self._begun)
        pending = np.concatenate((self._pending, samples))
        first = self._count - len(pending)
        whole = len(pending) // FRAME_SAMPLES * FRAME_SAMPLES
        self._pending = pending[whole:]
        return [
            Frame(pending[at : at + FRAME_SAMPLES], begun + (first + at) / HEARD_RATE)
            for at in range(0, whole, FRAME_SAMPLES)
        ]

    def early(self, now: float) -> float:
        """Seconds to wait before the next piece is taken: who sends a file sends it faster than time."""
        return max(0.0, self._due - now - HEADWAY)
