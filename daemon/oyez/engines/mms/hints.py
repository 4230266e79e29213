"""Scorers of what a house expects to hear: its hot words, and a list of the words that there are. Pure.

Hot words are found by an automaton (Aho-Corasick): each letter that goes on with a phrase gains credit, so that a
phrase survives in the beam before it is whole; when it breaks off, the credit is taken back, but for what was said in
full. Only whole words count: a phrase begins and ends at a separator.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from oyez.engines.mms.symbols import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Word = tuple[str, ...]  # in the symbols of a vocabulary

CREDIT = 1.0  # nats for each letter of a hot word of weight 1
UNLISTED = 6.0  # nats that a word costs which isn't in the house's list of words,
UNTAUGHT = 30.0  # or in that of all words which a small model was ever taught: it can't hear others


class _Trie:
    """Sequences of symbols as a tree; node 0 is the root."""

    def __init__(self) -> None:
        self.children: list[dict[str, int]] = [{}]

    def add(self, sequence: Iterable[str]) -> list[int]:
        """The nodes along a sequence, the root not among them."""
        path, node = [], 0
        for symbol in sequence:
            if symbol not in self.children[node]:
                self.children[node][symbol] = len(self.children)
                self.children.append({})
            node = self.children[node][symbol]
            path.append(node)
        return path


class HotWords:
    """Phrases that are more likely than others; `phrases` maps their words to weights (1 is usual, 0 is none).

    `separated` tells whether the script parts words; where it doesn't, phrases are found anywhere.
    """

    def __init__(self, phrases: Mapping[tuple[Word, ...], float], *, separated: bool = True) -> None:
        self._trie = _Trie()
        self._edge = (SEPARATOR,) if separated else ()
        self._credit = [0.0]  # of a node: what its letters gained
        whole = [0.0]  # of a node: what stays when the phrase that ends here is said
        for words, weight in phrases.items():
            sequence = [*self._edge, *(symbol for word in words for symbol in (*word, *self._edge))]
            path = self._trie.add(sequence)
            new = len(self._trie.children) - len(whole)
            self._credit += [0.0] * new
            whole += [0.0] * new
            gained = 0.0
            for node, symbol in zip(path, sequence, strict=True):
                gained += CREDIT * weight * (symbol != SEPARATOR)
                self._credit[node] = max(self._credit[node], gained)
            whole[path[-1]] = max(whole[path[-1]], gained)
            self._credit[path[-1]] = whole[path[-1]]
        self._link(whole)
        self._steps: dict[tuple[int, str], tuple[int, float]] = {}
        self.start = self._trie.children[0].get(SEPARATOR, 0) if separated else 0

    def step(self, state: int, symbol: str) -> tuple[int, float]:
        """See Scorer."""
        if (known := self._steps.get((state, symbol))) is None:
            known = self._steps[state, symbol] = self._step(state, symbol)
        return known

    def end(self, state: int) -> float:
        """See Scorer: a phrase may end with the text; one that isn't whole loses its credit."""
        gain = 0.0
        for symbol in self._edge:
            state, gain = self.step(state, symbol)
        return gain - self._held[state] + self._kept[state]

    def _step(self, state: int, symbol: str) -> tuple[int, float]:
        children = self._trie.children
        node = state
        while node and symbol not in children[node]:
            node = self._fail[node]
        after = children[node].get(symbol, 0)
        if node == state and after:
            return after, self._held[after] - self._held[state]
        before = self._held[state] - self._kept[state]  # what was given in advance
        return after, self._held[after] - self._kept[node] * bool(after) - before

    def _link(self, whole: list[float]) -> None:
        """For every node: its longest suffix in the tree, what is held while there, and what of it is kept for good."""
        count = len(self._trie.children)
        self._fail = [0] * count
        said = list(whole)  # the best phrase that ends here, also as a suffix
        self._kept, self._held = [0.0] * count, [0.0] * count
        waiting = deque((0, symbol, child) for symbol, child in self._trie.children[0].items())
        while waiting:
            parent, symbol, node = waiting.popleft()
            if parent:
                link = self._fail[parent]
                while link and symbol not in self._trie.children[link]:
                    link = self._fail[link]
                self._fail[node] = self._trie.children[link].get(symbol, 0)
            said[node] = max(said[node], said[self._fail[node]])
            self._kept[node] = max(self._kept[parent], said[node])
            self._held[node] = max(self._credit[node], self._kept[node])
            waiting.extend((node, further, child) for further, child in self._trie.children[node].items())


class WordList:
    """The words that there are: any other costs `cost` nats, as soon as it is clear that it is another."""

    def __init__(self, words: Iterable[Word], cost: float) -> None:
        self._trie = _Trie()
        self._ends = {path[-1] for word in words if (path := self._trie.add(word))}
        self._cost = cost
        self.start: int | None = 0  # None: within a word that isn't listed

    def step(self, state: int | None, symbol: str) -> tuple[int | None, float]:
        """See Scorer."""
        if symbol == SEPARATOR:
            return 0, self.end(state)
        if state is None:
            return None, 0.0
        after = self._trie.children[state].get(symbol)
        return after, -self._cost if after is None else 0.0

    def end(self, state: int | None) -> float:
        """See Scorer."""
        return 0.0 if state in (None, 0) or state in self._ends else -self._cost
