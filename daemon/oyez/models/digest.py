"""What a file's bytes must hash to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SHA256_DIGITS = 64


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_blob(path: Path) -> str:
    """The name git gives to a file's bytes: how the hub identifies its small files."""
    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    digest.update(path.read_bytes())
    return digest.hexdigest()


def matches(path: Path, expected: str) -> bool:
    """Whether a file has this digest: a SHA-256, or a git blob's name where it is shorter."""
    return (sha256(path) if len(expected) == _SHA256_DIGITS else git_blob(path)) == expected
