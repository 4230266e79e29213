"""CTC prefix beam search: the likeliest texts of a piece of audio, given what is known of what may be said. Pure.

A prefix is a text so far. Its probability is the sum over all paths that write it, kept apart by whether the path ends
in a blank, since a symbol that comes twice needs one between. On it come the gains of scorers (hot words, a list of
words, an n-gram model), which depend on the text only and so are asked once for each prefix.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from oyez.engines.mms.symbols import Symbols

LEAST = 1e-4  # probability below which a symbol isn't tried in a frame
FAR = 1e-7  # a prefix that is so much less likely than the best isn't extended
LOWEST = 1e-300  # probabilities are scaled in each frame; this keeps the logarithm of a lost one finite


class Scorer(Protocol):
    """What is known beforehand of what may be said: gains in nats, as the symbols of a text come one by one."""

    @property
    def start(self) -> Any:
        """The state before the first symbol."""
        ...

    def step(self, state: Any, symbol: str) -> tuple[Any, float]:
        """The state after one more symbol (`|` ends a word), and what it gains or costs."""
        ...

    def end(self, state: Any) -> float:
        """What it gains or costs that the text ends here."""
        ...


class Hypothesis(NamedTuple):
    """A text as indices of the vocabulary, and how much speaks for it, in nats: comparable within one search."""

    indices: tuple[int, ...]
    score: float


@dataclass(slots=True, eq=False)
class _Prefix:
    """A text, by its last symbol and what comes before; `key` stands for the whole of it."""

    parent: _Prefix | None
    index: int
    key: int
    states: tuple[Any, ...]
    bonus: float
    blank: float = 0.0  # probability of the paths that end in a blank
    symbol: float = 0.0  # and of those that end in its last symbol
    next_blank: float = 0.0
    next_symbol: float = 0.0

    @property
    def rank(self) -> float:
        return math.log(self.blank + self.symbol + LOWEST) + self.bonus

    def indices(self) -> tuple[int, ...]:
        found: list[int] = []
        prefix = self
        while prefix.parent is not None:
            found.append(prefix.index)
            prefix = prefix.parent
        return tuple(reversed(found))


class Search:
    """One search: feed it probabilities [frames, symbols] in order, then ask for the best texts."""

    def __init__(self, symbols: Symbols, scorers: Sequence[Scorer], width: int) -> None:
        self._symbols = symbols
        self._scorers = scorers
        self._width = width
        root = _Prefix(None, -1, 0, tuple(scorer.start for scorer in scorers), 0.0, blank=1.0)
        self._beams = [root]

    def feed(self, probabilities: NDArray[np.float32]) -> None:
        """Go on with the next frames."""
        for blank, gap, letters in _likely(probabilities, self._symbols):
            self._advance(blank, gap, letters)

    def best(self, count: int = 1) -> list[Hypothesis]:
        """The best texts that differ, best first."""
        ends = [Hypothesis(prefix.indices(), prefix.rank + self._end(prefix)) for prefix in self._beams]
        found: dict[tuple[int, ...], float] = {}
        gap = self._symbols.separator
        for indices, score in ends:
            bare = indices[:-1] if indices and indices[-1] == gap else indices
            found[bare] = float(np.logaddexp(found[bare], score)) if bare in found else score
        return [Hypothesis(*one) for one in heapq.nlargest(count, found.items(), key=lambda item: item[1])]

    def _end(self, prefix: _Prefix) -> float:
        return sum(scorer.end(state) for scorer, state in zip(self._scorers, prefix.states, strict=True))

    def _advance(self, blank: float, gap: float, letters: list[tuple[int, float]]) -> None:
        """One frame: what every prefix becomes by a blank, by its last symbol again, and by one more."""
        reached = {prefix.key: prefix for prefix in self._beams}
        floor = FAR * max(prefix.blank + prefix.symbol for prefix in self._beams)
        separator = self._symbols.separator
        for prefix in self._beams:
            total = prefix.blank + prefix.symbol
            outside = prefix.index in (-1, separator)  # between words: another separator writes nothing
            prefix.next_blank += total * (blank + gap if outside else blank)
            if total < floor:
                continue
            for index, probability in letters:
                if index == prefix.index:
                    prefix.next_symbol += prefix.symbol * probability
                    weight = prefix.blank * probability
                else:
                    weight = total * probability
                if weight > 0.0:
                    self._reach(reached, prefix, index, weight)
            if gap and separator is not None and not outside:
                self._reach(reached, prefix, separator, total * gap)
        self._beams = self._strongest(reached.values())

    def _reach(self, reached: dict[int, _Prefix], prefix: _Prefix, index: int, weight: float) -> None:
        key = hash((prefix.key, index))
        longer = reached.get(key)
        if longer is None:
            longer = reached[key] = self._extended(prefix, index, key)
        longer.next_symbol += weight

    def _extended(self, prefix: _Prefix, index: int, key: int) -> _Prefix:
        symbol = self._symbols.text[index] or ""
        bonus, states = prefix.bonus, []
        for scorer, state in zip(self._scorers, prefix.states, strict=True):
            after, gain = scorer.step(state, symbol)
            states.append(after)
            bonus += gain
        return _Prefix(prefix, index, key, tuple(states), bonus)

    def _strongest(self, prefixes: Iterable[_Prefix]) -> list[_Prefix]:
        """The `width` best, with the new probabilities in place of the old, scaled so that they don't vanish."""
        largest = LOWEST
        for prefix in prefixes:
            prefix.blank, prefix.symbol = prefix.next_blank, prefix.next_symbol
            prefix.next_blank = prefix.next_symbol = 0.0
            largest = max(largest, prefix.blank + prefix.symbol)
        for prefix in prefixes:
            prefix.blank /= largest
            prefix.symbol /= largest
        return heapq.nlargest(self._width, prefixes, key=lambda prefix: prefix.rank)


def _likely(
    probabilities: NDArray[np.float32], symbols: Symbols
) -> Iterator[tuple[float, float, list[tuple[int, float]]]]:
    """Of each frame: the probability that nothing is written, that of a separator, and the letters worth trying."""
    silent = probabilities[:, symbols.silent].sum(axis=1)
    gap = probabilities[:, symbols.separator] if symbols.separator is not None else np.zeros(len(probabilities))
    letters = np.where(symbols.letters, probabilities, 0.0)
    frames, indices = np.nonzero(letters > LEAST)
    starts = np.searchsorted(frames, np.arange(len(probabilities) + 1))
    pairs = list(zip(indices.tolist(), letters[frames, indices].tolist(), strict=True))
    for frame, (nothing, between) in enumerate(zip(silent.tolist(), gap.tolist(), strict=True)):
        yield nothing, between if between > LEAST else 0.0, pairs[starts[frame] : starts[frame + 1]]
