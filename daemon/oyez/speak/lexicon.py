"""How the house wants its words said: a word's respelling, or its phonemes. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERY_LANGUAGE = "all"
# Vowel signs and other marks are part of the word for everybody but `re`.
NOTHING = r"(?!)"
_LETTER = r"[\w\u0300-\u036f\u0900-\u0963\u0966-\u097f]"


class Lexicon:
    """Words and how they are said, by language tag (`en`, `en-GB`) or `all`; the narrower one wins.

    What stands between slashes is phonemes (IPA), all else a respelling, which is read. Whole words are found; a word
    with a capital beyond its first letter (`SZ`) only as it is written, any other (`Oyez`) in capitals or not.
    """

    def __init__(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        self._entries = entries
        self._of = lru_cache(maxsize=16)(self._compiled)

    def pieces(self, text: str, language: str) -> Iterator[tuple[str, str | None]]:
        """The text with its words respelled, cut where phonemes stand in a word's place: (text, phonemes or None)."""
        pattern, said = self._of(language)
        read, position = "", 0
        for match in pattern.finditer(text := unicodedata.normalize("NFC", text)):
            assert match.lastindex
            how = said[match.lastindex - 1]
            read += text[position : match.start()]
            position = match.end()
            if (phonemes := _phonemes(how)) is None:
                read += how
            else:
                yield read, None
                yield match[0], phonemes
                read = ""
        yield read + text[position:], None

    def _compiled(self, language: str) -> tuple[re.Pattern[str], list[str]]:
        """What finds the words of a language, one group a word, and how each is said."""
        primary = language.split("-", maxsplit=1)[0]
        said: dict[str, str] = {}
        for tag in (EVERY_LANGUAGE, primary, language):
            for word, how in self._entries.get(tag, {}).items():
                said[_form(unicodedata.normalize("NFC", word))] = how
        forms = sorted(said, key=len, reverse=True)
        found = "|".join(f"({form})" for form in forms) or NOTHING
        return re.compile(rf"(?<!{_LETTER})(?:{found})(?!{_LETTER})"), [said[form] for form in forms]


def _form(word: str) -> str:
    """The pattern of a word, the same for all ways of writing it where case is nothing."""
    as_written = word[1:] != word[1:].lower()
    return re.escape(word) if as_written else f"(?i:{re.escape(word.lower())})"


def _phonemes(how: str) -> str | None:
    return how[1:-1] if len(how) > 2 and how[0] == how[-1] == "/" else None  # noqa: PLR2004 - two slashes
