"""Which rooms a request means: by name, by the name of a group, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from oyez.actions.action import Answer, Request
from oyez.model import ALL
from oyez.outside import known_only, refuse

if TYPE_CHECKING:
    from oyez.actions.action import Home


class OfRooms(Request):
    """Rooms."""

    rooms: str | list[str] | None = Field(None, description="a room, a group, a list of them, or `all`, as if left out")


class Rooms(Answer):
    """Rooms."""

    rooms: list[str]


def that_speak(home: Home, wanted: str | list[str] | None, *, every: bool = True) -> list[str]:
    """The rooms that speak and are meant, each once. `every`: all where none is named. Raises InvalidInput."""
    if wanted == ALL or (wanted is None and (every or len(home.speaking) == 1)):
        return list(home.speaking)
    named = [wanted] if isinstance(wanted, str) else wanted or []
    names = (*home.speaking, *home.config.groups)
    if not named:
        refuse(f"it isn't said in which room; give rooms: one of {', '.join(names) or 'none'}, a list, or all")
    known_only(named, names, what="room that speaks")
    rooms = list(dict.fromkeys(room for name in named for room in home.desk.rooms_of(name)))
    return rooms or refuse(f"no room of {', '.join(named)} speaks")


def of_the_house(home: Home, wanted: str | list[str]) -> list[str]:
    """The rooms that are meant, whether they speak or hear. Raises InvalidInput."""
    rooms, groups = home.settings.rooms, home.config.groups
    named = list(rooms) if wanted == ALL else [wanted] if isinstance(wanted, str) else wanted
    known_only(named, (*rooms, *groups), what="room")
    return list(dict.fromkeys(room for name in named for room in groups.get(name, (name,))))
