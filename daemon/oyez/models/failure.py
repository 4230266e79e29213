"""Why a source didn't deliver."""

from __future__ import annotations


class SourceFailed(Exception):
    """A source couldn't deliver a file: a short reason. The next source is tried.

    `reachable` False means that asking it for the next file is in vain too.
    """

    def __init__(self, reason: str, *, reachable: bool = True) -> None:
        super().__init__(reason)
        self.reachable = reachable
