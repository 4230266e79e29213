"""After recognition: what is always misheard is corrected, numbers become digits, a sentence gets its capitals. Pure.

Everything works on the words, so that their times and confidences stay with them; the text is made of the words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from oyez.model import Word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from oyez.model import Recognition

EVERY_LANGUAGE = "all"
PAUSE = 0.5  # seconds of silence that part two numbers
LEAST = 3.0  # smaller ones that stand alone stay words: "one of them", "una luz"
PERCENT = {"por", "per"}, {"ciento", "cento"}  # no hundred
# MMS's names of the languages whose numbers can be read
NUMBERS = {"dan": "da", "deu": "de", "eng": "en", "fra": "fr", "ita": "it", "nld": "nl", "por": "pt", "spa": "es"}


@dataclass(frozen=True)
class Rewriting:
    """What is done in this house. Languages are as MMS names them.

    `corrections` maps a language (or `all`) to what is heard and what is meant: whole words, the longest first.
    `digits` are the languages whose numbers are written in digits. `sentence` begins with a capital, and writes
    the phrases in `names` as they are written there.
    """

    corrections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    digits: Collection[str] = ()
    sentence: bool = False

    def __call__(self, heard: Recognition, names: Iterable[str] = ()) -> Recognition:
        """The recognition rewritten; its alternatives too."""
        if not heard.words:
            return heard
        words = _replaced(heard.words, self._tables.get(heard.language, self._tables[EVERY_LANGUAGE]))
        if heard.language in self.digits:
            words = _with_digits(words, NUMBERS[heard.language])
        if self.sentence:
            words = _as_sentence(words, names, english=heard.language == "eng")
        others = tuple(self(other, names) for other in heard.alternatives)
        return replace(heard, text=" ".join(word.word for word in words), words=words, alternatives=others)

    @cached_property
    def _tables(self) -> dict[str, dict[tuple[str, ...], str]]:
        """Language -> words heard -> text meant."""
        common = self.corrections.get(EVERY_LANGUAGE, {})
        tables = {EVERY_LANGUAGE: common} | {
            language: {**common, **own} for language, own in self.corrections.items() if language != EVERY_LANGUAGE
        }
        return {
            language: {tuple(heard.casefold().split()): meant for heard, meant in table.items()}
            for language, table in tables.items()
        }


def _replaced(words: tuple[Word, ...], table: Mapping[tuple[str, ...], str]) -> tuple[Word, ...]:
    """Runs of words that the table knows, in the words it gives for them."""
    if not table:
        return words
    longest = max(map(len, table))
    found: list[Word] = []
    at = 0
    while at < len(words):
        for size in range(min(longest, len(words) - at), 0, -1):
            run = words[at : at + size]
            if (meant := table.get(tuple(word.word.casefold() for word in run))) is not None:
                found += _spread(meant.split(), run)
                at += size
                break
        else:
            found.append(words[at])
            at += 1
    return tuple(found)


def _spread(texts: Sequence[str], run: Sequence[Word]) -> list[Word]:
    """Other words in place of a run: each with its share of the time, as sure as the run was."""
    if len(texts) == len(run):
        return [replace(word, word=text) for text, word in zip(texts, run, strict=True)]
    start, end = run[0].start, run[-1].end
    share = (end - start) / max(1, len(texts))
    sure = sum(word.confidence for word in run) / len(run)
    return [
        Word(text, round(start + index * share, 2), round(start + (index + 1) * share, 2), sure)
        for index, text in enumerate(texts)
    ]


class _Spoken:
    """A word as the reader of numbers wants it (text_to_num.Token): numbers with a pause between are two."""

    def __init__(self, word: Word, before: str) -> None:
        self._word = word
        self._percent = before in PERCENT[0] and word.word in PERCENT[1]

    def text(self) -> str:
        return self._word.word

    def nt_separated(self, previous: Any) -> bool:
        return bool(self._word.start - previous._word.end > PAUSE)  # noqa: SLF001 - another of us

    def not_a_number_part(self) -> bool:
        return self._percent


def _with_digits(words: tuple[Word, ...], language: str) -> tuple[Word, ...]:
    from text_to_num import find_numbers  # noqa: PLC0415 - of the extra `hear`, as the words are

    found = list(words)
    before = ["", *(word.word for word in words)]
    spoken = [_Spoken(word, one) for word, one in zip(words, before, strict=False)]
    for number in reversed(find_numbers(spoken, language, LEAST)):
        found[number.start : number.end] = _spread([number.text], words[number.start : number.end])
    return tuple(found)


def _as_sentence(words: tuple[Word, ...], names: Iterable[str], *, english: bool) -> tuple[Word, ...]:
    """Names as they are written, `I` in English, a capital at the beginning."""
    written = {tuple(name.casefold().split()): name for name in names if name != name.lower()}
    found = list(_replaced(words, written))
    if english:
        found = [replace(word, word=re.sub(r"^i(?='|$)", "I", word.word)) for word in found]
    if found:
        first = found[0]
        found[0] = replace(first, word=first.word[:1].upper() + first.word[1:])
    return tuple(found)
