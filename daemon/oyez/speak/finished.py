"""How announcements ended, kept over a restart: so that what was spoken isn't spoken again when the broker brings it.

A file of JSON lines, appended to; written anew (beside, then renamed) when it has twice as many as are remembered.
It holds ids, digests and outcomes, never what was said. A disk that is full or gone costs the memory, not the daemon.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from oyez import durable, log
from oyez.model import Outcome, OutcomeState
from oyez.speak.ended import REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from oyez.speak.agenda import Agenda

logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """One ended announcement; `at` is wall-clock seconds, since it outlives a boot."""

    room: str
    key: str
    id: str
    state: str
    reason: str | None
    at: float

    @property
    def outcome(self) -> Outcome:
        """The outcome that was told."""
        return Outcome(self.id, self.room, OutcomeState(self.state), self.reason)


class Finished:
    """The file. `load` once, then `add`, one after another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._records: deque[Record] = deque(maxlen=REMEMBERED)
        self._lines = 0
        self._failing = False

    async def load(self) -> None:
        """Read what is there. A damaged file is set aside as `.bad`, its sound lines kept."""
        await asyncio.to_thread(self._read)

    def _read(self) -> None:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        except OSError as error:
            self._warn("can't read how announcements ended", error)
            return
        records = [record for line in lines if (record := _record(line))]
        self._records.extend(records)
        self._lines = len(lines)
        if len(records) < len(lines):
            self._set_aside()

    def restore(self, agendas: Mapping[str, Agenda], *, wall: float, now: float) -> None:
        """Tell the agendas (by room) what was finished in earlier lives; `wall` and `now` are the clocks' readings."""
        for record in self._records:
            if record.room in agendas:
                age = max(0.0, wall - record.at)
                agendas[record.room].ended.add(record.key, record.outcome, now - age)

    async def add(self, key: str, outcome: Outcome, at: float) -> None:
        """Note one that ended."""
        self._records.append(Record(outcome.room, key, outcome.id, str(outcome.state), outcome.reason, at))
        await asyncio.to_thread(self._write)

    def _write(self) -> None:
        try:
            if self._lines >= 2 * REMEMBERED:
                self._compact()
            else:
                self._append(_line(self._records[-1]))
        except OSError as error:
            self._warn("can't keep how announcements ended; after a restart, some could be spoken twice", error)
        else:
            self._failing = False

    def _append(self, line: bytes) -> None:
        # Not synced: it must outlive the daemon, which the kernel sees to; syncs would wear an SD card.
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line)
        self._lines += 1

    def _compact(self) -> None:
        """All records in a new file."""
        durable.replace(self._path, b"".join(map(_line, self._records)))
        self._lines = len(self._records)

    def _set_aside(self) -> None:
        bad = self._path.with_suffix(".bad")
        try:
            self._path.replace(bad)
            self._compact()
        except OSError as error:
            self._warn("can't set a damaged file aside", error)
        else:
            logger.warning("the file of finished announcements was damaged", kept_as=str(bad), sound=len(self._records))

    def _warn(self, text: str, error: OSError) -> None:
        if not self._failing:
            logger.warning(text, path=str(self._path), why=error.strerror)
        self._failing = True


def _line(record: Record) -> bytes:
    return json.dumps(asdict(record), separators=(",", ":")).encode() + b"\n"


def _record(line: bytes) -> Record | None:
    """The record of a line; None for anything else."""
    try:
        record = Record(**json.loads(line))
        texts = (record.room, record.key, record.id)
        sound = all(isinstance(text, str) for text in texts) and OutcomeState(record.state).final
        return record if sound and isinstance(record.at, float) else None
    except (ValueError, TypeError, RecursionError):
        return None
