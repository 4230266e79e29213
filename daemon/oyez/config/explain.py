"""Pydantic's complaints as sentences for the person who wrote the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oyez.config import keys
from oyez.config.document import Document, Issue, KeyPath

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_SHOWN = 40
_SHOULD = {
    "string_type": "should be text (in quotes, if it looks like a number)",
    "int_type": "should be a whole number",
    "float_type": "should be a number",
    "bool_type": "should be true or false",
    "finite_number": "should be a finite number",
    "model_type": "should be a section: keys and values, indented below",
    "dict_type": "should be a section: names, and what belongs to them indented below",
    "string_too_short": "is empty",
    "too_short": "should have at least one entry",
    "missing": "is missing",
    "greater_than": "should be more than {gt}",
    "greater_than_equal": "should be at least {ge}",
    "less_than": "should be less than {lt}",
    "less_than_equal": "should be at most {le}",
}


def explain(errors: ValidationError, document: Document) -> list[Issue]:
    """An issue for every error that the document's own issues don't cover."""
    known = {issue.path for issue in document.issues}
    issues = []
    for error in errors.errors(include_url=False):
        path = tuple(part for part in error["loc"] if part != "[key]")
        if path not in known:
            issues.append(Issue(document.place(path), path, _sentence(error, path)))
    return issues


def _sentence(error: ErrorDetails, path: KeyPath) -> str:
    if error["type"] == "extra_forbidden":
        return _unknown(path)
    value = error.get("input")
    if value is None and error["type"] != "missing":
        return f"is empty; give a value, or remove the line for the default{_or_braces(path)}"
    return f"{_should(error, value)}{_shown(value, path, error['type'])}"


def _should(error: ErrorDetails, value: Any = None) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    if error["type"] == "literal_error":
        return _one_of(error, value)
    if known := _SHOULD.get(error["type"]):
        return known.format(**context)
    return error["msg"].replace("Input should", "should", 1)


def _one_of(error: ErrorDetails, value: Any) -> str:
    path = tuple(error["loc"])
    key = keys.find(path)
    choices = key.choices if key else ()
    meant = keys.nearest(value, choices) if isinstance(value, str) else None
    return f"should be one of {', '.join(choices)}" + (f" (did you mean {meant}?)" if meant else "")


def _unknown(path: KeyPath) -> str:
    name, section = str(path[-1]), path[:-1]
    valid = keys.names_in(section)
    if meant := keys.nearest(name, valid):
        return f"unknown key; did you mean {meant}?"
    if sections := keys.sections_with(name):
        return f"unknown key here; it belongs to {' or '.join(sections)}"
    return f"unknown key; valid here: {', '.join(valid)}"


def _or_braces(path: KeyPath) -> str:
    key = keys.find(path)
    return ", or write {} for all defaults" if key and key.section else ""


def _shown(value: Any, path: KeyPath, kind: str) -> str:
    """What was found instead, where it can be shown: no secrets, nothing that may hold one, no sections."""
    if kind in ("missing", "too_short", "string_too_short") or keys.is_secret(path):
        return ""
    if not isinstance(value, str | int | float) or "@" in str(value):
        return ""
    shown = repr(value) if isinstance(value, str) else str(value).lower()
    return f", not {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'}"
