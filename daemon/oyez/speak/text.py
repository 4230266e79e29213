"""Pure: what people write into what can be read out: cleaned, numbers in words, one sentence after another."""

# ruff: noqa: RUF001 - punctuation of many scripts

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sentence_stream import stream_to_sentences
from unicode_rbnf import RbnfEngine

from oyez.errors import InvalidInput
from oyez.model import Script

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NAMED = 5  # characters named in a note
MAX_DIGITS = 15  # longer numbers are read by the engine, digit by digit or however it does

# Letters that the engines' G2P reads as more than "Arabic letter, Arabic letter"; others are told as left out.
READABLE = (
    "LATIN", "DEVANAGARI", "COMBINING", "MODIFIER", "ZERO WIDTH NON-JOINER", "ZERO WIDTH JOINER",
    "FEMININE ORDINAL", "MASCULINE ORDINAL", "MICRO SIGN", "OHM SIGN", "GREEK CAPITAL LETTER OMEGA",
)  # fmt: skip
SYMBOLS = frozenset("°℃℉№©®™")
LINE_ENDS = re.compile(r"[\n\r\v\f\x85\u2028\u2029]+")
PUNCTUATION = str.maketrans({
    "。": ". ", "．": ".", "！": "! ", "？": "? ", "，": ", ", "、": ", ", "；": "; ", "：": ": ", "،": ",", "؛": ";",
    "؟": "?", "।": ".", "॥": ".", "*": " ", "℃": "°C", "℉": "°F", "−": "-", "‑": "-",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Words:
    """How a language says what digits are written with; `units` by their sign, for one and for more."""

    point: str
    minus: str
    grouping: str  # what separates thousands; the other of "." and "," is the decimal mark
    units: dict[str, tuple[str, str]]
    clock: Callable[[int, int, str], str] | None = None


def prepare(text: str, language: str) -> Script:
    """The script of a text in a language (BCP-47 tag). Raises InvalidInput when nothing of it can be said.

    Control characters, emoji and letters of scripts that nobody here can read are left out, which a note tells.
    Every line end ends a sentence.
    """
    cleaned, left_out = clean(text)
    notes = (_left_out(left_out),) if left_out else ()
    found = tuple(sentence for sentence in sentences(spell(cleaned, language)) if _has_sound(sentence))
    if not found:
        raise InvalidInput("nothing in this text can be said" + (f": {notes[0]}" if notes else ""))
    return Script(found, notes)


def clean(text: str) -> tuple[str, list[str]]:
    """The text with single spaces, lines kept, without what can't be said; and what that was, each character once."""
    kept: list[str] = []
    left_out: dict[str, None] = {}
    for char in unicodedata.normalize("NFC", LINE_ENDS.sub("\n", text).translate(PUNCTUATION)):
        if (said := _said(char)) is None:
            left_out[char] = None
            said = "" if unicodedata.category(char) in ("Cf", "Mn") else " "
        kept.append(said)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line), list(left_out)


def spell(text: str, language: str) -> str:
    """The text with times, decimals, signed numbers and those with °C, °F, ° or % in words; plain integers stay."""
    primary = language.split("-", maxsplit=1)[0]
    if (words := LANGUAGES.get(primary)) is None:
        return text
    if words.clock:
        text = _TIME.sub(lambda match: _time(match, words), text)
    return _NUMBER.sub(lambda match: _number(match, words, primary), text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; joined they are the text again, but for spaces."""
    return [sentence for line in text.split("\n") for sentence in stream_to_sentences([line]) if sentence.strip()]


def _said(char: str) -> str | None:
    """How a character goes on: as it is, as a space, as a plain digit, or not at all."""
    kind = unicodedata.category(char)
    if char == "\n" or char in SYMBOLS:
        return char
    if kind.startswith("Z") or char == "\t":
        return " "
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    if kind in ("So", "Sk", "Me", "Cc", "Cs", "Co", "Cn"):
        return None
    if kind[0] in "LM" or kind == "Cf":
        return char if unicodedata.name(char, "").startswith(READABLE) else None
    return char


def _has_sound(sentence: str) -> bool:
    return any(char.isalnum() or unicodedata.category(char) in ("Sc", "Sm") or char in "%&@#°§" for char in sentence)


def _left_out(characters: list[str]) -> str:
    named = [f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in characters[:MAX_NAMED]]
    more = [f"{len(characters) - MAX_NAMED} more"] if len(characters) > MAX_NAMED else []
    return "left out: " + ", ".join(named + more)


_BEFORE = r"(?<![\w.,:/$€£₹-])"  # not inside a date, version, address, range, price or name
_AFTER = r"(?!\d|[:/]|[.,-]\d)"
# "p.m." gives its last dot to the sentence that it ends.
_HALF = r"\s?([aApP])(?:\.[mM](?:\.(?!\s+[A-ZÁÉÍÓÚÑ]|\s*$))?|[mM])(?!\w)"
_TIME = re.compile(rf"{_BEFORE}([01]?\d|2[0-3]):([0-5]\d)(?:{_HALF})?(?!\w|[:/]|[.,-]\d)", re.MULTILINE)
_NUMBER = re.compile(
    rf"{_BEFORE}(?P<minus>-?)(?P<whole>\d{{1,3}}(?:(?P<group>[.,])\d{{3}}(?:(?P=group)\d{{3}})*)?(?!\d)|\d+)"
    rf"(?:(?P<mark>[.,])(?P<decimals>\d+))?(?:\s?(?P<unit>°[CF]?(?!\w)|%))?{_AFTER}"
)


def _number(match: re.Match[str], words: _Words, language: str) -> str:
    whole, group, decimals, unit = match["whole"], match["group"], match["decimals"], match["unit"]
    if group and group != words.grouping and decimals is None and whole.count(group) == 1:
        whole, decimals = whole.split(group)  # "1.250" where the point is the decimal mark
    elif group and group == match["mark"]:
        return match[0]
    whole = re.sub(r"[.,]", "", whole)
    if not (group or decimals or match["minus"] or unit) or len(whole) > MAX_DIGITS:
        return match[0]
    said = [words.minus] if match["minus"] else []
    said.append(_cardinal(int(whole), language))
    if decimals:
        said += [words.point, *(_cardinal(int(digit), language) for digit in decimals)]
    if unit:
        said.append(words.units.get(unit, (unit, unit))[whole != "1" or bool(decimals)])
    if match.string[match.end() : match.end() + 1].isalpha():
        said.append("")  # "5.5kWh"
    return " ".join(said)


def _cardinal(number: int, language: str, ruleset: str = "spellout-numbering") -> str:
    return _speller(language).format_number(number, ruleset_names=[ruleset]).text.replace("\xad", "")


@cache
def _speller(language: str) -> RbnfEngine:
    return RbnfEngine.for_language(language)


def _time(match: re.Match[str], words: _Words) -> str:
    assert words.clock is not None
    return words.clock(int(match[1]), int(match[2]), (match[3] or "").lower())


def _english_time(hour: int, minute: int, half: str) -> str:
    if (hour, minute, half) == (0, 0, ""):
        return "midnight"
    said = [_cardinal(hour, "en")]
    if minute:
        said += ["oh"] * (minute < 10) + [_cardinal(minute, "en")]  # noqa: PLR2004 - one digit
    elif not half:
        said.append("o'clock" if hour <= 12 else "hundred")  # noqa: PLR2004 - noon
    return " ".join([*said, *([f"{half.upper()}M"] if half else [])])


def _spanish_time(hour: int, minute: int, half: str) -> str:
    said = [_cardinal(hour, "es", "spellout-cardinal-feminine")]
    said += ["y", _cardinal(minute, "es")] if minute else [] if half else ["en punto"]
    return " ".join([*said, *({"a": ["de la mañana"], "p": ["de la tarde"]}.get(half, []))])


LANGUAGES = {
    "en": _Words("point", "minus", ",", {
        "°": ("degree", "degrees"), "°C": ("degree Celsius", "degrees Celsius"),
        "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "%": ("percent", "percent"),
    }, _english_time),
    "es": _Words("coma", "menos", ".", {
        "°": ("grado", "grados"), "°C": ("grado Celsius", "grados Celsius"),
        "°F": ("grado Fahrenheit", "grados Fahrenheit"), "%": ("por ciento", "por ciento"),
    }, _spanish_time),
    "fr": _Words("virgule", "moins", ".", {}),
    "hi": _Words("दशमलव", "ऋण", ",", {}),
    "it": _Words("virgola", "meno", ".", {}),
    "pt": _Words("vírgula", "menos", ".", {}),
}  # fmt: skip
