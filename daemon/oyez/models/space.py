"""The install's use of the disk: one at a time, room enough, folders swapped in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.errors import DownloadFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.models.progress import Progress

MEMINFO = Path("/proc/meminfo")


@contextlib.contextmanager
def locked(path: Path, progress: Progress) -> Iterator[None]:
    """Hold a lock that dies with the process; waits, and says so, while another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("Another install of this model is under way; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def require_space(folder: Path, needed: int) -> None:
    """Raise DownloadFailed when the disk of an existing folder has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DownloadFailed(
            f"not enough disk space: {in_words(needed)} needed, {folder} has {in_words(free)}",
            hint="make room, or choose another folder with --models-dir",
        )


def require_memory(needed: int) -> None:
    """Raise DownloadFailed when the system has fewer than `needed` bytes of memory to give."""
    try:
        lines = MEMINFO.read_text(encoding="ascii").splitlines()
    except OSError:
        return
    sizes = {name: int(rest.split()[0]) << 10 for name, _, rest in (line.partition(":") for line in lines)}
    free = sizes.get("MemAvailable", needed) + sizes.get("SwapFree", 0)
    if free < needed:
        raise DownloadFailed(
            f"not enough memory: preparing takes {in_words(needed)}, {in_words(free)} are free",
            hint="stop something, or prepare it on another machine and copy the folder (docs/models.md)",
        )


def swap(new: Path, place: Path, old: Path) -> None:
    """Put the folder `new` in its place. What was there goes to `old`, from where `restore` brings it back."""
    if place.exists():
        old.parent.mkdir(parents=True, exist_ok=True)
        if old.is_symlink():  # the place was a link to a folder elsewhere: that one isn't ours to remove
            old.unlink()
        place.rename(old)
    new.rename(place)
    handle = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def restore(place: Path, old: Path) -> None:
    """Undo a swap that the power cut in half."""
    if old.exists() and not place.exists():
        old.rename(place)


def link(source: Path, target: Path) -> None:
    """Give a file a second name; a copy where the file system knows no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)


def in_words(size: int) -> str:
    """A size as people read it: 92 MB, 3.9 GB."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"  # noqa: PLR2004 - a giga
