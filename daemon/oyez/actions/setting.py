"""What can be set in rooms while the daemon runs."""

from __future__ import annotations

import time

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.actions.rooms import OfRooms, of_the_house, that_speak
from oyez.config import SETTABLE
from oyez.errors import InvalidInput
from oyez.mqtt import payloads

DAY = 24 * 60.0  # minutes


class Set(Request):
    """What to set; null goes back to what the config says."""

    rooms: str | list[str] = Field(description="a room, a group, a list of them, or `all`")
    language: str | None = Field(None, description="heard, as in `languages`; several parted by commas")
    voice: str | None = Field(None, description="as in `voices`")
    speed: float | None = Field(None, description="factor, 0.5 to 2")
    volume: float | str | None = Field(None, description="as in the config")
    listening: bool | None = Field(None, description="`false` closes the microphone")
    gain_db: float | None = Field(None, description="of the microphone, -20 to 40 dB")
    noise_suppression: int | None = Field(None, description="of the microphone, 0 (not) to 4; needs the extra `noise`")
    vad_threshold: float | None = Field(None, description="probability above which speech starts; higher is deafer")
    vad_hang_over_ms: int | None = Field(None, description="silence that ends an utterance, 100 to 5,000 ms")
    vad_adaptive: bool | None = Field(None, description="`true`: that silence grows with the pauses of those who speak")
    quiet: bool | None = Field(None, description="`true`: only urgent announcements are spoken")


class Room(Answer):
    """What a room is set to."""

    language: str
    voice: str
    speed: float
    volume: float
    listening: bool
    gain_db: float
    noise_suppression: int
    vad_threshold: float
    vad_hang_over_ms: int
    vad_adaptive: bool
    quiet: bool


class Rooms(Answer):
    """What rooms are set to now."""

    rooms: dict[str, Room]


class Suspend(OfRooms):
    """For how long."""

    minutes: float = Field(gt=0, le=DAY, description="until it isn't quiet any more, 1,440 at most")


class Suspended(Answer):
    """Where, and until when."""

    rooms: list[str]
    until: str


@action(Set, Rooms)
async def set_(home: Home, asked: Asked[Set]) -> Rooms:
    """Set a room's voice, volume and the like, at once and for good; the YAML file stays as it is."""
    values = asked.request.model_dump(include=asked.request.model_fields_set - {"rooms"})
    rooms = of_the_house(home, asked.request.rooms)
    if not values:
        raise InvalidInput(f"nothing to set; known: {', '.join(SETTABLE)}")
    for room in rooms:
        await home.settings.set(room, values)
    return Rooms(rooms={name: _told(home, name) for name in rooms})


@action(Suspend, Suspended)
async def suspend(home: Home, asked: Asked[Suspend]) -> Suspended:
    """Make rooms quiet for some minutes; `set` with `quiet` false ends it sooner."""
    until = time.time() + 60 * asked.request.minutes
    rooms = that_speak(home, asked.request.rooms)
    for room in rooms:
        await home.settings.set(room, {"quiet": True}, until=until)
    return Suspended(rooms=rooms, until=payloads.timestamp(until))


def _told(home: Home, name: str) -> Room:
    """What a room is set to; what it hasn't for itself is the house's."""
    room = home.settings.rooms[name]
    return Room(**{key: getattr(room, key) for key in SETTABLE} | home.config.vad.told(room))
