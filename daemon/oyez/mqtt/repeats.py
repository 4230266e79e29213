"""Tells what is said again and again only now and then. Pure: `now` is monotonic."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

WINDOW_S = 60.0  # so long the same isn't told again
REMEMBERED = 100


@dataclass
class _Told:
    at: float
    suppressed: int = 0


class Repeats:
    """What was told lately."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, _Told] = OrderedDict()

    def news(self, what: str, now: float) -> int | None:
        """How often it was suppressed since it was told last, when it is to be told now; None: it isn't."""
        told = self._told.get(what)
        if told and now - told.at < WINDOW_S:
            told.suppressed += 1
            return None
        self._told.pop(what, None)
        self._told[what] = _Told(now)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return told.suppressed if told else 0
