"""What is to be said in one room, and in which order: all its policies, one method each. Pure: `now` is monotonic.

    who goes first      urgent before normal before low, then first come, first served      `_insert`
    when it is full     the newest is refused; an urgent one displaces the least of all     `_make_room`
    the same again      is swallowed, or its outcome told once more                         `offer`, `Ended`
    a newer one         takes the place of the one that waits with its key                  `_replace`
    too late            expires, also when it was cut                                       `expire`
    more urgent         cuts the one being spoken, which goes on, begins anew or is over    `gives_way`, `cut`
    quiet               the lesser are refused, or held                                     `be_quiet`, `_may_speak`

Every announcement that was offered and isn't a repetition ends in exactly one final outcome. It is told by the method
that ended it, or, for the one being spoken, by its speaker, who then calls `finished`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from oyez.model import Announcement, Interrupted, Outcome, OutcomeState, Priority, Quiet
from oyez.speak.ended import Ended

if TYPE_CHECKING:
    from oyez.speak.announce import Stop

QUIET = "the room is quiet: only urgent announcements are spoken"
HELD = "held: the room is quiet, it is spoken when that is over"
MADE_QUIET = "the room was made quiet"
REPLACED = "replaced: a newer one has the same key"
CUT = "cut short by a more urgent one"
DISPLACED = "displaced by an urgent one"
STOPPED = "stopped before it was spoken"
LATE = "not spoken in time"


class Agenda:
    """The announcements of one room.

    `capacity` bounds those that wait; one that was cut comes back beside them. A repetition of one that waits or is
    being spoken is swallowed; of one that has ended, its outcome is told again. `redelivery_s` as in Ended.
    """

    def __init__(self, room: str, capacity: int, *, redelivery_s: float = 60.0) -> None:
        if capacity < 1:
            raise ValueError(f"agenda of {room}: capacity must be at least 1")
        self.room = room
        self.capacity = capacity
        self.ended = Ended(redelivery_s)
        self._quiet = Quiet.NO
        self._waiting: list[Announcement] = []  # in the order they will be spoken
        self._current: Announcement | None = None

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

    @property
    def quiet(self) -> Quiet:
        """What is done with those that aren't urgent."""
        return self._quiet

    @property
    def gives_way(self) -> bool:
        """Whether the one being spoken is to be cut: a more urgent one that interrupts waits."""
        current = self._current
        return current is not None and any(
            one.interrupts and one.priority > current.priority and self._may_speak(one) for one in self._waiting
        )

    def offer(self, announcement: Announcement, now: float) -> list[Outcome]:
        """Put one on the agenda; what became of it, and of others by it. The repetition of a pending one: nothing."""
        if any(announcement.identity == pending.identity for pending in self._pending()):
            return []
        if before := self.ended.repetition(announcement, now):
            return [before]
        if self._quiet is Quiet.REFUSE and announcement.priority < Priority.URGENT:
            return [self._outcome(announcement, OutcomeState.REFUSED, QUIET)]
        told, held = self.expire(now), None
        if not self._may_speak(announcement):
            announcement, held = replace(announcement, party=None), HELD
        if self._replace(announcement, told, now) or self._make_room(announcement, told, now):
            told.append(self._outcome(announcement, OutcomeState.ACCEPTED, held))
        return told

    def next(self, now: float) -> tuple[Announcement | None, list[Outcome]]:
        """The one to speak now, which becomes current, and the outcomes of those that expired waiting.

        None while one is current or none waits that may be spoken.
        """
        expired = self.expire(now)
        if self._current is None and self._waiting and self._may_speak(self._waiting[0]):
            self._current = self._waiting.pop(0)
            return self._current, expired
        return None, expired

    def finished(self, announcement: Announcement, outcome: Outcome, now: float) -> None:
        """The current one has ended."""
        self._leave(announcement)
        self.ended.add(announcement.identity, outcome, now)

    def cut(self, announcement: Announcement, resume_at: float, now: float) -> Outcome:
        """The current one was cut after so many seconds of its speech: it waits again, or ends, as it wishes.

        It also ends when a newer one with its key waits. Its rooms don't begin together again.
        """
        self._leave(announcement)
        if reason := self._over(announcement):
            outcome = self._outcome(announcement, OutcomeState.CANCELLED, reason)
            self.ended.add(announcement.identity, outcome, now)
            return outcome
        resumes = announcement.interrupted is Interrupted.RESUME and self._quiet is Quiet.NO
        again = replace(announcement, cut=True, resume_at=resume_at if resumes else 0.0, party=None)
        self._insert(again, first=True)
        return self._outcome(again, OutcomeState.INTERRUPTED)

    def expire(self, now: float) -> list[Outcome]:
        """End those that waited too long."""
        stale = [one for one in self._waiting if one.expires_mono is not None and one.expires_mono <= now]
        return [self._end(one, OutcomeState.EXPIRED, LATE, now) for one in stale]

    def cancel(self, wanted: Stop, now: float) -> list[Outcome]:
        """End those that wait and are meant. The current one is its speaker's to end."""
        meant = [one for one in self._waiting if wanted.means(one)]
        return [self._end(one, OutcomeState.CANCELLED, STOPPED, now) for one in meant]

    def be_quiet(self, quiet: Quiet, now: float) -> list[Outcome]:
        """From now on be quiet, or not; where the lesser are refused, those that wait end."""
        self._quiet = quiet
        if quiet is not Quiet.REFUSE:
            return []
        lesser = [one for one in self._waiting if one.priority < Priority.URGENT]
        return [self._end(one, OutcomeState.CANCELLED, MADE_QUIET, now) for one in lesser]

    def _may_speak(self, announcement: Announcement) -> bool:
        return self._quiet is Quiet.NO or announcement.priority is Priority.URGENT

    def _over(self, announcement: Announcement) -> str | None:
        """Why one that was cut doesn't wait again."""
        if announcement.interrupted is Interrupted.DROP:
            return CUT
        if self._quiet is Quiet.REFUSE:
            return MADE_QUIET
        return REPLACED if self._with_key(announcement.key) else None

    def _pending(self) -> list[Announcement]:
        return [*self._waiting, self._current] if self._current else self._waiting

    def _with_key(self, key: str | None) -> Announcement | None:
        return next((one for one in self._waiting if key is not None and one.key == key), None)

    def _replace(self, announcement: Announcement, told: list[Outcome], now: float) -> bool:
        """End the one that waits with the same key. Of the same priority, the newer one stands in its place: True."""
        older = self._with_key(announcement.key)
        if older is None:
            return False
        place = self._waiting.index(older)
        told.append(self._end(older, OutcomeState.CANCELLED, REPLACED, now))
        if older.priority is announcement.priority:
            self._waiting.insert(place, announcement)
        return older.priority is announcement.priority

    def _make_room(self, announcement: Announcement, told: list[Outcome], now: float) -> bool:
        """Put it where it belongs, if there is room or an urgent one can make some; whether it is there."""
        if len(self._waiting) >= self.capacity:
            weakest = self._waiting[-1]
            if announcement.priority < Priority.URGENT or weakest.priority >= announcement.priority:
                reason = f"{len(self._waiting)} announcements wait already; that is all there is room for"
                told.append(self._outcome(announcement, OutcomeState.REFUSED, reason))
                return False
            told.append(self._end(weakest, OutcomeState.REFUSED, DISPLACED, now))
        self._insert(announcement)
        return True

    def _insert(self, announcement: Announcement, *, first: bool = False) -> None:
        """Put it after those of its priority, or before them."""
        before = announcement.priority + (1 if first else 0)
        place = next((at for at, one in enumerate(self._waiting) if one.priority < before), len(self))
        self._waiting.insert(place, announcement)

    def _leave(self, announcement: Announcement) -> None:
        if announcement is not self._current:
            raise ValueError(f"agenda of {self.room}: {announcement.id} isn't being spoken")
        self._current = None

    def _end(self, announcement: Announcement, state: OutcomeState, reason: str, now: float) -> Outcome:
        self._waiting.remove(announcement)
        outcome = self._outcome(announcement, state, reason)
        self.ended.add(announcement.identity, outcome, now)
        return outcome

    def _outcome(self, announcement: Announcement, state: OutcomeState, reason: str | None = None) -> Outcome:
        return Outcome(announcement.id, self.room, state, reason, announcement.transaction)
