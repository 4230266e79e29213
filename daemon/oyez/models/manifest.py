"""An installed model's own record: manifest.json in its folder, written last. A folder without it isn't a model."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from oyez.errors import ModelDamaged
from oyez.models.digest import sha256

if TYPE_CHECKING:
    from pathlib import Path

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was fetched and what lies in the folder.

    `fetched` maps each fetched file to its SHA-256, `sources` to the place that it came from. `files` maps each file of
    the folder to its size and SHA-256. `prepared_by` is the version of what prepared it.
    """

    name: str
    languages: tuple[str, ...]
    fetched: dict[str, str]
    sources: dict[str, str]
    prepared_by: str | None
    files: dict[str, tuple[int, str]]

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """The record in a folder; None where no model was installed. Raises ModelDamaged."""
        path = folder / NAME
        if not path.is_file():
            return None
        try:
            data: dict[str, Any] = json.loads(path.read_bytes())
            if data.pop("format") != FORMAT:
                raise ValueError("written by another version")  # noqa: TRY301 - told like any other unreadable record
            data["languages"] = tuple(data["languages"])
            data["files"] = {name: (int(size), str(digest)) for name, (size, digest) in data["files"].items()}
            return cls(**data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelDamaged(f"{path} can't be read: {error}", hint=f"oyez models install {folder.name}") from error

    def write(self, folder: Path) -> None:
        """Write the record, after everything else in the folder is on the disk."""
        for name in self.files:
            _sync(folder / name)
        data = {"format": FORMAT, **asdict(self)}
        (folder / NAME).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for path in (folder / NAME, folder):
            _sync(path)

    def missing(self, folder: Path) -> list[str]:
        """Files that aren't there in their size: quick."""
        return [name for name, (size, _) in self.files.items() if not _has_size(folder / name, size)]

    def damaged(self, folder: Path) -> list[str]:
        """Files that aren't there with their bytes: reads all of them."""
        missing = set(self.missing(folder))
        return [name for name, (_, digest) in self.files.items() if name in missing or sha256(folder / name) != digest]


def inventory(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of every file in a folder, the record itself left out."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {path.relative_to(folder).as_posix(): (path.stat().st_size, sha256(path)) for path in paths}


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
