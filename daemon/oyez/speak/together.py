"""Several rooms that say the same begin together: with one synthesis, at one moment of the monotonic clock."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from oyez.speak.cache.making import Making

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Hashable

    from oyez.model import Party, SpeechChunk

PATIENCE = 3.0  # seconds that those who are ready wait for a room that still speaks
HEADWAY = 0.4  # seconds in which every speaker is opened, beside its lead-in


class _Meeting:
    def __init__(self, party: Party) -> None:
        self.missing = set(party.rooms)
        self.begins_at: float | None = None
        self.begun = asyncio.Event()

    def begin(self, headway: float) -> None:
        if self.begins_at is None:
            self.begins_at = time.monotonic() + headway
            self.begun.set()


class Together:
    """Where the rooms of a party meet. `lead_in` is the silence in seconds that a cold speaker is given first."""

    def __init__(self, *, lead_in: float = 0.0) -> None:
        self._headway = HEADWAY + lead_in
        self._meetings: dict[str, _Meeting] = {}
        self._makings: WeakValueDictionary[Hashable, Making] = WeakValueDictionary()

    def share(
        self, party: Party, what: Hashable, make: Callable[[], AsyncGenerator[SpeechChunk, None]]
    ) -> AsyncGenerator[SpeechChunk, None]:
        """The speech that `make` makes, made once for all rooms of a party to which it is the same (`what`)."""
        name = (party.id, what)
        making = self._makings.get(name)
        if making is None or not making.usable:
            making = self._makings[name] = Making(make())
        return _kept(making)

    async def meet(self, party: Party, room: str) -> float:
        """When to begin, on the monotonic clock: once every room is ready or won't come, or after `PATIENCE`."""
        meeting = self._meetings.setdefault(party.id, _Meeting(party))
        self._came(party.id, meeting, room)
        with suppress(TimeoutError):
            await asyncio.wait_for(meeting.begun.wait(), PATIENCE)
        meeting.begin(self._headway)
        assert meeting.begins_at is not None
        return meeting.begins_at

    def leave(self, party: Party, room: str) -> None:
        """A room won't begin: what it was to say was refused, cancelled, or is over. The last to go closes the door."""
        meeting = self._meetings.setdefault(party.id, _Meeting(party))
        self._came(party.id, meeting, room)

    def _came(self, name: str, meeting: _Meeting, room: str) -> None:
        meeting.missing.discard(room)
        if not meeting.missing:
            meeting.begin(self._headway)
            self._meetings.pop(name, None)


async def _kept(making: Making) -> AsyncGenerator[SpeechChunk, None]:
    """What a making makes; it lives as long as somebody listens."""
    async for chunk in making.listen():
        yield chunk
