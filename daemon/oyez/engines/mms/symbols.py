"""The symbols of one language's head: what each writes, and how a text is spelt with them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SEPARATOR = "|"
SPECIAL = re.compile(r"<.+>|\[.+\]")  # <pad> <s> </s> <unk>, or [PAD] [UNK] as fine-tunes name them
_BREAKS = re.compile(r"[\s\-_/]+")


@dataclass(frozen=True)
class Symbols:
    """`text[i]` is what index i writes (None: nothing), `blank` the index of the CTC blank."""

    text: tuple[str | None, ...]
    blank: int

    @classmethod
    def from_vocabulary(cls, vocabulary: Mapping[str, int], rows: int, blank: int) -> Symbols:
        """From symbol -> index; special symbols and rows beyond the vocabulary write nothing."""
        text: list[str | None] = [None] * rows
        for symbol, index in vocabulary.items():
            text[index] = None if index == blank or SPECIAL.fullmatch(symbol) else symbol
        return cls(tuple(text), blank)

    @cached_property
    def separator(self) -> int | None:
        """The index of what stands between words; None for a script without spaces."""
        return self.text.index(SEPARATOR) if SEPARATOR in self.text else None

    @cached_property
    def silent(self) -> NDArray[np.intp]:
        """The indices that write nothing, the blank among them."""
        return np.array([index for index, symbol in enumerate(self.text) if symbol is None], np.intp)

    @cached_property
    def letters(self) -> NDArray[np.bool_]:
        """Which indices write a part of a word."""
        return np.array([symbol not in (None, SEPARATOR) for symbol in self.text])

    def spell(self, text: str) -> tuple[tuple[str, ...], ...]:
        """The words of a text in these symbols.

        Capitals become small, spaces, dashes and underscores part words. An accent that the language doesn't write is
        left off; any other sign that it doesn't write is left out.
        """
        words = (self._spell_word(word) for word in _BREAKS.split(text.lower()))
        return tuple(word for word in words if word)

    def _spell_word(self, word: str) -> tuple[str, ...]:
        whole = unicodedata.normalize("NFC", word)
        bare = (unicodedata.normalize("NFD", sign)[0] if sign not in self._known else sign for sign in whole)
        rest = "".join(bare)
        found: list[str] = []
        while rest:
            symbol = next((rest[:size] for size in self._sizes if rest[:size] in self._known), None)
            found += [symbol] if symbol else []
            rest = rest[len(symbol) if symbol else 1 :]
        return tuple(found)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(symbol for symbol in self.text if symbol and symbol != SEPARATOR)

    @cached_property
    def _sizes(self) -> list[int]:
        """Lengths of symbols, longest first: a vocabulary may write `ch` as one."""
        return sorted({len(symbol) for symbol in self._known}, reverse=True)
