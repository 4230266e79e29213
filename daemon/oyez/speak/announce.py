"""What arrives on `say` and `stop`: bytes in, an Announcement or a Refusal out. Pure, and never an exception.

A payload is plain text, or a JSON object when it starts with `{`. Two more shapes have one sensible reading each: a
JSON string (what Node-RED makes of a text) is the text in it, a JSON array is refused. All else is text, as it stands.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, cast

from oyez.model import Announcement, Priority

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MAX_PAYLOAD = 64 * 1024  # bytes
MAX_TEXT = 2_000  # characters
MAX_NAME = 128  # characters of an id, a transaction, a voice, a language
MAX_EXPIRY_S = 7 * 86_400
STOP_ALL = ("", "all", "PRESS")  # PRESS is what a Home Assistant button sends


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something that arrived isn't an announcement; `id` as an announcement of the same payload would have."""

    reason: str
    id: str = ""
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """What `stop` asks for: to cancel one announcement, or all (None)."""

    id: str | None = None


class _Refused(Exception):
    """Internal: unwinds a parser."""


def parse(
    payload: bytes,
    *,
    room: str,
    now: float,
    expires_in: float | None = None,
    correlation: bytes | None = None,
    redelivered: bool = False,
) -> Announcement | Refusal:
    """What a payload on `<room>/say` announces.

    `now` is monotonic. `expires_in` is what is left of the message expiry interval; the smaller of it and the payload's
    own counts. `correlation` (correlation data) is the transaction where the payload has none. Without an id of the
    sender's, one is made from room and payload, so that the same words are recognised.
    """
    fields: dict[str, Any] = {}
    digest = hashlib.sha256(room.encode(errors="replace") + b"\0" + payload).hexdigest()[:16]
    try:
        text, fields = _read(payload)
        _known_only(fields, FIELDS)
        values = {name: check(name, fields[name]) for name, check in FIELDS.items() if name in fields}
        values["text"] = _spoken(text)
    except _Refused as refused:
        sender, transaction = _names(fields, correlation)
        return Refusal(str(refused), sender or f"text-{digest}", transaction)
    sender, transaction = _names(values, correlation)
    lifetimes = [given for given in (values.get("expires_in"), expires_in) if given is not None]
    return Announcement(
        id=sender or f"text-{digest}",
        key=f"id:{sender}" if sender else f"text:{digest}",
        room=room,
        received_mono=now,
        expires_mono=now + min(lifetimes) if lifetimes else None,
        transaction=transaction,
        redelivered=redelivered,
        **{name: value for name, value in values.items() if name not in ("id", "transaction", "expires_in")},
    )


def parse_stop(payload: bytes) -> Stop | Refusal:
    """What a payload on `<room>/stop` cancels: an id as text, `{"id": ...}`, or all (nothing, `all`, `PRESS`)."""
    try:
        text, fields = _read(payload)
        if not fields and isinstance(text, str):
            return Stop(None if text in STOP_ALL else _name("id", text))
        _known_only(fields, ("id", "transaction"))
        if wanted := fields.get("id", fields.get("transaction")):
            return Stop(_name("id", wanted))
    except _Refused as refused:
        return Refusal(str(refused))
    return Refusal("a stop as JSON needs an id; an empty payload stops all")


def _names(fields: dict[str, Any], correlation: bytes | None) -> tuple[str | None, str | None]:
    """(id, transaction) as far as they can be used; a transaction in the payload serves as id where there is none."""
    transaction = _usable(fields.get("transaction"))
    sender = _usable(fields.get("id")) or transaction
    if transaction is None and correlation:
        transaction = _usable(correlation.decode(errors="replace")) or correlation.hex()[:MAX_NAME]
    return sender, transaction


def _usable(value: object) -> str | None:
    try:
        return _name("id", value)
    except _Refused:
        return None


def _read(payload: bytes) -> tuple[object, dict[str, Any]]:
    """(text, fields) of a payload: fields are empty for plain text, text is what a JSON object has under `text`."""
    if len(payload) > MAX_PAYLOAD:
        _refuse(f"the payload has {len(payload):,} bytes; {MAX_PAYLOAD:,} are the most")
    try:
        content = payload.decode().removeprefix("\ufeff").strip()
    except UnicodeDecodeError as error:
        _refuse(f"not UTF-8: byte {error.start} is 0x{payload[error.start]:02x}")
    if content.startswith("{"):
        fields = _object(content)
        return fields.get("text"), fields
    return _string_or_text(content) if content.startswith(("[", '"')) else content, {}


def _object(content: str) -> dict[str, Any]:
    try:
        fields = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        _refuse("nested too deeply")
    except json.JSONDecodeError as error:
        _refuse(f"starts like a JSON object but isn't one: {error.msg} at character {error.pos + 1}")
    except ValueError:
        _refuse("has a number with too many digits")
    return cast(dict[str, Any], fields)  # it starts with a brace


def _string_or_text(content: str) -> str:
    """A JSON string's text; text that merely starts like JSON, as it stands."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(value, str):
        _refuse('a JSON array isn\'t an announcement; send text, or an object: {"text": "..."}')
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for index, (name, _) in enumerate(pairs) if name in dict(pairs[:index]))
        _refuse(f"has the key {_shown(twice)} twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    _refuse(f"{name} isn't a number here")


def _known_only(fields: dict[str, Any], known: Collection[str]) -> None:
    for name in fields:
        if name not in known:
            nearest = difflib.get_close_matches(name[:MAX_NAME], known, n=1)
            meant = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(known)}"
            _refuse(f"unknown key {_shown(name)}; {meant}")


def _spoken(text: object) -> str:
    if not isinstance(text, str):
        _refuse("there is no text" if text is None else f"text must be a string, not {_kind(text)}")
    if len(text) > MAX_TEXT:
        _refuse(f"the text has {len(text):,} characters; {MAX_TEXT:,} are the most")
    if bad := next((character for character in text if _unspeakable(character)), None):
        _refuse(f"the text has the control character U+{ord(bad):04X}")
    if not text.strip():
        _refuse("the text is empty")
    return text.strip()


def _unspeakable(character: str) -> bool:
    return (character < " " and character not in "\t\n\r") or "\x7f" <= character <= "\x9f" or _surrogate(character)


def _surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _name(field: str, value: object) -> str:
    if not isinstance(value, str):
        _refuse(f"{field} must be a string, not {_kind(value)}")
    if not 0 < len(value) <= MAX_NAME:
        _refuse(f"{field} must have 1 to {MAX_NAME} characters")
    if not value.isprintable() or any(map(_surrogate, value)):
        _refuse(f"{field} has a control or invisible character")
    return value


def _number(low: float, high: float) -> Callable[[str, Any], float]:
    def check(field: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            _refuse(f"{field} must be a number, not {_kind(value)}")
        if not low <= value <= high:  # also: inf, which 1e999 is read as
            _refuse(f"{field} must be between {low:g} and {high:g}")
        return float(value)

    return check


def _priority(field: str, value: object) -> Priority:
    names = {priority.name.lower(): priority for priority in Priority}
    if not isinstance(value, str) or value not in names:
        _refuse(f"{field} must be one of {', '.join(names)}")
    return names[value]


def _text(_: str, value: object) -> str:
    return _spoken(value)


def _kind(value: object) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def _shown(name: str) -> str:
    """A key from outside, fit for a message."""
    return ascii(name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}...")


def _refuse(reason: str) -> NoReturn:
    raise _Refused(reason)


FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "id": _name,
    "transaction": _name,
    "voice": _name,
    "language": _name,
    "speed": _number(0.5, 2.0),
    "volume": _number(0.0, 2.0),
    "priority": _priority,
    "expires_in": _number(0.001, MAX_EXPIRY_S),
}
