"""What can be set in rooms while the daemon runs."""

from __future__ import annotations

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.errors import InvalidInput
from oyez.outside import known_only
from oyez.settings import SETTABLE


class Set(Request):
    """What to set; null goes back to what the config says."""

    rooms: str | list[str] = Field(description="a room, a list of rooms, or `all`")
    language: str | None = Field(None, description="heard, as in `languages`")
    voice: str | None = Field(None, description="as in `voices`")
    speed: float | None = Field(None, description="factor, 0.5 to 2")
    volume: float | str | None = Field(None, description="as in the config")
    listening: bool | None = Field(None, description="`false` closes the microphone")
    quiet: bool | None = Field(None, description="`true`: only urgent announcements are spoken")


class Room(Answer):
    """What a room is set to."""

    language: str
    voice: str
    speed: float
    volume: float
    listening: bool
    quiet: bool


class Rooms(Answer):
    """What rooms are set to now."""

    rooms: dict[str, Room]


@action(Set, Rooms)
async def set_(home: Home, asked: Asked[Set]) -> Rooms:
    """Set a room's voice, volume and the like, at once and for good; the YAML file stays as it is."""
    values = asked.request.model_dump(include=asked.request.model_fields_set - {"rooms"})
    wanted = asked.request.rooms
    rooms = list(home.settings.rooms) if wanted == "all" else [wanted] if isinstance(wanted, str) else wanted
    known_only(rooms, home.settings.rooms, what="room")
    if not values:
        raise InvalidInput(f"nothing to set; known: {', '.join(SETTABLE)}")
    for room in rooms:
        await home.settings.set(room, values)
    told = {name: Room(**{key: getattr(home.settings.rooms[name], key) for key in SETTABLE}) for name in rooms}
    return Rooms(rooms=told)
