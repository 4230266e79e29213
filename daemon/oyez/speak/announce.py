"""What arrives on `say` and `stop`: bytes in, an Announcement or a Refusal out. Pure, and never an exception.

A payload is plain text, or a JSON object when it starts with `{`. Two more shapes have one sensible reading each: a
JSON string (what Node-RED makes of a text) is the text in it, a JSON array is refused. All else is text, as it stands,
but for the directions that may stand before it (speak/header.py); a key of a JSON object goes before its text's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oyez import outside, volume
from oyez.arriving import Piece
from oyez.errors import InvalidInput
from oyez.model import Announcement, Interrupted, Priority
from oyez.outside import kind, known_only, refuse
from oyez.speak import header

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import Enum

MAX_TEXT = 2_000  # characters; of a piece, where a text arrives in several
MAX_PIECES = 1_000_000
MAX_NAME = 128  # characters of an id, a transaction, a voice, a language
MAX_EXPIRY_S = 7 * 86_400
MAX_PAUSE_S = 10.0  # between repetitions
MAX_ASK_S = 60.0  # for an answer
HIGHEST, NORMAL_FROM, URGENT_FROM = 10, 4, 8  # of priorities as numbers: what Gotify's apps make of them
STOP_ALL = ("", "all", "PRESS")  # PRESS is what a Home Assistant button sends


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something that arrived isn't an announcement; `id` as an announcement of the same payload would have."""

    reason: str
    id: str = ""
    transaction: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """What `stop` cancels: the announcements that have all of these, which is every one where none is given."""

    id: str | None = None
    key: str | None = None
    tag: str | None = None

    def means(self, announcement: Announcement) -> bool:
        """Whether it is to be cancelled."""
        asked = ((self.id, announcement.id), (self.key, announcement.key), (self.tag, announcement.tag))
        return all(wanted is None or wanted == has for wanted, has in asked)


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
    sender's, one is made from room and payload, so that the same words are recognised. A piece of a text has its words
    as they stand, the first without directions as `text`.
    """
    fields: dict[str, Any] = {}
    digest = hashlib.sha256(room.encode(errors="replace") + b"\0" + payload).hexdigest()[:16]
    try:
        text, fields = _read(payload)
        known_only(fields, FIELDS)
        piece = _piece(text, fields)
        directions, text = header.read(_wording("text", text))
        fields = directions | fields
        values = {name: check(name, fields[name]) for name, check in FIELDS.items() if name in fields}
        values |= {"piece": piece, "text": text if piece else _spoken(text)}
    except InvalidInput as refused:
        sender, transaction = _names(fields, correlation)
        return Refusal(refused.message, sender or f"text-{digest}", transaction)
    sender, transaction = _names(values, correlation)
    values.setdefault("interrupts", values.get("priority") is Priority.URGENT)
    lifetimes = [given for given in (values.get("expires_in"), expires_in) if given is not None]
    return Announcement(
        id=sender or f"text-{digest}",
        identity=f"id:{sender}" if sender else f"text:{digest}",
        room=room,
        received_mono=now,
        expires_mono=now + min(lifetimes) if lifetimes else None,
        transaction=transaction,
        redelivered=redelivered,
        **{name: value for name, value in values.items() if name not in APART},
    )


def parse_stop(payload: bytes) -> Stop | Refusal:
    """What a payload on `<room>/stop` cancels: an id as text, what an object names by id, key or tag, or all.

    All is nothing, `all` or `PRESS`.
    """
    try:
        text, fields = _read(payload)
        if not fields and isinstance(text, str):
            return Stop(None if text in STOP_ALL else _name("id", text))
        known_only(fields, ("id", "key", "tag", "transaction"))
        wanted = {name: _name(name, fields[name]) for name in ("id", "key", "tag") if fields.get(name)}
        if not wanted and fields.get("transaction"):
            wanted = {"id": _name("id", fields["transaction"])}
    except InvalidInput as refused:
        return Refusal(refused.message)
    if not wanted:
        return Refusal("a stop as JSON needs an id, a key or a tag; an empty payload stops all")
    return Stop(**wanted)


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


def _piece(text: object, fields: dict[str, Any]) -> Piece | None:
    """The piece of a text that a payload is, if it is one."""
    if "more" not in fields:
        if "piece" in fields:
            refuse("piece counts the pieces of a text; all of them have `more`: true, and false for the last")
        return None
    if not (fields.get("id") or fields.get("transaction")):
        refuse("a text in pieces needs an id, which all of them have")
    number = _whole(0, MAX_PIECES)("piece", fields["piece"]) if "piece" in fields else None
    return Piece(_wording("text", text), _truth("more", fields["more"]), number)


def _wording(_: str, text: object) -> str:
    if not isinstance(text, str):
        refuse("there is no text" if text is None else f"text must be a string, not {kind(text)}")
    if len(text) > MAX_TEXT:
        refuse(f"the text has {len(text):,} characters; {MAX_TEXT:,} are the most")
    if bad := next((character for character in text if _unspeakable(character)), None):
        refuse(f"the text has the control character U+{ord(bad):04X}")
    return text


def _spoken(text: str) -> str:
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


def _whole(low: int, high: int) -> Callable[[str, Any], int]:
    def check(field: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            refuse(f"{field} must be a whole number from {low} to {high}")
        return value

    return check


def _truth(field: str, value: object) -> bool:
    if not isinstance(value, bool):
        refuse(f"{field} must be true or false, not {kind(value)}")
    return value


def _one_of(choices: type[Enum]) -> Callable[[str, Any], Any]:
    names = {choice.name.lower(): choice for choice in choices}

    def check(field: str, value: object) -> Enum:
        if not isinstance(value, str) or value not in names:
            refuse(f"{field} must be one of {', '.join(names)}")
        return names[value]

    return check


def _priority(field: str, value: object) -> Priority:
    """By its name; or by a number, as others send it."""
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= len(str(HIGHEST)) else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= HIGHEST:
        return Priority((number >= NORMAL_FROM) + (number >= URGENT_FROM))
    names = [choice.name.lower() for choice in Priority]
    if value not in names:
        refuse(f"{field} must be one of {', '.join(names)}, or a number from 0 to {HIGHEST}")
    return Priority(names.index(str(value)))


FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "text": _wording,
    "id": _name,
    "transaction": _name,
    "voice": _name,
    "language": _name,
    "speed": _number(0.5, 2.0),
    "volume": _volume,
    "priority": _priority,
    "expires_in": _number(0.001, MAX_EXPIRY_S),
    "key": _name,
    "tag": _name,
    "interrupts": _truth,
    "interrupted": _one_of(Interrupted),
    "repeat": _whole(1, header.MOST_REPEATS),
    "repeat_pause": _number(0.0, MAX_PAUSE_S),
    "chime": _name,
    "chime_after": _name,
    "ask": _number(1.0, MAX_ASK_S),
    "more": _truth,
    "piece": _whole(0, MAX_PIECES),
}
APART = ("id", "transaction", "expires_in", "more")  # what becomes of them stands in another field
