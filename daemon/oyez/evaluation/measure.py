"""Errors between what is said and what is heard: by word and by letter, with how sure one can be of the rates.

Both texts are normalised in the same manner (`normalise`), the errors counted by jiwer. The intervals are those of the
bootstrap: recordings are drawn anew, with replacement, a thousand times (Bisani and Ney, 2004).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jiwer
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from oyez.model import Recognition

NORMALISATION = (
    "Unicode NFKC, small letters; punctuation and symbols removed, but for apostrophes within words; dashes and "
    "white space are one space; digits stay as they are written"
)
DRAWS = 1000
CERTAINTY = 0.95
SEED = 0
APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}`"


@dataclass(frozen=True, slots=True)
class Judged:
    """One recording: what was said and heard, normalised, and the counts of errors. `elapsed` seconds it took."""

    file: str
    group: tuple[str, ...]
    said: str
    heard: str
    confidence: float
    seconds: float
    elapsed: float
    words: int
    letters: int
    substitutions: int
    deletions: int
    insertions: int
    letter_errors: int

    @property
    def word_errors(self) -> int:
        """All of them."""
        return self.substitutions + self.deletions + self.insertions


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of errors, and the interval that it is in with 95 % certainty; all may be above 1."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Score:
    """How well a group of recordings was heard. `exact` is the share heard without an error."""

    group: tuple[str, ...]
    recordings: int
    words: int
    wer: Rate
    cer: Rate
    substitutions: int
    deletions: int
    insertions: int
    exact: float
    seconds: float
    real_time_factor: float


def normalise(text: str) -> str:
    """A text as it is compared: see NORMALISATION."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    signs = [_sign(folded, at) for at in range(len(folded))]
    return " ".join("".join(signs).split())


def _sign(text: str, at: int) -> str:
    sign = text[at]
    if sign in APOSTROPHES:
        inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
        return "'" if inside else ""
    kind = unicodedata.category(sign)
    if kind in ("Pd", "Pc"):
        return " "
    return "" if kind[0] in "PSC" and not sign.isspace() else sign


def judge(
    file: str, group: tuple[str, ...], said: str, heard: Recognition, *, seconds: float, elapsed: float
) -> Judged:
    """Compare. What is said must have a word in it once it is normalised."""
    reference, hypothesis = normalise(said), normalise(heard.text)
    words = jiwer.process_words(reference, hypothesis)
    letters = jiwer.process_characters(reference, hypothesis)
    return Judged(
        file=file,
        group=group,
        said=reference,
        heard=hypothesis,
        confidence=heard.confidence,
        seconds=seconds,
        elapsed=elapsed,
        words=len(reference.split()),
        letters=len(reference),
        substitutions=words.substitutions,
        deletions=words.deletions,
        insertions=words.insertions,
        letter_errors=letters.substitutions + letters.deletions + letters.insertions,
    )


def differences(one: Judged) -> list[tuple[str, str, str]]:
    """What became of each stretch of words: (`equal`, `substitute`, `delete` or `insert`, said, heard)."""
    said, heard = one.said.split(), one.heard.split()
    chunks = jiwer.process_words(one.said, one.heard).alignments[0]
    return [
        (
            chunk.type,
            " ".join(said[chunk.ref_start_idx : chunk.ref_end_idx]),
            " ".join(heard[chunk.hyp_start_idx : chunk.hyp_end_idx]),
        )
        for chunk in chunks
    ]


def score(group: tuple[str, ...], judged: Sequence[Judged]) -> Score:
    """The score of some recordings, at least one."""
    seconds, drawn = sum(one.seconds for one in judged), _draws(len(judged))
    return Score(
        group=group,
        recordings=len(judged),
        words=sum(one.words for one in judged),
        wer=_rate([one.word_errors for one in judged], [one.words for one in judged], drawn),
        cer=_rate([one.letter_errors for one in judged], [one.letters for one in judged], drawn),
        substitutions=sum(one.substitutions for one in judged),
        deletions=sum(one.deletions for one in judged),
        insertions=sum(one.insertions for one in judged),
        exact=sum(one.word_errors == 0 for one in judged) / len(judged),
        seconds=seconds,
        real_time_factor=sum(one.elapsed for one in judged) / seconds,
    )


def scores(judged: Sequence[Judged]) -> list[Score]:
    """A score for each group, in the order of their names."""
    groups = sorted({one.group for one in judged})
    return [score(group, [one for one in judged if one.group == group]) for group in groups]


def worst(judged: Sequence[Judged], count: int) -> list[Judged]:
    """The recordings with most errors for their length, those that have any."""
    wrong = [one for one in judged if one.word_errors]
    return sorted(wrong, key=lambda one: (-one.word_errors / one.words, -one.letter_errors, one.file))[:count]


def _rate(errors: Sequence[int], lengths: Sequence[int], drawn: NDArray[np.int64]) -> Rate:
    wrong, length = np.array(errors, np.float64), np.array(lengths, np.float64)
    rates = (drawn @ wrong) / (drawn @ length)
    low, high = np.quantile(rates, [(1 - CERTAINTY) / 2, (1 + CERTAINTY) / 2])
    return Rate(float(wrong.sum() / length.sum()), float(low), float(high))


def _draws(count: int) -> NDArray[np.int64]:
    """How often each of `count` recordings is drawn: [draws, recordings]."""
    return np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS)
