"""Greedy CTC decoding: logits to text, word times and confidences. Pure numpy.

Confidence is the model's own probability of what it wrote: of a word, the mean over the frames in which one of its
symbols wins; of an utterance, the mean over all its words' frames. Frames of blank and of word separators don't count,
or long silences would make everything certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from oyez.model import HEARD_RATE, Recognition, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

FRAME_SECONDS = 320 / HEARD_RATE  # the product of the convolutions' strides, in samples
SEPARATOR = "|"
SPECIAL = re.compile(r"<.+>|\[.+\]")  # <pad> <s> </s> <unk>, or [PAD] [UNK] as fine-tunes name them


@dataclass(frozen=True, slots=True)
class Symbols:
    """One language's head: `text[i]` is what index i writes (None: nothing), `blank` the CTC blank."""

    text: tuple[str | None, ...]
    blank: int

    @classmethod
    def from_vocabulary(cls, vocabulary: Mapping[str, int], rows: int, blank: int) -> Symbols:
        """From symbol -> index; special symbols and rows beyond the vocabulary write nothing."""
        text: list[str | None] = [None] * rows
        for symbol, index in vocabulary.items():
            text[index] = None if index == blank or SPECIAL.fullmatch(symbol) else symbol
        return cls(tuple(text), blank)


@dataclass(slots=True)
class _Run:
    """Symbols of one word so far, first and end frame, the winners' probabilities."""

    text: str = ""
    start: int = 0
    end: int = 0
    scores: list[float] = field(default_factory=list)


def decode(logits: NDArray[np.float32], symbols: Symbols, language: str) -> Recognition:
    """Text, words and confidence of logits [frames, symbols]; no frames or only blanks give an empty Recognition."""
    if len(logits) == 0:
        return Recognition("", language, 0.0)
    runs = list(_words(logits.argmax(axis=1), _winning_probability(logits), symbols))
    words = tuple(
        Word(
            run.text, round(run.start * FRAME_SECONDS, 2), round(run.end * FRAME_SECONDS, 2), float(np.mean(run.scores))
        )
        for run in runs
    )
    scores = [score for run in runs for score in run.scores]
    confidence = float(np.mean(scores)) if scores else 0.0
    return Recognition(" ".join(word.word for word in words), language, confidence, words)


def _winning_probability(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """The softmax's maximum in each frame."""
    top = logits.max(axis=1, keepdims=True)
    return np.asarray(1 / np.exp(logits - top).sum(axis=1), np.float32)


def _words(path: NDArray[np.intp], scores: NDArray[np.float32], symbols: Symbols) -> Iterator[_Run]:
    """The path's words: equal neighbours are one symbol, the separator and the end close a word."""
    word = _Run()
    previous = symbols.blank
    for frame, index in enumerate(path.tolist()):
        symbol = symbols.text[index]
        if symbol == SEPARATOR:
            if word.text:
                yield word
            word = _Run()
        elif symbol is not None:
            if not word.text:
                word.start = frame
            if index != previous:
                word.text += symbol
            word.end = frame + 1
            word.scores.append(float(scores[frame]))
        previous = index
    if word.text:
        yield word
