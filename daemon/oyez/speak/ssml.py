"""SSML, the W3C's markup for speech: the part of it that a voice like ours can follow. Pure; never an exception.

Read by expat itself, with no entity but XML's own five: a DOCTYPE, where others would be declared, is refused before
anything in it is. Tags that aren't known are read as what is in them. Broken SSML is read as its plain text, and a note
says what is wrong: the announcement still arrives.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn
from xml.parsers import expat

from oyez.speak.spans import Manner, Writer, plain, seconds
from oyez.volume import of_decibels

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.speak.spans import Marked

MAX_DEPTH = 64
MAX_LENGTH = 20_000  # characters

_START = re.compile(r"\s*<(?:speak[\s/>]|\?xml\s|!DOCTYPE\s+speak\b)")
_NOT_SAID = re.compile(r"<!\[CDATA\[|<!DOCTYPE[^<>\[]*\[|\]\]?>|<(?:[?/!]?[A-Za-z]|!--)[^<>]*>")  # each in linear time
_TIME = re.compile(r"\+?(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})(ms|s)")
_NUMBER = r"([+-]?)(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})"
_DECIBEL = re.compile(_NUMBER + "dB")
_PERCENT = re.compile(_NUMBER + "%")
_FACTOR = re.compile(_NUMBER)

BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.0}
RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.3, "x-fast": 1.6}
VOLUMES = {
    "silent": 0.0, "x-soft": 0.25, "soft": 0.5, "medium": 1.0, "default": 1.0, "loud": 1.5, "x-loud": 2.0,
}  # fmt: skip
EMPHASIS = {"strong": (0.85, 1.4), "moderate": (0.92, 1.2), "none": (1.0, 1.0), "reduced": (1.1, 0.8)}
SPELLED = ("characters", "spell-out", "verbatim", "digits")


def recognised(text: str) -> bool:
    """Whether a text is meant as SSML: it starts with `<speak`, or with what XML may have before that."""
    return _START.match(text) is not None


def parse(text: str) -> Marked:
    """What an SSML text says."""
    reader = _Reader()
    try:
        reader.read(text)
    except expat.ExpatError as error:
        why = f"{expat.ErrorString(error.code)} in line {error.lineno}, column {error.offset + 1}"
    except _Refused as refused:
        why = str(refused)
    else:
        return reader.writer.marked()
    return plain(html.unescape(_NOT_SAID.sub(" ", text)), [f"the SSML can't be followed ({why}): read as plain text"])


class _Refused(Exception):
    """Internal: ends the reading of what is well-formed, but nothing that we read."""


class _Reader:
    """Writes what expat finds. The innermost of `_manners` counts; None: nothing is said there."""

    def __init__(self) -> None:
        self.writer = Writer()
        self._manners: list[Manner | None] = [Manner()]

    def read(self, text: str) -> None:
        """Read a whole document. Raises ExpatError, _Refused."""
        if len(text) > MAX_LENGTH:
            raise _Refused(f"{len(text):,} characters; {MAX_LENGTH:,} are the most")
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(text.encode(errors="replace"), True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._manners) > MAX_DEPTH:
            raise _Refused(f"tags in tags, more than {MAX_DEPTH} deep")
        inner = manner = self._manners[-1]
        if manner is not None:
            inner = self._in_language(manner, attributes)
            if follow := TAGS.get(tag):
                inner = follow(self, inner, attributes)
        self._manners.append(inner)
        self._sentence_ends(tag)

    def _end(self, tag: str) -> None:
        self._manners.pop()
        self._sentence_ends(tag)

    def _text(self, text: str) -> None:
        if (manner := self._manners[-1]) is not None:
            self.writer.say(re.sub(r"\s+", " ", text), manner)

    def _sentence_ends(self, tag: str) -> None:
        if tag in ("p", "s"):
            self.writer.say("\n", Manner())

    def _in_language(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        language = attributes.get("xml:lang", "").strip()
        return replace(manner, language=language) if language else manner

    def break_(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        if time := _TIME.fullmatch(attributes.get("time", "").strip()):
            self.writer.pause(seconds(time[1], time[2]))
        else:
            self.writer.pause(BREAKS.get(attributes.get("strength", "medium"), BREAKS["medium"]))
        return manner

    def prosody(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        if rate := attributes.get("rate"):
            manner = manner.faster(self._factor("rate", rate.strip(), RATES))
        if volume := attributes.get("volume"):
            manner = manner.louder(self._factor("volume", volume.strip(), VOLUMES))
        return manner

    def emphasis(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        speed, volume = EMPHASIS.get(attributes.get("level", ""), EMPHASIS["moderate"])
        return manner.faster(speed).louder(volume)

    def say_as(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        return replace(manner, spelled=attributes.get("interpret-as") in SPELLED)

    def phoneme(self, manner: Manner, attributes: dict[str, str]) -> Manner | None:
        phonemes, alphabet = attributes.get("ph", "").strip(), attributes.get("alphabet", "ipa")
        if alphabet != "ipa":
            self.writer.note(f"phonemes in the alphabet {alphabet[:32]!r} can't be said, only ipa")
        elif phonemes:
            self.writer.say_phonemes(phonemes, manner)
            return None
        return manner

    def voice(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        if name := attributes.get("name", "").strip():
            manner = self._in_language(manner.by(name), attributes)
        return manner

    def sub(self, manner: Manner, attributes: dict[str, str]) -> Manner | None:
        if "alias" not in attributes:
            return manner
        self.writer.say(attributes["alias"], manner)
        return None

    def audio(self, manner: Manner, attributes: dict[str, str]) -> Manner:
        if not (name := attributes.get("src", "").strip()):
            return manner
        self.writer.play(name, manner)
        return replace(manner, instead_of=name)

    def unsaid(self, _: Manner, __: dict[str, str]) -> None:
        return None

    def _factor(self, what: str, value: str, names: dict[str, float]) -> float:
        """A factor by its name, in percent (of what it is, or with a sign more or less), in dB, or as a number."""
        if value in names:
            return names[value]
        if decibel := _DECIBEL.fullmatch(value):
            return of_decibels(min(6.0, float(decibel[1] + decibel[2])))
        if percent := _PERCENT.fullmatch(value):
            share = float(percent[1] + percent[2]) / 100
            return 1 + share if percent[1] else share
        if number := _FACTOR.fullmatch(value):
            return float(number[2]) / (100 if what == "volume" else 1)
        self.writer.note(f"a {what} of {value[:32]!r} isn't understood")
        return 1.0


def _refuse_doctype(*_: object) -> NoReturn:
    raise _Refused("it has a DOCTYPE")


TAGS: dict[str, Callable[[_Reader, Manner, dict[str, str]], Manner | None]] = {
    "break": _Reader.break_,
    "prosody": _Reader.prosody,
    "emphasis": _Reader.emphasis,
    "say-as": _Reader.say_as,
    "phoneme": _Reader.phoneme,
    "voice": _Reader.voice,
    "sub": _Reader.sub,
    "audio": _Reader.audio,
    "desc": _Reader.unsaid,
    "metadata": _Reader.unsaid,
}
