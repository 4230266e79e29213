"""Where a model file may come from. Each kind of source is a small class with one method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from oyez.models import http
from oyez.models.failure import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIECE = 1 << 20
HUB = "https://huggingface.co"


class Source(Protocol):
    """A place that has a file."""

    @property
    def place(self) -> str:
        """What a person calls it; sources of one place fail together when it can't be reached."""
        ...

    def fetch(self, target: Path, scratch: Path, report: Callable[[int, int | None], None]) -> str | None:
        """Write the file to `target`, appending where a part is there and the source can.

        `scratch` is a folder shared by all files of one install. `report` gets bytes done and in all.
        Returns the digest that the source publishes for the file, where it was asked for one. Raises SourceFailed.
        """
        ...


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A file of a release."""

    url: str

    @property
    def place(self) -> str:
        """The server's name."""
        return self.url.split("/")[2]

    def fetch(self, target: Path, scratch: Path, report: Callable[[int, int | None], None]) -> None:
        """See Source."""
        del scratch
        http.download(self.url, target, report)


@dataclass(frozen=True, slots=True)
class HubSource:
    """A file of a repository on the model hub.

    With `ask`, for a file whose hash isn't ours to know, the digest is asked for: the hub states it on the file's own
    address, before the redirect to its storage (SHA-256 for large files, the git blob's name for small ones).
    """

    repo: str
    path: str
    ask: bool = False
    hub: str = HUB

    @property
    def place(self) -> str:
        """The repository."""
        return f"the hub's {self.repo}"

    def fetch(self, target: Path, scratch: Path, report: Callable[[int, int | None], None]) -> str | None:
        """See Source."""
        del scratch
        url = f"{self.hub}/{self.repo}/resolve/main/{self.path}"
        digest = self._published(url) if self.ask else None
        http.download(url, target, report)
        return digest

    def _published(self, url: str) -> str:
        headers = http.head(url)
        tag = headers.get("X-Linked-Etag") or headers.get("ETag") or ""
        digest = tag.removeprefix("W/").strip('"')
        if not digest:
            raise SourceFailed("states no digest for the file")
        return digest


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A file in a local folder: one that a person brought here, or the package's own.

    With `linked` it needs no second place on the same disk, and must not be written to.
    """

    folder: Path
    path: str
    linked: bool = False

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    def fetch(self, target: Path, scratch: Path, report: Callable[[int, int | None], None]) -> None:
        """See Source. The file may lie in the folder by its path or by its bare name."""
        del scratch
        found = self.found()
        if found is None:
            raise SourceFailed(f"has no {self.path}")
        target.unlink(missing_ok=True)  # it may be a link to this very file
        if self.linked and _linked(found, target):
            return
        size = found.stat().st_size
        with found.open("rb") as file, target.open("wb") as copy:
            while piece := file.read(PIECE):
                copy.write(piece)
                report(copy.tell(), size)

    def found(self) -> Path | None:
        """Where the file lies, if it does."""
        places = (self.folder / self.path, self.folder / self.path.rpartition("/")[2])
        return next((place for place in places if place.is_file()), None)


def _linked(found: Path, target: Path) -> bool:
    """Give a file a second name where the file system can."""
    try:
        target.hardlink_to(found.resolve())
    except OSError:
        return False
    return True
