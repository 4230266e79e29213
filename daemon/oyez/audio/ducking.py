"""Other players are softer while a room speaks: those on the same speaker of a PulseAudio or PipeWire server.

Each gets its volume back, unless somebody has changed it meanwhile. What is softer is noted on disk, so that a daemon
that was killed gives it back when it starts again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from oyez import durable, log
from oyez.audio import sound_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oyez.audio.sound_server import Player

logger = log.get(__name__)

LINGER = 0.7  # seconds: between two announcements, music isn't let in

Volume: TypeAlias = tuple[int, ...]  # by channel, in the server's own units


class Ducking:
    """Makes others `to` times as loud. `devices` are the speakers by room, as in the config; `note` is a file."""

    def __init__(self, to: float, devices: Mapping[str, str], note: Path) -> None:
        self._to = min(1.0, to)
        self._devices = devices
        self._note = note
        self._speaking: set[str] = set()
        self._changed = asyncio.Event()
        self._ducked: dict[int, tuple[Volume, Volume]] = {}  # by player: the volume it had, and the one it was given
        self._settling = threading.Lock()  # a thread that nobody waits for any more ends before the next

    def speaks(self, room: str, active: bool) -> None:
        """A room starts or stops speaking."""
        (self._speaking.add if active else self._speaking.discard)(room)
        self._changed.set()

    async def run(self) -> None:
        """Duck and give back, until cancelled."""
        await asyncio.to_thread(self._read)
        try:
            while True:
                busy = {device for room, device in self._devices.items() if room in self._speaking}
                await asyncio.to_thread(self._settle, busy)
                await self._changed.wait()
                self._changed.clear()
                if not self._speaking:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), LINGER)
        finally:
            await asyncio.to_thread(self._settle, set())

    def _settle(self, devices: set[str]) -> None:
        """Duck the players of these devices and no others. Blocks."""
        with self._settling:
            if not devices and not self._ducked:
                return
            changes = self._changes(sound_server.sinks(devices) if devices else set(), sound_server.players())
            self._write()
            for player, volume in changes.items():
                sound_server.set_volume(player, volume)

    def _changes(self, sinks: set[int], players: list[Player]) -> dict[int, Volume]:
        """The volumes to set, by player, so that those on the sinks are ducked and no others; `_ducked` says so now."""
        changes: dict[int, Volume] = {}
        self._ducked = {one.index: self._ducked[one.index] for one in players if one.index in self._ducked}
        for player in players:
            ducked = self._ducked.get(player.index)
            if player.sink in sinks and not ducked and not _ours(player):
                changes[player.index] = tuple(round(one * self._to) for one in player.volume)
                self._ducked[player.index] = (player.volume, changes[player.index])
            elif player.sink not in sinks and ducked:
                del self._ducked[player.index]
                if player.volume == ducked[1]:
                    changes[player.index] = ducked[0]
        return changes

    def _read(self) -> None:
        """What an earlier life left softer. Blocks."""
        try:
            kept = json.loads(self._note.read_bytes())
            self._ducked = {int(index): (tuple(had), tuple(given)) for index, (had, given) in kept.items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, AttributeError) as error:
            logger.warning("can't read which players were made softer", path=str(self._note), why=str(error))

    def _write(self) -> None:
        try:
            durable.replace(self._note, json.dumps(self._ducked).encode())
        except OSError as error:
            logger.warning("can't note which players are softer", path=str(self._note), why=error.strerror)


def _ours(player: Player) -> bool:
    """Whether it is a speaker of ours: its process is a child of this one."""
    try:
        stat = Path(f"/proc/{player.pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return int(stat.rpartition(")")[2].split()[1]) == os.getpid()
