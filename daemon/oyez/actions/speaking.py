"""What has to do with announcements: say, stop, replay, queue, history."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.errors import InvalidInput
from oyez.mqtt import payloads
from oyez.outside import known_only, refuse
from oyez.speak import announce

if TYPE_CHECKING:
    from oyez.model import Announcement

ALL = "all"


class Say(Request):
    """An announcement to one room or several; what is left out is as the room's config says."""

    rooms: str | list[str] | None = Field(
        None, description="a room, a list of rooms, or `all`; may be left out where one room speaks"
    )
    text: str = Field(description="what to say, plain or with markup")
    id: str | None = Field(None, description="yours; outcomes carry it, and a repetition is recognised by it")
    voice: str | None = Field(None, description="as in `voices`")
    language: str | None = Field(None, description="of the text, by its tag; else the voice's")
    speed: float | None = Field(None, description="factor, 0.5 to 2")
    volume: float | str | None = Field(None, description="as on the topic `say`")
    priority: str | None = Field(None, description="`low`, `normal` or `urgent`")
    expires_in: float | None = Field(None, description="seconds after which it isn't spoken any more")


class Announced(Answer):
    """An announcement on its way to one room. What becomes of it is told on the room's `said`."""

    room: str
    id: str


class Announcements(Answer):
    """The announcements that were made."""

    announcements: list[Announced]


class OfRooms(Request):
    """Rooms."""

    rooms: str | list[str] | None = Field(None, description="a room, a list of rooms, or `all`, as if left out")


class Stop(OfRooms):
    """What to stop."""

    id: str | None = Field(None, description="of one announcement; all where it is left out")


class Stopped(Answer):
    """Where something was stopped."""

    rooms: list[str]


class Waiting(Answer):
    """An announcement that waits, or is being spoken."""

    id: str
    text: str
    priority: str
    speaking: bool
    expires_in: float | None = None


class Queues(Answer):
    """What is to be said, by room, in order."""

    rooms: dict[str, list[Waiting]]


class Past(OfRooms):
    """Which part of the history."""

    limit: int = Field(20, ge=1, le=50, description="how many at most")


class Told(Answer):
    """An announcement of lately; `state` is its latest step."""

    room: str
    id: str
    text: str
    at: str
    state: str
    reason: str | None = None


class History(Answer):
    """The last announcements, the newest first."""

    announcements: list[Told]


@action(Say, Announcements, plain="text")
async def say(home: Home, asked: Asked[Say]) -> Announcements:
    """Say something in one room, several or all."""
    fields = asked.request.model_dump(exclude={"rooms"}, exclude_none=True)
    fields |= {"transaction": asked.transaction} if asked.transaction else {}
    made = [_announcement(room, fields, asked) for room in _rooms(home, asked.request.rooms, every=False)]
    for one in made:
        await home.desk.take(one, asked.receipt.share())
    return Announcements(announcements=[Announced(room=one.room, id=one.id) for one in made])


@action(Stop, Stopped, plain="rooms")
async def stop(home: Home, asked: Asked[Stop]) -> Stopped:
    """Cancel one announcement by its id, or all, what is being spoken included."""
    rooms = _rooms(home, asked.request.rooms)
    for room in rooms:
        await home.speaking[room].stop(asked.request.id)
    return Stopped(rooms=rooms)


@action(OfRooms, Announcements, plain="rooms")
async def replay(home: Home, asked: Asked[OfRooms]) -> Announcements:
    """Say again what was heard last in each room."""
    found = [home.desk.history.last_heard(room) for room in _rooms(home, asked.request.rooms)]
    again = [_again(one, asked) for one in found if one]
    if not again:
        raise InvalidInput("nothing was spoken yet that could be said again")
    for one in again:
        await home.desk.take(one, asked.receipt.share())
    return Announcements(announcements=[Announced(room=one.room, id=one.id) for one in again])


@action(OfRooms, Queues, plain="rooms", reads=True)
async def queue(home: Home, asked: Asked[OfRooms]) -> Queues:
    """Tell what is being spoken and what waits, in order."""
    return Queues(rooms={room: _queue(home, room) for room in _rooms(home, asked.request.rooms)})


@action(Past, History, plain="rooms", reads=True)
async def history(home: Home, asked: Asked[Past]) -> History:
    """Tell the last announcements, the newest first; they are kept in memory only."""
    rooms = _rooms(home, asked.request.rooms)
    entries = [one for one in home.desk.history.entries() if one.announcement.room in rooms]
    told = [
        Told(
            room=entry.announcement.room,
            id=entry.announcement.id,
            text=entry.announcement.text,
            at=payloads.timestamp(entry.at),
            state=str(entry.state),
            reason=entry.reason,
        )
        for entry in entries[: asked.request.limit]
    ]
    return History(announcements=told)


def _rooms(home: Home, wanted: str | list[str] | None, *, every: bool = True) -> list[str]:
    """The rooms that are meant, each once. `every`: all of them where none is named. Raises InvalidInput."""
    if wanted == ALL or (wanted is None and (every or len(home.speaking) == 1)):
        return list(home.speaking)
    named = [wanted] if isinstance(wanted, str) else list(dict.fromkeys(wanted or []))
    if not named:
        refuse(f"it isn't said in which room; give rooms: one of {', '.join(home.speaking) or 'none'}, a list, or all")
    known_only(named, home.speaking, what="room that speaks")
    return named


def _announcement(room: str, fields: dict[str, object], asked: Asked[Say]) -> Announcement:
    announcement = announce.parse(
        json.dumps(fields).encode(),
        room=room,
        now=time.monotonic(),
        expires_in=asked.expires_in,
        redelivered=asked.redelivered,
    )
    if isinstance(announcement, announce.Refusal):
        raise InvalidInput(announcement.reason)
    return announcement


def _again(announcement: Announcement, asked: Asked[OfRooms]) -> Announcement:
    """As it was, but new: under an id of its own."""
    name = f"replay-{asked.transaction or uuid.uuid4().hex}"
    now = time.monotonic()
    return replace(
        announcement,
        id=name,
        key=f"id:{name}",
        received_mono=now,
        expires_mono=None if asked.expires_in is None else now + asked.expires_in,
        transaction=asked.transaction,
        redelivered=asked.redelivered,
    )


def _queue(home: Home, room: str) -> list[Waiting]:
    agenda, now = home.agendas[room], time.monotonic()
    pending = [agenda.current] if agenda.current else []
    return [
        Waiting(
            id=one.id,
            text=one.text,
            priority=one.priority.name.lower(),
            speaking=one is agenda.current,
            expires_in=None if one.expires_mono is None else round(max(0.0, one.expires_mono - now), 1),
        )
        for one in [*pending, *agenda.waiting]
    ]
