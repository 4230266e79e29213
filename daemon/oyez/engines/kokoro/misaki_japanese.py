"""misaki reads Japanese, as it was read to train Kokoro. The extra `japanese`: with its dictionary, no network."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from misaki.cutlet import Cutlet

from oyez.engines.kokoro.phonemes import LETTER, in_alphabet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.engines.kokoro.languages import Language

# What its own reader of numbers doesn't know.
_WRITTEN = (
    (re.compile(r"(?<=\d)\.(?=\d)"), "点"),
    (re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?!\d)"), r"\1時\2分"),
    (re.compile(r"(?<=\d)\s*%"), "パーセント"),
    (re.compile(r"(?<=\d)\s*°C?"), "度"),
)
_KANA = (6, 7)  # UniDic's kinds of characters: hiragana and katakana


class JapaneseG2p:
    """Japanese letters by the dictionary UniDic."""

    def __init__(self) -> None:
        self._reader = Cutlet()

    def __call__(self, text: str, language: Language) -> str:  # noqa: ARG002 - it has one
        """The phonemes of a Japanese text; see G2p."""
        for pattern, said in _WRITTEN:
            text = pattern.sub(said, text)
        phonemes, _ = self._reader(text)
        return " ".join([in_alphabet(phonemes), *self._unread(text)]) if any(map(str.isalpha, phonemes)) else ""

    def _unread(self, text: str) -> Iterator[str]:
        """Letters of words whose sound the dictionary doesn't know: the reader passes over them."""
        for word in self._reader.tagger(unicodedata.normalize("NFKC", text)):
            if word.char_type not in _KANA and not (word.feature.pron or word.feature.kana):
                yield from (sign for sign in word.surface if unicodedata.category(sign) == LETTER)
