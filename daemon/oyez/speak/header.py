"""Directions at the very beginning of a text, for those who can send nothing but text: `[[urgent]] Smoke!`. Pure.

    [[urgent]] [[low]] [[normal]]        priority
    [[chime]] [[chime NAME]]             a sound first; [[no chime]]: none
    [[volume 40%]]                       how loud: as a volume is written
    [[repeat 3]]                         said so many times
    [[expires 10 min]]                   not spoken any more when it has waited longer (s, min, h)
    [[key laundry]] [[tag laundry]]      a newer one with the key takes its place; cancelled by either

Several may follow one another. The first that is none of these is text, and so is all after it: what is said, with
its own markup (speak/markup.py). Nothing that stands in a text is taken out of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from oyez import volume

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_CHIME = "ding"
NO_CHIME = "none"
MOST_REPEATS = 10

_FORM = re.compile(r"\s*\[\[\s*(?P<word>[a-z]+)(?:\s+(?P<what>[^\[\]]{1,64}?))?\s*\]\]")
_AGE = re.compile(r"(?P<amount>\d{1,6})\s*(?P<unit>s|min|h)")
_UNITS = {"s": 1, "min": 60, "h": 3600}
_NAME = re.compile(r"\S(.*\S)?")


def read(text: str) -> tuple[dict[str, Any], str]:
    """The keys that a text's directions stand for, as an announcement in JSON has them, and the text after them.

    A text that would be nothing else has none.
    """
    fields: dict[str, Any] = {}
    position = 0
    while form := _FORM.match(text, position):
        told = FORMS[form["word"]](form["what"] or "") if form["word"] in FORMS else None
        if told is None:
            break
        fields |= told
        position = form.end()
    return (fields, text[position:]) if text[position:].strip() else ({}, text)


def _priority(name: str) -> Callable[[str], dict[str, Any] | None]:
    return lambda what: None if what else {"priority": name}


def _chime(what: str) -> dict[str, Any]:
    return {"chime": what or DEFAULT_CHIME}


def _no(what: str) -> dict[str, Any] | None:
    return {"chime": NO_CHIME} if what == "chime" else None


def _volume(what: str) -> dict[str, Any] | None:
    try:
        return {"volume": volume.parse(what)}
    except ValueError:
        return None


def _repeat(what: str) -> dict[str, Any] | None:
    return {"repeat": int(what)} if re.fullmatch(r"\d{1,2}", what) and 1 <= int(what) <= MOST_REPEATS else None


def _expires(what: str) -> dict[str, Any] | None:
    age = _AGE.fullmatch(what)
    return {"expires_in": float(age["amount"]) * _UNITS[age["unit"]]} if age and int(age["amount"]) else None


def _name(key: str) -> Callable[[str], dict[str, Any] | None]:
    return lambda what: {key: what} if _NAME.fullmatch(what) and what.isprintable() else None


FORMS: dict[str, Callable[[str], dict[str, Any] | None]] = {
    "urgent": _priority("urgent"),
    "normal": _priority("normal"),
    "low": _priority("low"),
    "chime": _chime,
    "no": _no,
    "volume": _volume,
    "repeat": _repeat,
    "expires": _expires,
    "key": _name("key"),
    "tag": _name("tag"),
}
