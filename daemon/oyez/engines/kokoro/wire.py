"""A script as JSON, on its way to the child: each item is its kind and its fields."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from oyez.model import Line, Part, Pause, Sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def pack(items: Iterable[Line | Pause | Sound]) -> list[tuple[str, dict[str, Any]]]:
    """The items of a script as JSON has them."""
    return [(type(item).__name__, asdict(item)) for item in items]


def unpack(packed: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[Line | Pause | Sound]:
    """The items again."""
    for kind, fields in packed:
        match kind:
            case "Line":
                yield Line(**fields | {"parts": tuple(Part(**part) for part in fields["parts"])})
            case "Pause":
                yield Pause(**fields)
            case _:
                yield Sound(**fields)
