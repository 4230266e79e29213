"""How the last announcements of a room ended: by it a repetition is recognised. Pure: `now` and `at` are monotonic."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oyez.model import OutcomeState

if TYPE_CHECKING:
    from oyez.model import Announcement, Outcome

REMEMBERED = 1_000  # ended announcements known again
REPEAT_S = 2.0  # the same words without an id within this time are one announcement that was sent twice
REPEATED = "repeated"  # the note on an outcome that is told once more

# What these ended isn't done again when its id comes again; the others a sender may try again with the same id.
DONE = (OutcomeState.SPOKEN, OutcomeState.CANCELLED)


@dataclass(frozen=True, slots=True)
class _End:
    outcome: Outcome
    at: float


class Ended:
    """The last `REMEMBERED` ends, by identity.

    `redelivery_s` bounds how long a broker can bring back words without an id that were said already (its session
    expiry).
    """

    def __init__(self, redelivery_s: float) -> None:
        self._redelivery_s = redelivery_s
        self._ends: OrderedDict[str, _End] = OrderedDict()  # the oldest first

    def add(self, identity: str, outcome: Outcome, at: float) -> None:
        """One ended."""
        self._ends.pop(identity, None)
        self._ends[identity] = _End(outcome, at)
        while len(self._ends) > REMEMBERED:
            self._ends.popitem(last=False)

    def repetition(self, announcement: Announcement, now: float) -> Outcome | None:
        """The outcome to tell once more, if this is a repetition of one that ended."""
        end = self._ends.get(announcement.identity)
        if end is None or not self._same(announcement, end, now):
            return None
        notes = end.outcome.notes if REPEATED in end.outcome.notes else (*end.outcome.notes, REPEATED)
        return replace(end.outcome, id=announcement.id, transaction=announcement.transaction, notes=notes)

    def _same(self, announcement: Announcement, end: _End, now: float) -> bool:
        if announcement.identity.startswith("id:"):
            return announcement.redelivered or end.outcome.state in DONE
        age = now - end.at
        return age <= REPEAT_S or (announcement.redelivered and age <= self._redelivery_s)
