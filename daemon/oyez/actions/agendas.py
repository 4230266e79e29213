"""What has to do with announcements that were made: stop, clear, queue, history."""

from __future__ import annotations

import time

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, action
from oyez.actions.rooms import OfRooms, Rooms, that_speak
from oyez.mqtt import payloads
from oyez.speak import announce


class Meant(OfRooms):
    """Which announcements: those that have all of these, every one where nothing is given."""

    id: str | None = Field(None, description="of one announcement")
    key: str | None = Field(None, description="of announcements")
    tag: str | None = Field(None, description="of announcements")


class Waiting(Answer):
    """An announcement that waits, or is being spoken; `cut`: it was begun, and goes on later."""

    id: str
    text: str
    priority: str
    speaking: bool
    cut: bool
    expires_in: float | None = None
    key: str | None = None
    tag: str | None = None


class Queues(Answer):
    """What is to be said, by room, in order."""

    rooms: dict[str, list[Waiting]]


class Past(OfRooms):
    """Which part of the history."""

    limit: int = Field(20, ge=1, le=50, description="how many at most")


class Told(Answer):
    """An announcement of lately; `state` is its latest step, `recorded` the seconds of one that was a recording."""

    room: str
    id: str
    text: str
    at: str
    state: str
    reason: str | None = None
    recorded: float | None = None


class History(Answer):
    """The last announcements, the newest first."""

    announcements: list[Told]


@action(Meant, Rooms, plain="rooms")
async def stop(home: Home, asked: Asked[Meant]) -> Rooms:
    """Cancel announcements by id, key or tag, or all, what is being spoken included."""
    return await _stop(home, asked, waiting_only=False)


@action(Meant, Rooms, plain="rooms")
async def clear(home: Home, asked: Asked[Meant]) -> Rooms:
    """Cancel what waits; what is being spoken is spoken to its end."""
    return await _stop(home, asked, waiting_only=True)


@action(OfRooms, Queues, plain="rooms", reads=True)
async def queue(home: Home, asked: Asked[OfRooms]) -> Queues:
    """Tell what is being spoken and what waits, in order."""
    return Queues(rooms={room: _queue(home, room) for room in that_speak(home, asked.request.rooms)})


@action(Past, History, plain="rooms", reads=True)
async def history(home: Home, asked: Asked[Past]) -> History:
    """Tell the last announcements, the newest first; they are kept in memory only."""
    rooms = that_speak(home, asked.request.rooms)
    entries = [one for one in home.desk.history.entries() if one.announcement.room in rooms]
    told = [
        Told(
            room=entry.announcement.room,
            id=entry.announcement.id,
            text=entry.announcement.wording,
            at=payloads.timestamp(entry.at),
            state=str(entry.state),
            reason=entry.reason,
            recorded=None if entry.recorded is None else round(entry.recorded, 2),
        )
        for entry in entries[: asked.request.limit]
    ]
    return History(announcements=told)


async def _stop(home: Home, asked: Asked[Meant], *, waiting_only: bool) -> Rooms:
    request = asked.request
    rooms = that_speak(home, request.rooms)
    for room in rooms:
        wanted = announce.Stop(request.id, request.key, request.tag)
        await home.speaking[room].stop(wanted, waiting_only=waiting_only)
    return Rooms(rooms=rooms)


def _queue(home: Home, room: str) -> list[Waiting]:
    agenda, now = home.agendas[room], time.monotonic()
    pending = [agenda.current] if agenda.current else []
    return [
        Waiting(
            id=one.id,
            text=one.wording,
            priority=one.priority.name.lower(),
            speaking=one is agenda.current,
            cut=one.cut,
            expires_in=None if one.expires_mono is None else round(max(0.0, one.expires_mono - now), 1),
            key=one.key,
            tag=one.tag,
        )
        for one in [*pending, *agenda.waiting]
    ]
