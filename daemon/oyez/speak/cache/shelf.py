"""A folder of entries with a bound: the one longest unused goes first. Whole entries only, whatever happens. Blocks."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = ".speech"
UNFINISHED = ".part"
SHARE = 4  # one entry takes at most this part of the whole


class Shelf:
    """Entries of bytes by key, a key being fit for a file name; `limit` is in bytes, for all of them.

    Other than a key that isn't there, what goes wrong is an OSError. Made for several threads of one process; another
    process that uses the folder may take entries away, but never gives wrong ones.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.size = 0  # bytes of all entries, as last counted
        self.largest = limit // SHARE
        self._limit = limit
        self._lock = threading.Lock()
        self._tidy = False

    def get(self, key: str) -> bytes | None:
        """An entry, which thereby is the one used last; None when it isn't there."""
        path = self.path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        with suppress(OSError):  # gone by now, or on a disk that can only be read
            os.utime(path)
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep an entry: written beside, then renamed. What is too large isn't kept."""
        if len(data) > self.largest:
            return
        with self._lock:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(data))
            # Not synced: a power cut may cost the entry, which its checksum tells; syncs would wear an SD card.
            handle, name = mkstemp(UNFINISHED, dir=self.folder)
            beside = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                beside.replace(self.path(key))
            except OSError:
                beside.unlink(missing_ok=True)
                raise
            self.size += len(data)

    def drop(self, key: str) -> None:
        """Take an entry away, if it is there."""
        self.path(key).unlink(missing_ok=True)

    def path(self, key: str) -> Path:
        """Where an entry is, or would be."""
        return self.folder / f"{key}{ENDING}"

    def _make_room(self, wanted: int) -> None:
        """Count the entries, and take away the longest unused until another of that many bytes fits."""
        if not self._tidy:
            self._remove_unfinished()
        entries = sorted(self._entries())
        self.size = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if self.size + wanted <= self._limit:
                break
            path.unlink(missing_ok=True)
            self.size -= size

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """When each entry was used last, its size, its path."""
        for path in self.folder.glob(f"*{ENDING}"):
            with suppress(FileNotFoundError):  # another process took it away
                stat = path.stat()
                yield stat.st_mtime_ns, stat.st_size, path

    def _remove_unfinished(self) -> None:
        """Remove what a life before was cut off at."""
        for path in self.folder.glob(f"*{UNFINISHED}"):
            path.unlink(missing_ok=True)
        self._tidy = True
