"""Recordings of what rooms hear, where a person asks for them: each a FLAC file, and a line of a manifest."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import soundfile

from oyez import durable, log
from oyez.flow import Channel, WhenFull
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oyez.health import PartHealth
    from oyez.model import Recognition, Samples, Utterance

logger = log.get(__name__)

WAITING = 8  # utterances, while the disk is slow: a ninth costs the oldest
COLUMNS = ("file", "text", "language", "confidence", "room")
OURS = re.compile(r"\d{8}-\d{6}\.\d{3}-[a-z0-9_]+\.(flac|new)")  # new: what a power cut left unfinished
SLACK = 10  # when it is full, a tenth is freed: the manifest isn't written anew for each recording


class Archive:
    """Recordings in a folder, and `manifest.csv`, which `oyez eval` reads. All of it is for its owner's eyes only.

    The recordings take at most `limit` bytes; the oldest go first, with their lines. No other files are touched, and
    what a person wrote into a line stays as it is. Blocks.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit
        self.size = 0  # bytes of all recordings, as last counted
        self._manifest = folder / "manifest.csv"

    def add(self, utterance: Utterance, recognition: Recognition) -> None:
        """Keep an utterance, and what was recognised: both, or neither. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / f"{_moment(utterance.started_at)}-{utterance.room}.flac"
        sound = _flac(utterance.samples)
        self._make_room(len(sound))
        durable.replace(path, sound)
        text, confidence = recognition.text.strip(), f"{recognition.confidence:.3f}"
        try:
            self._list((path.name, text, recognition.language, confidence, utterance.room))
        except OSError:
            path.unlink()
            raise
        self.size += len(sound)

    def _list(self, row: tuple[str, ...]) -> None:
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        handle = os.open(self._manifest, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "a+b") as file:
            if not file.tell():
                writer.writerow(COLUMNS)
            elif _ends_amid_a_line(file):  # an editor, or a full disk
                lines.write("\n")
            writer.writerow(row)
            file.write(lines.getvalue().encode())

    def _make_room(self, wanted: int) -> None:
        entries = sorted(self._entries())
        self.size = sum(size for _, size, _ in entries)
        if self.size + wanted <= self.limit:
            return
        gone = set()
        for _, size, path in entries:
            if self.size + wanted <= self.limit - self.limit // SLACK:
                break
            path.unlink(missing_ok=True)
            gone.add(path.name.encode())
            self.size -= size
        with suppress(FileNotFoundError):
            lines = self._manifest.read_bytes().splitlines(keepends=True)
            durable.replace(self._manifest, b"".join(line for line in lines if _file_of(line) not in gone))

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """When each recording was made, its size, its path."""
        for path in self.folder.iterdir():
            if OURS.fullmatch(path.name):
                with suppress(FileNotFoundError):  # a person took it away
                    stat = path.stat()
                    yield stat.st_mtime_ns, stat.st_size, path


class Recordings:
    """The stage that keeps what was recognised. What can't be kept costs the recording: hearing goes on.

    Then `health` has the state `failing`, and the log one line.
    """

    def __init__(self, archive: Archive, health: PartHealth) -> None:
        self._archive = archive
        self._health = health
        self._heard: Channel[tuple[Utterance, Recognition]] = Channel("recordings", WAITING, WhenFull.DROP_OLDEST)
        health.gauge("size_mb", lambda: archive.size / 1e6)
        health.gauge("lost", lambda: self._heard.lost)

    def keep(self, utterance: Utterance, recognition: Recognition) -> None:
        """Keep this soon."""
        self._heard.put_now((utterance, recognition))

    async def run(self) -> None:
        """Keep until cancelled."""
        limit = self._archive.limit // 1_000_000
        logger.info("what is heard is recorded", folder=str(self._archive.folder), at_most_mb=limit)
        self._health.state("ok")
        async for utterance, recognition in self._heard:
            try:
                await asyncio.to_thread(self._archive.add, utterance, recognition)
            except OSError as error:
                self._failed(error)
            else:
                self._health.count("kept")
                self._health.state("ok")

    def _failed(self, error: OSError) -> None:
        why = f"what is heard can't be recorded in {self._archive.folder}: {error.strerror}"
        if self._health.current == "ok":
            logger.warning(why)
        self._health.state("failing", why)


def _moment(wall: float) -> str:
    """By the clock on the wall: 20261124-073000.125."""
    return time.strftime("%Y%m%d-%H%M%S", time.localtime(wall)) + f".{int(wall % 1 * 1000):03}"


def _flac(samples: Samples) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, HEARD_RATE, "PCM_16", format="FLAC")
    return file.getvalue()


def _ends_amid_a_line(file: io.BufferedRandom) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _file_of(line: bytes) -> bytes:
    return line.partition(b",")[0].strip(b'"')
