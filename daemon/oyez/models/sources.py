"""Where a model file may come from. Each kind of source is a small class with one method."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from oyez.models import http
from oyez.models.failure import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    """A file in a local folder: one that a person brought here, or the package's own."""

    folder: Path
    path: str

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    def fetch(self, target: Path, scratch: Path, report: Callable[[int, int | None], None]) -> None:
        """See Source. The file may lie in the folder by its path or by its bare name."""
        del scratch
        for place in (self.path, self.path.rpartition("/")[2]):
            found = self.folder / place
            if found.is_file():
                shutil.copyfile(found, target)
                report(found.stat().st_size, found.stat().st_size)
                return
        raise SourceFailed(f"has no {self.path}")
