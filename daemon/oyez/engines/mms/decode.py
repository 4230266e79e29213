"""From logits to words with times and confidences: greedy, or by beam search where something is known beforehand.

The probability of a word is the mean, over the frames in which one of its symbols is on the path, of that symbol's
probability; frames of blank and of separators don't count, or long silences would make everything certain. Calibrated,
it is the word's confidence; an utterance's is the mean of its words': the share of them that should be right.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.mms.align import align
from oyez.engines.mms.beam import Search
from oyez.engines.mms.confidence import RAW, Calibration
from oyez.engines.mms.symbols import SEPARATOR, Symbols
from oyez.model import HEARD_RATE, Recognition, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from oyez.engines.mms.beam import Scorer

FRAME_SECONDS = 320 / HEARD_RATE  # the product of the convolutions' strides, in samples
SECOND = 50  # frames
LONGEST = 1500  # frames (30 s) of one search: longer audio is parted, and has no alternatives


@dataclass(slots=True)
class _Run:
    """Symbols of one word so far, first and end frame, the probabilities of those on the path."""

    text: str = ""
    start: int = 0
    end: int = 0
    scores: list[float] = field(default_factory=list)

    def later(self, frames: int) -> _Run:
        """The same, so many frames later."""
        return replace(self, start=self.start + frames, end=self.end + frames)


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads one language's logits [frames, symbols]; the calibration is the model's."""

    symbols: Symbols
    language: str
    calibration: Calibration = RAW

    def greedy(self, logits: NDArray[np.float32]) -> Recognition:
        """The likeliest symbol of each frame. No frames or only blanks give an empty Recognition."""
        probabilities = softmax(logits)
        return self._recognition(_runs(probabilities, probabilities.argmax(axis=1), self.symbols))

    def search(
        self, logits: NDArray[np.float32], scorers: Sequence[Scorer], *,
        width: int, n_best: int = 1, check: Callable[[], None] = lambda: None,
    ) -> Recognition:  # fmt: skip
        """The text that scorers and logits together favour most; `width` prefixes are kept in the search.

        `n_best` above 1 adds the next best as alternatives, best first. `check` is called for each second of audio, and
        may raise to end the search.
        """
        probabilities = softmax(logits)
        readings: list[list[_Run]] = [[]]
        for start, end in pieces(probabilities, self.symbols):
            part = probabilities[start:end]
            search = Search(self.symbols, scorers, width)
            for second in range(0, len(part), SECOND):
                check()
                search.feed(part[second : second + SECOND])
            paths = [align(part, one.indices, self.symbols) for one in search.best(n_best)]
            first, *others = ([run.later(start) for run in _runs(part, path, self.symbols)] for path in paths)
            readings = [readings[0] + first, *others]
        whole = len(logits) <= LONGEST
        best, *rest = (self._recognition(runs) for runs in readings)
        return replace(best, alternatives=tuple(rest) if whole else ())

    def _recognition(self, runs: Iterable[_Run]) -> Recognition:
        words = tuple(self._word(run) for run in runs)
        confidence = float(np.mean([word.confidence for word in words])) if words else 0.0
        return Recognition(" ".join(word.word for word in words), self.language, confidence, words)

    def _word(self, run: _Run) -> Word:
        start, end = (round(frame * FRAME_SECONDS, 2) for frame in (run.start, run.end))
        return Word(run.text, start, end, self.calibration(float(np.mean(run.scores))))


def pieces(scores: NDArray[np.float32], symbols: Symbols, longest: int = LONGEST) -> Iterator[tuple[int, int]]:
    """Part frames, logits or probabilities, into ranges of at most `longest`.

    Each is cut in the longest pause of the range's second half: between two words, where the script parts them.
    """
    likeliest = scores.argmax(axis=1) if len(scores) else np.zeros(0, np.intp)
    silent, gaps = ~symbols.letters[likeliest], likeliest == symbols.separator
    start = 0
    while len(scores) - start > longest:
        second_half = slice(start + longest // 2, start + longest)
        cut = start + longest // 2 + _pause(silent[second_half], gaps[second_half])
        yield start, cut
        start = cut
    if start < len(scores):
        yield start, len(scores)


def _pause(silent: NDArray[np.bool_], gaps: NDArray[np.bool_]) -> int:
    """The middle of the longest run of silent frames, of those with a gap in them if there are any; else the end."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
    if not runs:
        return len(silent)
    start, end = max((run for run in runs if gaps[slice(*run)].any()), key=_length, default=max(runs, key=_length))
    return max(1, (start + end) // 2)


def _length(run: tuple[int, int]) -> int:
    return run[1] - run[0]


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits [frames, symbols] as probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def _runs(probabilities: NDArray[np.float32], path: NDArray[np.intp], symbols: Symbols) -> Iterator[_Run]:
    """The path's words: equal neighbours are one symbol, the separator and the end close a word."""
    scores = probabilities[np.arange(len(path)), path]
    word = _Run()
    previous = symbols.blank
    for frame, (index, score) in enumerate(zip(path.tolist(), scores.tolist(), strict=True)):
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
            word.scores.append(score)
        previous = index
    if word.text:
        yield word
