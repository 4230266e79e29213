"""YAML text to plain data, with a place for every key. YAML 1.2: `no` is a text, 010 is ten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml import events as ev
from ruamel.yaml.error import MarkedYAMLError, StringMark

from oyez.config.kinds import is_text

MAX_DEPTH = 16
_AGAIN = -1  # keeps the places of a key apart from those of its repetition
KeyPath: TypeAlias = tuple[str | int, ...]

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|(?!^)\ufeff")
_QUOTED = re.compile(r"'[^']{2,}'")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column in the file, from 1; or an environment variable, after all lines."""

    line: int = 1
    column: int = 1
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: where, at which key, and what."""

    place: Place
    path: KeyPath
    what: str


@dataclass(slots=True)
class Document:
    """What a YAML text holds: data, the place of every key and item, and what is wrong with the YAML itself."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def place(self, path: KeyPath) -> Place:
        """The place of a key, or of the nearest section around it that is written."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place())


def plain_value(text: str) -> str | int | float | bool | None:
    """A scalar without quotes, by the core schema of YAML 1.2."""
    if _NULL.fullmatch(text):
        return None
    if match := _BOOL.fullmatch(text):
        return match[1] is not None
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(re.sub(r"\.(?=[ina])", "", text.lower()))
    return text


def parse(text: str) -> Document:
    """Read a YAML text; nothing is raised, everything wrong is an issue.

    Work and memory are linear in the text: aliases are refused, nesting is limited.
    """
    document = Document()
    if unprintable := _UNPRINTABLE.search(text):
        document.issues.append(Issue(_place_of(text, unprintable.start()), (), "a character that YAML doesn't allow"))
        return document
    try:
        _Reader(document, YAML(typ="safe", pure=True).parse(text)).read()
    except MarkedYAMLError as err:
        document.issues.append(Issue(_place(err.problem_mark or err.context_mark), (), _syntax(err)))
    except _TooDeep as err:
        document.issues.append(Issue(err.place, (), f"nested deeper than {MAX_DEPTH} levels"))
    except (OverflowError, ValueError):  # \U escapes beyond Unicode
        document.issues.append(Issue(Place(), (), "an escape sequence that isn't a character"))
    return document


class _TooDeep(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


class _Reader:
    """Builds the data from the parser's events, in one pass."""

    def __init__(self, document: Document, events: Iterator[ev.Event]) -> None:
        self._document = document
        self._events = events

    def read(self) -> None:
        """Read the one document of the stream; it must be a mapping."""
        root: Any = None
        for event in self._events:
            if isinstance(event, ev.DocumentStartEvent):
                if self._document.places:
                    self._wrong(event, (), "a second document starts; one is allowed")
                    return
                event = next(self._events)  # noqa: PLW2901 - a document start is followed by its root
                self._document.places[()] = _place(event.start_mark)
                root = self._node(event, ())
        if root is None:
            self._document.issues.append(Issue(Place(), (), "the file is empty"))
        elif not isinstance(root, dict):
            self._document.issues.append(Issue(self._document.place(()), (), "should be keys and values (rooms: ...)"))
        else:
            self._document.data = root

    def _node(self, event: ev.Event, path: KeyPath) -> Any:
        if len(path) > MAX_DEPTH:
            raise _TooDeep(_place(event.start_mark))
        if isinstance(event, ev.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, ev.SequenceStartEvent):
            return self._sequence(path)
        if isinstance(event, ev.ScalarEvent):
            return self._scalar(event, path)
        self._wrong(event, path, "aliases (*name) aren't used here; write the value out")
        return None

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self._events), ev.MappingEndEvent):
            name = self._key(event, path)
            here = (*path, name)
            if name in mapping:
                self._wrong(event, here, f"the key is there twice; first in line {self._document.places[here].line}")
                self._node(next(self._events), (*here, _AGAIN))
                continue
            self._document.places[here] = _place(event.start_mark)
            mapping[name] = self._node(next(self._events), here)
        return mapping

    def _key(self, event: ev.Event, path: KeyPath) -> str:
        if isinstance(event, ev.ScalarEvent) and is_text(event.value):
            return str(event.value)
        self._wrong(event, (*path, ""), "a key should be a word")
        self._node(event, (*path, ""))
        return ""

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), ev.SequenceEndEvent):
            here = (*path, len(items))
            self._document.places[here] = _place(event.start_mark)
            items.append(self._node(event, here))
        return items

    def _scalar(self, event: ev.ScalarEvent, path: KeyPath) -> Any:
        if event.tag is not None:
            self._wrong(event, path, "tags (!name) aren't used here; write the plain value")
        if not is_text(event.value):
            self._wrong(event, path, "the value has control characters or broken Unicode")
        return event.value if event.style else plain_value(event.value)

    def _wrong(self, event: ev.Event, path: KeyPath, what: str) -> None:
        self._document.issues.append(Issue(_place(event.start_mark), path, what))


def _place(mark: StringMark | None) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place()


def _place_of(text: str, index: int) -> Place:
    before = text[:index]
    return Place(before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _syntax(err: MarkedYAMLError) -> str:
    """The parser's complaint without what it quotes from the file: that may be a secret."""
    problem = str(err.problem or err.context or "not YAML")
    if r"'\t'" in problem:
        return "a tab; indent with spaces"
    hint = "; put the value in quotes" if "cannot start any token" in problem or "not allowed here" in problem else ""
    return f"not valid YAML: {_QUOTED.sub('this', problem)}{hint}"
