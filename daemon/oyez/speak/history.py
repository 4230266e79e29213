"""What was announced lately, for `history` and `replay`: in memory only: what is said doesn't go to the disk. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oyez.model import SPEECH_RATE, OutcomeState

if TYPE_CHECKING:
    from oyez.model import Announcement, Outcome

LENGTH = 50  # announcements of all rooms


@dataclass(frozen=True, slots=True)
class Entry:
    """An announcement that was accepted: when (wall clock), its latest step, and whether any of it was heard.

    `recorded` is the length in seconds of a recording; its sound isn't kept.
    """

    announcement: Announcement
    at: float
    state: OutcomeState = OutcomeState.ACCEPTED
    reason: str | None = None
    started: bool = False
    recorded: float | None = None


class History:
    """The last `LENGTH` announcements."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, str], Entry] = OrderedDict()  # by room and id, oldest first

    def add(self, announcement: Announcement, at: float) -> None:
        """One was accepted."""
        name = (announcement.room, announcement.id)
        self._entries.pop(name, None)
        recording = announcement.recording
        recorded = None if recording is None else len(recording) / SPEECH_RATE
        self._entries[name] = Entry(replace(announcement, recording=None), at, recorded=recorded)
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
        """The last text of which something was heard."""
        entries = (one for one in self.entries(room) if one.started and one.recorded is None)
        return next((one.announcement for one in entries), None)
