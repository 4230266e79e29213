"""Hot words: what they are, and how people write them, a phrase and its weight where that isn't 1 (`Anna*2`). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 64  # characters of a phrase
HEAVIEST = 5.0
PATTERN = r"[^*\s]([^*]*[^*\s])?\s*(\*\s*\d(\.\d{1,3})?)?"

_WRITTEN = re.compile(r"(?P<phrase>[^*\s](?:[^*]*[^*\s])?)\s*(?:\*\s*(?P<weight>\d(?:\.\d{1,3})?))?")


@dataclass(frozen=True, slots=True)
class HotWord:
    """A phrase that a house expects to hear; `weight` 1 is usual, 0 is none."""

    phrase: str
    weight: float = 1.0


def parse(text: str) -> HotWord:
    """A phrase with its weight. Raises ValueError, which says what a hot word is."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None or not text.isprintable() or not any(character.isalnum() for character in text):
        raise ValueError(f"should be a phrase, perhaps with a weight: kitchen lamp, Anna*2; not {text[:LONGEST]!a}")
    weight = float(written["weight"] or 1)
    if len(written["phrase"]) > LONGEST or weight > HEAVIEST:
        raise ValueError(f"a hot word has at most {LONGEST} characters, and a weight from 0 to {HEAVIEST:g}")
    return HotWord(written["phrase"], weight)


def written(hot_word: HotWord) -> str:
    """A hot word as people write it."""
    return hot_word.phrase if hot_word.weight == 1 else f"{hot_word.phrase}*{hot_word.weight:g}"
