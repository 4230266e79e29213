"""What was announced lately, for `history` and `replay`: in memory only: what is said doesn't go to the disk. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oyez.model import OutcomeState

if TYPE_CHECKING:
    from oyez.model import Announcement, Outcome

LENGTH = 50  # announcements of all rooms


@dataclass(frozen=True, slots=True)
class Entry:
    """An announcement that was accepted: when (wall clock), its latest step, and whether any of it was heard."""

    announcement: Announcement
    at: float
    state: OutcomeState = OutcomeState.ACCEPTED
    reason: str | None = None
    started: bool = False


class History:
    """The last `LENGTH` announcements."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], Entry] = OrderedDict()  # by room and id, oldest first

    def add(self, announcement: Announcement, at: float) -> None:
        """One was accepted."""
        name = (announcement.room, announcement.id)
        self._entries.pop(name, None)
        self._entries[name] = Entry(announcement, at)
        while len(self._entries) > LENGTH:
            self._entries.popitem(last=False)

    def note(self, outcome: Outcome) -> None:
        """A step of one, or its end."""
        name = (outcome.room, outcome.id)
        if entry := self._entries.get(name):
            started = entry.started or outcome.state in (OutcomeState.STARTED, OutcomeState.SPOKEN)
            self._entries[name] = replace(entry, state=outcome.state, reason=outcome.reason, started=started)

    def entries(self, room: str | None = None) -> list[Entry]:
        """Of a room or all, the newest first."""
        return [one for one in reversed(self._entries.values()) if room in (None, one.announcement.room)]

    def last_heard(self, room: str) -> Announcement | None:
        """The last one of which something was heard."""
        return next((one.announcement for one in self.entries(room) if one.started), None)
