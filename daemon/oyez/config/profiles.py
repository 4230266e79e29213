"""Profiles, settings of rooms under a name: what they may say, and what that means by room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from oyez.errors import InvalidInput
from oyez.model import ALL
from oyez.outside import known_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oyez.config.tree import RoomConfig

Places: TypeAlias = dict[str, dict[str, Any]]  # values by room, group or `all`, and key
Profiles: TypeAlias = dict[str, Places]  # by name

# Keys of a room that can be set while it is lived in, and by a profile.
SETTABLE = (
    "language",
    "voice",
    "speed",
    "volume",
    "listening",
    "gain_db",
    "noise_suppression",
    "vad_threshold",
    "vad_hang_over_ms",
    "vad_adaptive",
    "quiet",
)


def check(profiles: Profiles, rooms: Mapping[str, RoomConfig], groups: Mapping[str, list[str]]) -> None:
    """Look for names and values that can't be. Raises ValueError. Without rooms (they are wrong) nothing is said."""
    for name, places in profiles.items() if rooms else ():
        for place, values in places.items():
            try:
                known_only([place], [*rooms, *groups, ALL], what="room or group")
                known_only(values, SETTABLE, what="key of a profile")
                for room in _meant(place, rooms, groups):
                    rooms[room].altered(**values)
            except InvalidInput as error:
                raise ValueError(f"{name}.{place}: {error.message}") from None


def by_room(places: Places, rooms: Mapping[str, RoomConfig], groups: Mapping[str, list[str]]) -> Places:
    """What a profile sets, by room and key: what is said of a room goes before its groups, and these before all."""
    nearest: Places = {}
    for place in sorted(places, key=lambda place: (place in rooms, place != ALL)):
        for room in _meant(place, rooms, groups):
            nearest[room] = nearest.get(room, {}) | places[place]
    altered = {room: rooms[room].altered(**values) for room, values in nearest.items()}
    return {room: {key: getattr(altered[room], key) for key in values} for room, values in nearest.items()}


def _meant(place: str, rooms: Mapping[str, RoomConfig], groups: Mapping[str, list[str]]) -> list[str]:
    """The rooms of a name: of a room, of a group, or all."""
    return list(rooms) if place == ALL else groups.get(place, [place])
