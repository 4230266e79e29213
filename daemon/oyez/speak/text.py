"""Pure: what people write into what can be read out: cleaned, one sentence after another."""

# ruff: noqa: RUF001 - punctuation of many scripts

from __future__ import annotations

import re
import unicodedata

from sentence_stream import stream_to_sentences

from oyez.speak.words.formatting import unformatted

MAX_NAMED = 5  # characters named in a note

# Letters that the engines' G2P reads as more than "Arabic letter, Arabic letter"; others are told as left out.
READABLE = (
    "LATIN", "DEVANAGARI", "COMBINING", "MODIFIER", "ZERO WIDTH NON-JOINER", "ZERO WIDTH JOINER",
    "FEMININE ORDINAL", "MASCULINE ORDINAL", "MICRO SIGN", "OHM SIGN", "GREEK CAPITAL LETTER OMEGA",
)  # fmt: skip
EAST_ASIAN = {
    "ja": ("CJK UNIFIED", "CJK COMPATIBILITY", "HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA", "IDEOGRAPHIC"),
    "zh": ("CJK UNIFIED", "CJK COMPATIBILITY", "IDEOGRAPHIC"),
}
SYMBOLS = frozenset("°℃℉№©®™")
LINE_ENDS = re.compile(r"[\n\r\v\f\x85\u2028\u2029]+")
PUNCTUATION = str.maketrans({
    "。": ". ", "．": ".", "！": "! ", "？": "? ", "，": ", ", "、": ", ", "；": "; ", "：": ": ", "،": ",", "؛": ";",
    "؟": "?", "।": ".", "॥": ".", "*": " ", "℃": "°C", "℉": "°F", "−": "-", "‑": "-", "μ": "µ",
})  # fmt: skip


def clean(text: str, language: str) -> tuple[str, list[str]]:
    """The text without formatting, with single spaces, lines kept, without what can't be said; and that.

    What can be said are the letters of the language (BCP-47 tag), and those that are read in all of them.
    """
    readable = READABLE + EAST_ASIAN.get(language.split("-", maxsplit=1)[0], ())
    kept: list[str] = []
    left_out: dict[str, None] = {}
    for char in unicodedata.normalize("NFC", unformatted(LINE_ENDS.sub("\n", text)).translate(PUNCTUATION)):
        if (said := _said(char, readable)) is None:
            left_out[char] = None
            said = "" if unicodedata.category(char) in ("Cf", "Mn") else " "
        kept.append(said)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line), list(left_out)


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; joined they are the text again, but for spaces."""
    return [sentence for line in text.split("\n") for sentence in stream_to_sentences([line]) if sentence.strip()]


def _said(char: str, readable: tuple[str, ...]) -> str | None:
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
        return char if unicodedata.name(char, "").startswith(readable) else None
    return char


def has_sound(sentence: str) -> bool:
    """Whether a sentence has something to be said in it, not only marks."""
    return any(char.isalnum() or unicodedata.category(char) in ("Sc", "Sm") or char in "%&@#°§" for char in sentence)


def unsaid(characters: list[str]) -> str:
    """What a note says of characters that were left out."""
    named = [f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in characters[:MAX_NAMED]]
    more = [f"{len(characters) - MAX_NAMED} more"] if len(characters) > MAX_NAMED else []
    return "left out: " + ", ".join(named + more)
