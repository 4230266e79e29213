"""What was set while the daemon runs, as from Home Assistant: it applies at once and lasts, apart from the YAML file.

A value stands until the config itself says something new about its key: whoever spoke last is heeded. Or it was set
for a while only: then it lapses. A profile lies over all that, as long as it is on: its own keys are as it says, or as
they are set meanwhile; when it is left, they are as they were before.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from oyez import durable, log
from oyez.config import SETTABLE
from oyez.errors import OyezError
from oyez.outside import known_only

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from oyez.config import RoomConfig

logger = log.get(__name__)

Values: TypeAlias = "Mapping[str, Mapping[str, Any]]"  # by room and key

TURN = 1.0  # seconds between two looks at what lapses


class Settings:
    """The rooms as they are now, in `rooms`: the config, over it what was set, and over that the profile that is on.

    `check` raises OyezError for a room that can't be so (a voice that isn't there); `apply` is awaited for each room
    whose values are to be taken up. `profiles` are values by profile, room and key, as `Config.profile` has them.
    """

    def __init__(
        self,
        path: Path,
        rooms: Mapping[str, RoomConfig],
        *,
        check: Callable[[RoomConfig], None],
        apply: Callable[[str], Awaitable[None]],
        profiles: Mapping[str, Values] | None = None,
    ) -> None:
        self.rooms = dict(rooms)
        self.languages = {name: room.language for name, room in rooms.items()}
        self.profile: str | None = None
        self.profiles: Mapping[str, Values] = profiles or {}
        self._written = rooms
        self._path = path
        self._check = check
        self._apply = apply
        self._writing = asyncio.Lock()
        # By room and key: the value, what it stands over, and until when (wall clock) where it isn't for good.
        self._set: dict[str, dict[str, dict[str, Any]]] = {}
        self._meanwhile: dict[str, dict[str, dict[str, Any]]] = {}  # of the profile's own keys, since it is on

    async def load(self) -> None:
        """Take up what was set in earlier lives, as far as it still can be, and the config for the rest."""
        ever, on = await asyncio.to_thread(lambda: (_read(self._path), _read(self._profile_path)))
        self.profile = next((name for name in self.profiles if name == on.get("profile")), None)
        for layer, kept in ((self._set, ever), (self._meanwhile, on.get("set") if self.profile else None)):
            for room, key, value in _values(kept):
                if self._usable(layer, room, key, value):
                    layer.setdefault(room, {})[key] = value
        for room in self.rooms:
            await self._settle(room)

    async def run(self) -> None:
        """Let lapse what was set for a while, until cancelled."""
        while True:
            await asyncio.sleep(TURN)
            await self.lapse(time.time())

    async def lapse(self, now: float) -> None:
        """What was set until `now` (wall clock) or before is as it would be without."""
        for layer in (self._set, self._meanwhile):
            for room, values in list(layer.items()):
                past = [key for key, kept in values.items() if kept.get("until", now + 1) <= now]
                if past:
                    logger.info("what was set for a while is over", room=room, keys=past)
                    layer[room] = {key: kept for key, kept in values.items() if key not in past}
                    await self._keep()
                    await self._settle(room)

    def until(self, room: str, key: str) -> float | None:
        """When what was set lapses (wall clock); None: it doesn't."""
        until: float | None = self._layer(room, key).get(room, {}).get(key, {}).get("until")
        return until

    async def set(self, room: str, values: Mapping[str, Any], *, until: float | None = None) -> None:
        """Set keys of a room, for good or until then (wall clock); None: as config or profile say.

        Raises InvalidInput or ModelMissing, and nothing is changed.
        """
        asked = {key: self._below(room, key) if value is None else value for key, value in values.items()}
        now = self.rooms[room].altered(**asked)
        self._check(now)
        for key, value in values.items():
            kept = self._layer(room, key).setdefault(room, {})
            kept.pop(key, None)
            if value is not None:
                kept[key] = {"value": getattr(now, key), "config": self._below(room, key)}
                kept[key] |= {} if until is None else {"until": until}
        await self._keep()
        await self._settle(room)

    async def live_by(self, profile: str | None) -> None:
        """Turn to a profile, or to none: its keys are as they were before. Raises InvalidInput for an unknown one.

        Said again, what was set of its keys meanwhile is forgotten.
        """
        if profile is not None:
            known_only([profile], self.profiles, what="profile")
        rooms = {*self.profiles.get(self.profile or "", ()), *self.profiles.get(profile or "", ())}
        self.profile, self._meanwhile = profile, {}
        logger.info("profile", on=profile)
        await self._keep()
        for room in self.rooms:
            if room in rooms:
                await self._settle(room)

    @property
    def _profile_path(self) -> Path:
        return self._path.with_name("profile.json")

    def _of_profile(self, room: str) -> Mapping[str, Any]:
        """What the profile that is on says of a room."""
        return self.profiles.get(self.profile or "", {}).get(room, {})

    def _layer(self, room: str, key: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Where what is set now of a key belongs."""
        return self._meanwhile if key in self._of_profile(room) else self._set

    def _below(self, room: str, key: str) -> Any:
        """What a key is where it isn't set."""
        said = self._of_profile(room)
        return said[key] if key in said else getattr(self._written[room], key)

    def _usable(self, layer: object, room: str, key: str, kept: Any) -> bool:
        """Whether a value from the file counts: not if room or key are gone, or the config says something new."""
        written = self._written.get(room)
        if written is None or key not in SETTABLE or not isinstance(kept, dict) or "value" not in kept:
            return False
        if not isinstance(kept.get("until", 0.0), int | float):
            return False
        below = getattr(written, key) if layer is self._set else self._of_profile(room).get(key)
        if kept.get("config") != below:
            logger.info("set once, but the config says something new", room=room, key=key)
            return False
        try:
            self._check(written.altered(**{key: kept["value"]}))
        except OyezError as error:
            logger.warning("a value that was set can't be used any more", room=room, key=key, reason=error.message)
            return False
        return True

    async def _settle(self, room: str) -> None:
        """Make a room as its layers say."""
        values = {key: kept["value"] for key, kept in self._set.get(room, {}).items()}
        values |= self._of_profile(room)
        values |= {key: kept["value"] for key, kept in self._meanwhile.get(room, {}).items()}
        now = self._written[room].altered(**values)
        self.rooms[room], self.languages[room] = now, now.language
        await self._apply(room)

    async def _keep(self) -> None:
        async with self._writing:
            await asyncio.to_thread(_write, self._path, self._set)
            if self.profiles:
                await asyncio.to_thread(_write, self._profile_path, {"profile": self.profile, "set": self._meanwhile})


def _values(kept: Any) -> Iterator[tuple[str, str, Any]]:
    """Room, key and value of a file's content, as far as it is of that form."""
    for room, values in kept.items() if isinstance(kept, dict) else ():
        for key, value in values.items() if isinstance(values, dict) else ():
            yield room, key, value


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        logger.warning("what was set can't be read; the config counts", path=str(path), why=str(error))
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(path: Path, kept: dict[str, Any]) -> None:
    try:
        durable.replace(path, json.dumps(kept, indent=1).encode())
    except OSError as error:
        logger.warning("what was set can't be kept over a restart", path=str(path), why=error.strerror)
