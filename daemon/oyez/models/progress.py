"""How the store tells a person what it is doing."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told by the store; shown by the command line."""

    def say(self, text: str) -> None:
        """A line worth keeping: a step begins, a source failed, the licence."""
        ...

    def fetching(self, file: str, done: int, total: int | None) -> None:
        """How many bytes have come for a file; `total` is None where it isn't known, as of a package."""
        ...

    def preparing(self, step: str, fraction: float) -> None:
        """How far a step of preparing is, in [0, 1]."""
        ...
