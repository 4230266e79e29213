"""Hours of the day as people write them: `22:00-07:00 quiet`, `mon-fri 20:00-22:00 50%`. Pure; the one parser.

A time is one of the clock on the wall, and so is the moment that is asked about: nothing is computed over a change to
or from summer time, so there is nothing to get wrong. An hour that the clock leaves out has no quiet in it; one that it
shows twice has it twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oyez import volume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
DAY = 24 * 60  # minutes

_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_DAYS = rf"{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)*"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d|24:00"
PATTERN = rf"({_DAYS}\s+)?({_TIME})\s*-\s*({_TIME})\s+(quiet|{volume.PATTERN})"

_WRITTEN = re.compile(
    rf"(?:(?P<days>{_DAYS})\s+)?(?P<begin>{_TIME})\s*-\s*(?P<end>{_TIME})\s+(?:(?P<quiet>quiet)|(?P<volume>.+))"
)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `begin` to before `end`, in minutes since midnight; over midnight where `end` isn't later.

    `days` (Monday is 0) are those on which it begins. In it a room is `quiet`, or its volume is `volume` times as much.
    """

    begin: int
    end: int
    days: frozenset[int] = EVERY_DAY
    quiet: bool = False
    volume: float = 1.0

    def cover(self, local: datetime) -> bool:
        """Whether a moment of the clock on the wall is in it."""
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        return (day in self.days and minute >= self.begin) or ((day - 1) % 7 in self.days and minute < self.end)


def parse(text: str) -> Hours:
    """Hours as they are written. Raises ValueError, which says how."""
    written = _WRITTEN.fullmatch(text.strip())
    begin, end = (_minutes(written["begin"]), _minutes(written["end"])) if written else (0, 0)
    if written is None or begin % DAY == end % DAY:
        raise ValueError("should be hours, like 22:00-07:00 quiet or mon-fri 20:00-22:00 50%")
    days = _days(written["days"]) if written["days"] else EVERY_DAY
    factor = volume.parse(written["volume"]) if written["volume"] else 1.0
    return Hours(begin, end, days, bool(written["quiet"]), factor)


def quiet(hours: Sequence[Hours], local: datetime) -> bool:
    """Whether it is quiet at a moment of the clock on the wall."""
    return any(one.quiet and one.cover(local) for one in hours)


def loudness(hours: Sequence[Hours], local: datetime) -> float:
    """The factor on a room's volume then: that of the last hours that cover it."""
    return next((one.volume for one in reversed(hours) if not one.quiet and one.cover(local)), 1.0)


def _minutes(written: str) -> int:
    hour, minute = written.split(":")
    return int(hour) * 60 + int(minute)


def _days(written: str) -> frozenset[int]:
    days: set[int] = set()
    for part in written.split(","):
        first, last = (DAYS.index(name) for name in (part.split("-") * 2)[:2])
        days |= {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}
    return frozenset(days)
