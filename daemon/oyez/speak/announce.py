"""What arrives on `say` and `stop`: bytes in, an Announcement or a Refusal out. Pure, and never an exception.

A payload is plain text, or a JSON object when it starts with `{`. Two more shapes have one sensible reading each: a
JSON string (what Node-RED makes of a text) is the text in it, a JSON array is refused. All else is text, as it stands.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oyez import outside, volume
from oyez.errors import InvalidInput
from oyez.model import Announcement, Priority
from oyez.outside import kind, known_only, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

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
        known_only(fields, FIELDS)
        values = {name: check(name, fields[name]) for name, check in FIELDS.items() if name in fields}
        values["text"] = _spoken(text)
    except InvalidInput as refused:
        sender, transaction = _names(fields, correlation)
        return Refusal(refused.message, sender or f"text-{digest}", transaction)
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
        known_only(fields, ("id", "transaction"))
        if wanted := fields.get("id", fields.get("transaction")):
            return Stop(_name("id", wanted))
    except InvalidInput as refused:
        return Refusal(refused.message)
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
    except InvalidInput:
        return None


def _read(payload: bytes) -> tuple[object, dict[str, Any]]:
    """(text, fields) of a payload: fields are empty for plain text, text is what a JSON object has under `text`."""
    content = outside.text(payload)
    if content.startswith("{"):
        fields = outside.json_object(content)
        return fields.get("text"), fields
    return _string_or_text(content) if content.startswith(("[", '"')) else content, {}


def _string_or_text(content: str) -> str:
    """A JSON string's text; text that merely starts like JSON, as it stands."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if not isinstance(value, str):
        refuse('a JSON array isn\'t an announcement; send text, or an object: {"text": "..."}')
    return value


def _spoken(text: object) -> str:
    if not isinstance(text, str):
        refuse("there is no text" if text is None else f"text must be a string, not {kind(text)}")
    if len(text) > MAX_TEXT:
        refuse(f"the text has {len(text):,} characters; {MAX_TEXT:,} are the most")
    if bad := next((character for character in text if _unspeakable(character)), None):
        refuse(f"the text has the control character U+{ord(bad):04X}")
    if not text.strip():
        refuse("the text is empty")
    return text.strip()


def _unspeakable(character: str) -> bool:
    return (character < " " and character not in "\t\n\r") or "\x7f" <= character <= "\x9f" or _surrogate(character)


def _surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _name(field: str, value: object) -> str:
    if not isinstance(value, str):
        refuse(f"{field} must be a string, not {kind(value)}")
    if not 0 < len(value) <= MAX_NAME:
        refuse(f"{field} must have 1 to {MAX_NAME} characters")
    if not value.isprintable() or any(map(_surrogate, value)):
        refuse(f"{field} has a control or invisible character")
    return value


def _number(low: float, high: float) -> Callable[[str, Any], float]:
    def check(field: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse(f"{field} must be a number, not {kind(value)}")
        if not low <= value <= high:  # also: inf, which 1e999 is read as
            refuse(f"{field} must be between {low:g} and {high:g}")
        return float(value)

    return check


def _volume(field: str, value: object) -> float:
    try:
        return volume.parse(value)
    except ValueError as error:
        refuse(f"{field} {error}")


def _priority(field: str, value: object) -> Priority:
    names = {priority.name.lower(): priority for priority in Priority}
    if not isinstance(value, str) or value not in names:
        refuse(f"{field} must be one of {', '.join(names)}")
    return names[value]


def _text(_: str, value: object) -> str:
    return _spoken(value)


FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "text": _text,
    "id": _name,
    "transaction": _name,
    "voice": _name,
    "language": _name,
    "speed": _number(0.5, 2.0),
    "volume": _volume,
    "priority": _priority,
    "expires_in": _number(0.001, MAX_EXPIRY_S),
}
