"""Texts that arrive in pieces, from a language model say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text that arrives in several: as it stands, whether `more` follow, its `number` where it has one."""

    text: str
    more: bool
    number: int | None = None


class Arriving(Protocol):
    """A text that arrives in pieces. Iterating gives them from the first, as they come."""

    notes: tuple[str, ...]  # what of it didn't come

    @property
    def text(self) -> str:
        """All that has come."""
        ...

    def __aiter__(self) -> AsyncIterator[str]: ...
