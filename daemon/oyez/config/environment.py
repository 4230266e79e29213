"""Overrides from the environment: OYEZ_ and the key's path joined by __, as in OYEZ_BROKER__PASSWORD."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oyez.config import keys
from oyez.config.document import Document, Issue, Place, plain_value

PREFIX = "OYEZ_"
SEPARATOR = "__"

# The environment's wins over the file's other one.
_EITHER = {
    ("broker", "password"): ("broker", "password_file"),
    ("broker", "password_file"): ("broker", "password"),
    ("http", "token"): ("http", "token_file"),
    ("http", "token_file"): ("http", "token"),
}


def override(document: Document, environ: Mapping[str, str]) -> None:
    """Put the values of the environment into a document, in the place of what the file says.

    Other variables that start with OYEZ_ and hold no path (OYEZ_MODELS) are none of ours. Numbers and truth values are
    read as YAML reads them, everything else is text as it stands.
    """
    for variable, value in sorted(environ.items()):
        path = _path(variable)
        if path is None:
            continue
        place = Place(variable=variable)
        if problem := _problem(path, document):
            document.issues.append(Issue(place, path, problem))
            continue
        key = keys.find(path)
        if path in _EITHER:
            _drop(document.data, _EITHER[path])
        _put(document.data, path, plain_value(value) if key and key.numeric else value)
        document.places[path] = place


def _path(variable: str) -> tuple[str, ...] | None:
    if not variable.startswith(PREFIX):
        return None
    path = tuple(variable.removeprefix(PREFIX).lower().split(SEPARATOR))
    return path if len(path) > 1 or keys.find(path) else None


def _problem(path: tuple[str, ...], document: Document) -> str | None:
    rooms = document.data.get("rooms")
    if path[0] == "rooms" and not (isinstance(rooms, dict) and rooms.keys() & {*path[1:2]}):
        return "the file has no such room"
    key = keys.find(path)
    if key is None:
        meant = keys.nearest(path[-1], keys.names_in(path[:-1]))
        return "unknown key" + (f"; did you mean {meant}?" if meant else "")
    return "is a section; set one of its keys" if key.section else None


def _put(data: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set a value in nested mappings; one that is no mapping is left for validation to refuse."""
    for name in path[:-1]:
        data = data.setdefault(name, {})
        if not isinstance(data, dict):
            return
    data[path[-1]] = value


def _drop(data: dict[str, Any], path: tuple[str, str]) -> None:
    section = data.get(path[0])
    if isinstance(section, dict):
        section.pop(path[1], None)
