"""The gate: the room is deaf while it speaks, and for a tail after: it never writes down its own voice. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oyez.model import Frame


class Gate:
    """Lets frames pass while the room is silent.

    The tail is measured by when frames were captured, not by when they arrive: what a sound server or a slow loop held
    back while the room spoke stays outside, however late it comes.
    """

    def __init__(self, tail_ms: int) -> None:
        self._tail = tail_ms / 1000
        self._speaking = False
        self._opens_mono = float("-inf")

    def speaking(self, active: bool, now_mono: float) -> None:
        """The room starts (True) or stops (False) speaking now. Saying so twice changes nothing."""
        if self._speaking and not active:
            self._opens_mono = now_mono + self._tail
        self._speaking = active

    def passes(self, frame: Frame) -> bool:
        """Whether this frame may be heard."""
        return not self._speaking and frame.captured_mono >= self._opens_mono
