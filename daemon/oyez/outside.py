"""What comes from outside: bytes to text or to a strict JSON object, and words for what is wrong with it. Pure.

Everything raises InvalidInput, and nothing else.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, NoReturn, cast

from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_PAYLOAD = 64 * 1024  # bytes
MAX_SHOWN = 128  # characters of a name that are repeated in a message


def text(payload: bytes, *, most: int = MAX_PAYLOAD) -> str:
    """A payload of at most so many bytes as text, without a byte order mark and space around it."""
    if len(payload) > most:
        refuse(f"the payload has {len(payload):,} bytes; {most:,} are the most")
    try:
        return payload.decode().removeprefix("\ufeff").strip()
    except UnicodeDecodeError as error:
        refuse(f"not UTF-8: byte {error.start} is 0x{payload[error.start]:02x}")


def json_object(content: str) -> dict[str, Any]:
    """A text that starts with a brace as a JSON object: no key twice, no NaN."""
    try:
        fields = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        refuse("nested too deeply")
    except json.JSONDecodeError as error:
        refuse(f"starts like a JSON object but isn't one: {error.msg} at character {error.pos + 1}")
    except InvalidInput:
        raise
    except ValueError:
        refuse("has a number with too many digits")
    return cast(dict[str, Any], fields)  # it starts with a brace


def known_only(fields: Collection[str], known: Collection[str], *, what: str = "key") -> None:
    """Refuse a name that isn't known; the message has the nearest that is."""
    for name in fields:
        if name not in known:
            nearest = difflib.get_close_matches(name[:MAX_SHOWN], known, n=1)
            meant = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(known) or 'none'}"
            refuse(f"unknown {what} {shown(name)}; {meant}")


def kind(value: object) -> str:
    """What a JSON value is, in words."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


def shown(name: str) -> str:
    """A name from outside, fit for a message."""
    return ascii(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}...")


def refuse(reason: str) -> NoReturn:
    """Raise InvalidInput."""
    raise InvalidInput(reason)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for index, (name, _) in enumerate(pairs) if name in dict(pairs[:index]))
        refuse(f"has the key {shown(twice)} twice")
    return fields


def _no_constant(name: str) -> NoReturn:
    refuse(f"{name} isn't a number here")
