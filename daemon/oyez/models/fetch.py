"""Bring a model's files here: source after source, checked, resumable."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oyez.errors import DownloadFailed
from oyez.models.digest import matches, sha256
from oyez.models.failure import SourceFailed
from oyez.models.sources import FolderSource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oyez.models.catalogue import ModelFile
    from oyez.models.progress import Progress
    from oyez.models.sources import Source


@dataclass(slots=True)
class Fetch:
    """Fetches files into a folder. Under its own name a file there is whole; a part of one ends in `.part`.

    `brought` are folders tried before a file's own sources. A source that can't be reached isn't asked again.
    """

    folder: Path
    scratch: Path
    progress: Progress
    brought: tuple[Path, ...] = ()
    _unreachable: set[str] = field(default_factory=set)

    def fetch(self, file: ModelFile) -> str:
        """Bring one file; the place that it came from. Raises DownloadFailed with every source's reason."""
        target = self.folder / file.path
        brought = [source for source in brought_sources(file, self.brought) if source.found()]
        if not brought and target.exists() and file.sha256 in (None, sha256(target)):
            return "an earlier try"
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        if part.exists() and part.stat().st_nlink > 1:
            part.unlink()  # another name of a file that a person brought: never to be written to
        reasons: list[str] = []
        for source in (*brought, *file.sources):
            if source.place in self._unreachable:
                continue
            try:
                self._from(source, file, part)
            except SourceFailed as failure:
                self._note(source, failure, file, reasons)
            else:
                part.replace(target)
                return source.place
        raise DownloadFailed(
            f"no source has {file.path}: {'; '.join(reasons) or 'none can be reached'} (what has come is kept)",
            hint=f"try again later, or bring the files: oyez models install {self.folder.name} --from DIR",
        )

    def _from(self, source: Source, file: ModelFile, part: Path) -> None:
        resumed = part.exists()
        published = source.fetch(part, self.scratch, functools.partial(self.progress.fetching, file.path))
        expected = file.sha256 or published
        if expected is None:
            self.progress.say(f"{file.path}: no hash is known to compare with; taken as it is in {source.place}")
            return
        if matches(part, expected):
            return
        part.unlink()
        if not resumed:
            raise SourceFailed("has other bytes than the hash says: refused")
        self._from(source, file, part)  # the leftovers may have been the wrong ones

    def _note(self, source: Source, failure: SourceFailed, file: ModelFile, reasons: list[str]) -> None:
        reasons.append(f"{source.place}: {failure}")
        if not failure.reachable:
            self._unreachable.add(source.place)
        self.progress.say(f"{file.path}: {source.place}: {failure}")


def brought_sources(file: ModelFile, folders: Sequence[Path]) -> list[FolderSource]:
    """A file in the folders that a person named; a large one that is only read is linked, not copied."""
    return [FolderSource(folder, file.path, linked=file.trunk) for folder in folders]


def missing_bytes(folder: Path, files: Sequence[ModelFile], brought: Sequence[Path] = ()) -> int:
    """How many bytes are still to be written into a folder; what can be linked there needs none."""
    return sum(
        max(0, file.size - _present(folder / file.path)) for file in files if not _linkable(file, folder, brought)
    )


def _linkable(file: ModelFile, folder: Path, brought: Sequence[Path]) -> bool:
    found = [place for source in brought_sources(file, brought) if source.linked and (place := source.found())]
    disk = next(parent for parent in folder.parents if parent.exists()).stat().st_dev
    return bool(found) and found[0].stat().st_dev == disk


def _present(path: Path) -> int:
    names = (path, path.with_name(f"{path.name}.part"))
    return next((name.stat().st_size for name in names if name.exists()), 0)
