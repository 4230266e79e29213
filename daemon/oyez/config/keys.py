"""The tree by reflection: which keys there are, of what kind, and which name a mistaken one was meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from oyez.config.document import KeyPath
from oyez.config.section import Section
from oyez.config.tree import Config

ROOM = "<room>"  # stands for any room's name in a path


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the tree. `section` is the model behind it, None for a value."""

    path: tuple[str, ...]
    field: FieldInfo
    section: type[Section] | None

    @property
    def dotted(self) -> str:
        """The path as people write it."""
        return ".".join(self.path)

    @property
    def unit(self) -> str | None:
        """Unit of the value."""
        extra = self.field.json_schema_extra
        return str(extra["unit"]) if isinstance(extra, dict) else None

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown."""
        return SecretStr in _types(self.field.annotation)

    @property
    def numeric(self) -> bool:
        """Whether the value is a number or a truth value; else it is text."""
        return bool(_types(self.field.annotation) & {int, float, bool})

    @property
    def choices(self) -> tuple[str, ...]:
        """The values to choose from, empty for an open kind."""
        annotation = self.field.annotation
        return get_args(annotation) if get_origin(annotation) is Literal else ()


@cache
def all_keys() -> tuple[Key, ...]:
    """Every key of the tree, sections before their keys, rooms as `rooms.<room>.…`."""
    return tuple(_walk(Config, ()))


def find(path: KeyPath) -> Key | None:
    """The key at a path (of a real room too), or None."""
    wanted = _general(path)
    return next((key for key in all_keys() if key.path == wanted), None)


def names_in(path: KeyPath) -> list[str]:
    """Names that are valid inside a section."""
    section = _general(path)
    return [key.path[-1] for key in all_keys() if key.path[:-1] == section]


def is_secret(path: KeyPath) -> bool:
    """Whether the path is, or lies inside, a key whose value must never be shown."""
    return any((key := find(path[:end])) is not None and key.secret for end in range(1, len(path) + 1))


def nearest(name: str, among: list[str] | tuple[str, ...]) -> str | None:
    """The name that was probably meant."""
    found = difflib.get_close_matches(name.lower(), among, n=1, cutoff=0.6)
    return found[0] if found else None


def sections_with(name: str) -> list[str]:
    """Sections that have a key of exactly this name: it was written in the wrong one."""
    return [".".join(key.path[:-1]) or "the top level" for key in all_keys() if key.path[-1] == name]


def _general(path: KeyPath) -> tuple[str, ...]:
    return tuple(ROOM if index == 1 and path[0] == "rooms" else str(part) for index, part in enumerate(path))


def _walk(model: type[Section], above: tuple[str, ...]) -> Iterator[Key]:
    for name, field in model.model_fields.items():
        path = (*above, name)
        section = next((t for t in _types(field.annotation) if issubclass(t, Section)), None)
        is_rooms = get_origin(field.annotation) is dict
        yield Key(path, field, None if is_rooms else section)
        if section and is_rooms:
            path = (*path, ROOM)
            yield Key(path, field, section)
        if section:
            yield from _walk(section, path)


def _types(annotation: Any) -> set[type]:
    """The classes an annotation is made of, without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _types(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*(_types(part) for part in get_args(annotation)))
    if origin is dict:
        return _types(get_args(annotation)[1])
    return {annotation} - {type(None)} if isinstance(annotation, type) else {str}
