"""What is to be said in one room, in order: priority, arrival, expiry, capacity, repetitions. Pure: `now` is monotonic.

Every announcement that was offered and isn't a repetition ends in exactly one final outcome. It is told by the method
that ended it, or, for the one being spoken, by its speaker, who then calls `finished`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oyez.model import Announcement, Outcome, OutcomeState, Priority

if TYPE_CHECKING:
    from collections.abc import Iterable

REMEMBERED = 1_000  # ended announcements known again
REPEAT_S = 2.0  # the same words without an id within this time are one announcement that was sent twice
QUIET = "the room is quiet: only urgent announcements are spoken"
REPEATED = "repeated"  # the note on an outcome that is told once more

# What these ended isn't done again when its id comes again; the others a sender may try again with the same id.
DONE = (OutcomeState.SPOKEN, OutcomeState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Ended:
    """How and when an announcement ended; `at` is monotonic."""

    outcome: Outcome
    at: float


class Agenda:
    """The announcements of one room.

    `capacity` bounds those that wait; the newest is refused when it is full, but an urgent one takes the place of the
    newest of the least priority. A repetition of one that waits or is being spoken is swallowed; of one that has
    ended, its outcome is told again. `redelivery_s` bounds how long a broker can bring back words without an id that
    were said already (its session expiry).
    """

    def __init__(self, room: str, capacity: int, *, redelivery_s: float = 60.0) -> None:
        if capacity < 1:
            raise ValueError(f"agenda of {room}: capacity must be at least 1")
        self.room = room
        self.capacity = capacity
        self.redelivery_s = redelivery_s
        self.quiet = False  # only urgent ones are taken
        self._waiting: list[Announcement] = []  # in the order they will be spoken
        self._current: Announcement | None = None
        self._ended: OrderedDict[str, Ended] = OrderedDict()  # by key, oldest first

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def current(self) -> Announcement | None:
        """The one being spoken."""
        return self._current

    @property
    def waiting(self) -> tuple[Announcement, ...]:
        """Those that wait, in the order in which they will be spoken."""
        return tuple(self._waiting)

    def remember(self, key: str, outcome: Outcome, at: float) -> None:
        """Note how one ended: also in an earlier life of the daemon."""
        self._ended.pop(key, None)
        self._ended[key] = Ended(outcome, at)
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def offer(self, announcement: Announcement, now: float) -> list[Outcome]:
        """Put one on the agenda; what became of it, and of others by it. The repetition of a pending one: nothing."""
        if any(announcement.key == pending.key for pending in self._pending()):
            return []
        if before := self._repeats(announcement, now):
            notes = before.notes if REPEATED in before.notes else (*before.notes, REPEATED)
            return [replace(before, id=announcement.id, transaction=announcement.transaction, notes=notes)]
        if self.quiet and announcement.priority < Priority.URGENT:
            return [self._outcome(announcement, OutcomeState.REFUSED, QUIET)]
        told = self.expire(now)
        if len(self._waiting) >= self.capacity:
            weakest = self._waiting[-1]
            if announcement.priority < Priority.URGENT or weakest.priority >= announcement.priority:
                reason = f"{len(self._waiting)} announcements wait already; that is all there is room for"
                return [*told, self._outcome(announcement, OutcomeState.REFUSED, reason)]
            told.append(self._end(weakest, OutcomeState.REFUSED, "displaced by an urgent one", now))
        self._insert(announcement)
        return [*told, self._outcome(announcement, OutcomeState.ACCEPTED)]

    def next(self, now: float) -> tuple[Announcement | None, list[Outcome]]:
        """The one to speak now, which becomes current, and the outcomes of those that expired waiting.

        None while one is current or none waits.
        """
        expired = self.expire(now)
        if self._current is None and self._waiting:
            self._current = self._waiting.pop(0)
            return self._current, expired
        return None, expired

    def finished(self, announcement: Announcement, outcome: Outcome, now: float) -> None:
        """The current one has ended."""
        if announcement is not self._current:
            raise ValueError(f"agenda of {self.room}: {announcement.id} isn't being spoken")
        self._current = None
        self.remember(announcement.key, outcome, now)

    def expire(self, now: float) -> list[Outcome]:
        """End those that waited too long."""
        stale = [one for one in self._waiting if one.expires_mono is not None and one.expires_mono <= now]
        return [self._end(one, OutcomeState.EXPIRED, "not spoken in time", now) for one in stale]

    def cancel(self, announcement_id: str | None, now: float) -> list[Outcome]:
        """End those that wait, with this id or all. The current one is its speaker's to end."""
        wanted = [one for one in self._waiting if announcement_id in (None, one.id)]
        return [self._end(one, OutcomeState.CANCELLED, "stopped before it was spoken", now) for one in wanted]

    def hush(self, now: float) -> list[Outcome]:
        """End those that wait and aren't urgent."""
        lesser = [one for one in self._waiting if one.priority < Priority.URGENT]
        return [self._end(one, OutcomeState.CANCELLED, "the room was made quiet", now) for one in lesser]

    def _pending(self) -> Iterable[Announcement]:
        return [*self._waiting, self._current] if self._current else self._waiting

    def _repeats(self, announcement: Announcement, now: float) -> Outcome | None:
        """The outcome of the ended one that this is a repetition of."""
        ended = self._ended.get(announcement.key)
        if ended is None:
            return None
        age = now - ended.at
        if announcement.key.startswith("id:"):
            same = announcement.redelivered or ended.outcome.state in DONE
        else:
            same = age <= REPEAT_S or (announcement.redelivered and age <= self.redelivery_s)
        return ended.outcome if same else None

    def _insert(self, announcement: Announcement) -> None:
        place = next((i for i, one in enumerate(self._waiting) if one.priority < announcement.priority), len(self))
        self._waiting.insert(place, announcement)

    def _end(self, announcement: Announcement, state: OutcomeState, reason: str, now: float) -> Outcome:
        self._waiting.remove(announcement)
        outcome = self._outcome(announcement, state, reason)
        self.remember(announcement.key, outcome, now)
        return outcome

    def _outcome(self, announcement: Announcement, state: OutcomeState, reason: str | None = None) -> Outcome:
        return Outcome(announcement.id, self.room, state, reason, announcement.transaction)
