"""What was set while the daemon runs, as from Home Assistant: it applies at once and lasts, apart from the YAML file.

A value stands until the config itself says something new about its key: whoever spoke last is heeded. Or it was set
for a while only: then it lapses.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from oyez import durable, log
from oyez.errors import OyezError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from oyez.config import RoomConfig

logger = log.get(__name__)

TURN = 1.0  # seconds between two looks at what lapses
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
    "quiet",
)


class Settings:
    """The rooms as they are now, in `rooms`: the config, and over it what was set.

    `check` raises OyezError for a room that can't be so (a voice that isn't there); `apply` is awaited for each room
    whose values are to be taken up.
    """

    def __init__(
        self,
        path: Path,
        rooms: Mapping[str, RoomConfig],
        *,
        check: Callable[[RoomConfig], None],
        apply: Callable[[str], Awaitable[None]],
    ) -> None:
        self.rooms = dict(rooms)
        self.languages = {name: room.language for name, room in rooms.items()}
        self._written = rooms
        self._path = path
        self._check = check
        self._apply = apply
        # By room and key: the value, what the config said, and until when (wall clock) where it isn't for good.
        self._set: dict[str, dict[str, dict[str, Any]]] = {}

    async def load(self) -> None:
        """Take up what was set in earlier lives, as far as it still can be, and the config for the rest."""
        for room, values in (await asyncio.to_thread(self._read)).items():
            for key, kept in values.items():
                self._restore(room, key, kept)
        for room in self.rooms:
            await self._apply(room)

    async def run(self) -> None:
        """Let lapse what was set for a while, until cancelled."""
        while True:
            await asyncio.sleep(TURN)
            await self.lapse(time.time())

    async def lapse(self, now: float) -> None:
        """What was set until `now` (wall clock) or before is as the config says again."""
        for room, values in list(self._set.items()):
            past = [key for key, kept in values.items() if kept.get("until", now + 1) <= now]
            if past:
                logger.info("what was set for a while is over", room=room, keys=past)
                await self.set(room, dict.fromkeys(past))

    def until(self, room: str, key: str) -> float | None:
        """When what was set lapses (wall clock); None: it doesn't."""
        until: float | None = self._set.get(room, {}).get(key, {}).get("until")
        return until

    async def set(self, room: str, values: Mapping[str, Any], *, until: float | None = None) -> None:
        """Set keys of a room, for good or until then (wall clock); None: as the config says.

        Raises InvalidInput or ModelMissing, and nothing is changed.
        """
        written = self._written[room]
        asked = {key: getattr(written, key) if value is None else value for key, value in values.items()}
        now = self.rooms[room].altered(**asked)
        self._check(now)
        kept = self._set.setdefault(room, {})
        for key, value in values.items():
            kept.pop(key, None)
            if value is not None:
                kept[key] = {"value": getattr(now, key), "config": getattr(written, key)}
                kept[key] |= {} if until is None else {"until": until}
        self._take(room, now)
        await asyncio.to_thread(self._write)
        await self._apply(room)

    def _restore(self, room: str, key: str, kept: Any) -> None:
        """One value from the file, unless room or key are gone, or the config says something new."""
        written = self._written.get(room)
        if written is None or key not in SETTABLE or not isinstance(kept, dict) or "value" not in kept:
            return
        if not isinstance(kept.get("until", 0.0), int | float):
            return
        if kept.get("config") != getattr(written, key):
            logger.info("set once, but the config says something new", room=room, key=key)
            return
        try:
            now = self.rooms[room].altered(**{key: kept["value"]})
            self._check(now)
        except OyezError as error:
            logger.warning("a value that was set can't be used any more", room=room, key=key, reason=error.message)
            return
        self._set.setdefault(room, {})[key] = kept
        self._take(room, now)

    def _take(self, room: str, now: RoomConfig) -> None:
        self.rooms[room], self.languages[room] = now, now.language

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            kept = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            logger.warning("what was set can't be read; the config counts", path=str(self._path), why=str(error))
            return {}
        rooms = kept.items() if isinstance(kept, dict) else ()
        return {room: values for room, values in rooms if isinstance(values, dict)}

    def _write(self) -> None:
        try:
            durable.replace(self._path, json.dumps(self._set, indent=1).encode())
        except OSError as error:
            logger.warning("what was set can't be kept over a restart", path=str(self._path), why=error.strerror)
