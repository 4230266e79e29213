"""Draw phrases of a language; which split a phrase belongs to depends on its text alone."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from tools.mini import grammar_en, grammar_es, numbers_en, numbers_es

Split = Literal["train", "heldout"]
SLOT = re.compile(r"\{(\w+)\}")
HELD_OUT_SHARE = 8
"""One phrase in this many is never trained on."""
FIXED_SHARE = 0.1
SALAD_SHARE = 0.35
"""Of the training phrases, how many are words without a grammar: they teach each word by its
sound, where whole phrases alone are learnt by heart."""
SALAD_WORDS = (3, 7)
RARE_SHARE = 0.7
"""Of the words of a salad, how many are drawn with no heed to how often they are said."""
WORDS_FROM = 20_000
"""Phrases drawn to find the words of a language."""

_GRAMMARS = {"eng": grammar_en, "spa": grammar_es}
_NUMBERS = {"eng": numbers_en, "spa": numbers_es}
_FIXED = {language: frozenset(grammar.FIXED) for language, grammar in _GRAMMARS.items()}


def split_of(text: str, language: str) -> Split:
    """Tell the split of a phrase.

    Phrases without a slot ("dinner is ready") are always trained on; of the others, a hash of
    the text decides.
    """
    if text in _FIXED[language]:
        return "train"
    digest = hashlib.sha256(text.encode()).digest()
    return "heldout" if digest[0] % HELD_OUT_SHARE == 0 else "train"


def _draw(language: str, rng: random.Random, fixed_share: float) -> str:
    grammar = _GRAMMARS[language]
    if rng.random() < fixed_share:
        return rng.choice(grammar.FIXED)
    ending = "o"

    def fill(match: re.Match[str]) -> str:
        nonlocal ending
        slot = match.group(1)
        if slot == "o":
            return "{o}"
        if slot not in grammar.LISTS:
            return _NUMBERS[language].number_slots(rng)[slot]
        value = rng.choice(grammar.LISTS[slot])
        if language == "spa" and slot in ("switch", "cover", "appliance"):
            ending = grammar_es.gender(value)
        return value

    text = SLOT.sub(fill, rng.choice(grammar.TEMPLATES)).replace("{o}", ending)
    return grammar_es.contract(text) if language == "spa" else text


@cache
def words(language: str) -> tuple[str, ...]:
    """Return all words of a language, sorted."""
    rng = random.Random(0)
    return tuple(sorted({word for _ in range(WORDS_FROM) for word in _draw(language, rng, FIXED_SHARE).split()}))


def _salad(language: str, rng: random.Random) -> str:
    """Draw words without order: some as often as they are said, the others all alike."""
    often = [word for _ in range(2) for word in _draw(language, rng, FIXED_SHARE).split()]
    pools = [words(language) if rng.random() < RARE_SHARE else often for _ in range(rng.randint(*SALAD_WORDS))]
    return " ".join(map(rng.choice, pools))


def phrases(language: str, split: Split, rng: random.Random) -> Iterator[str]:
    """Yield phrases of one split without end; they repeat now and then."""
    training = split == "train"
    while True:
        salad = training and rng.random() < SALAD_SHARE
        text = _salad(language, rng) if salad else _draw(language, rng, FIXED_SHARE if training else 0.0)
        if split_of(text, language) == split:
            yield text


def main() -> None:
    """Print some phrases of each language."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--split", choices=("train", "heldout"), default="train")
    options = parser.parse_args()
    for language in _GRAMMARS:
        stream = phrases(language, options.split, random.Random(0))
        for text in itertools.islice(stream, options.count):
            print(f"{language}\t{text}")


if __name__ == "__main__":
    main()
