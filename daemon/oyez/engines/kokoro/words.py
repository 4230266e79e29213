"""Pure: which phonemes say which words, and when.

Words are those of the text as written; readers merge some ("of the") and split others, so both sides are matched by
length, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from oyez.model import SpokenWord

if TYPE_CHECKING:
    from collections.abc import Sequence

FRAME_SECONDS = 0.025
EARLY = 0.05  # seconds by which the sound runs ahead of the model's own durations: 40 to 70 ms
MOST = 4  # words that a reader merges into one, or pieces that it makes of one
_PAIRS = tuple((words, groups) for words in range(1, MOST + 1) for groups in range(1, MOST + 1) if 1 in (words, groups))
_PUNCTUATION = '.,!?;:…—“”"()'
_MARKS = "ˈˌː"  # no sound of their own
_FAR = 8  # groups that a word may be away from where the lengths of all put it


@dataclass(frozen=True, slots=True)
class Span:
    """A word, and the phonemes that say it: positions in a piece, which may be fractions where words are merged."""

    text: str
    start: float
    end: float

    def moved(self, by: float) -> Span:
        """The same, so many phonemes later."""
        return Span(self.text, self.start + by, self.end + by)


def spans(text: str, phonemes: str) -> tuple[Span, ...]:
    """The words of a text, each with the phonemes that say it, in order."""
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    groups = _groups(phonemes)
    if not words or not groups:
        return ()
    if len(words) == len(groups):
        return tuple(Span(word, *group) for word, group in zip(words, groups, strict=True))
    return tuple(_matched(words, groups, phonemes))


def spoken(words: Sequence[Span], frames: Sequence[int], skipped: float) -> tuple[SpokenWord, ...]:
    """When words are heard, in seconds from the sound that begins `skipped` seconds into the model's own.

    `frames` are those of each token, the padding at both ends included.
    """
    borders = list(accumulate(frames, initial=0))[1:]  # the first phoneme begins where the padding ends

    def second(position: float) -> float:
        whole = min(int(position), len(borders) - 2)
        within = borders[whole] + (position - whole) * (borders[whole + 1] - borders[whole])
        return max(0.0, within * FRAME_SECONDS - EARLY - skipped)

    return tuple(SpokenWord(word.text, second(word.start), second(word.end)) for word in words)


def _groups(phonemes: str) -> list[tuple[int, int]]:
    """Where the phonemes between spaces are, without the punctuation around them; those that have a letter."""
    at, found = 0, []
    for group in phonemes.split(" "):
        start, end = at + len(group) - len(group.lstrip(_PUNCTUATION)), at + len(group.rstrip(_PUNCTUATION))
        if start < end:
            found.append((start, end))
        at += len(group) + 1
    return found


def _matched(words: list[str], groups: list[tuple[int, int]], phonemes: str) -> list[Span]:
    """Spans of words that don't have one group each: the pairing in order whose lengths differ least."""
    sounds = [sum(sign not in _MARKS for sign in phonemes[start:end]) for start, end in groups]
    path = _cheapest(list(map(len, words)), sounds) or [(len(words), len(groups))]
    found: list[Span] = []
    word, group = 0, 0
    for some_words, some_groups in path:
        start, end = groups[group][0], groups[group + some_groups - 1][1]
        found += _shared(words[word : word + some_words], start, end)
        word, group = word + some_words, group + some_groups
    return found


def _shared(words: list[str], start: float, end: float) -> list[Span]:
    """Words that share a span, in proportion to their lengths."""
    total = sum(map(len, words))
    borders = [start + (end - start) * letters / total for letters in accumulate(map(len, words), initial=0)]
    return [Span(word, *borders) for word, borders in zip(words, pairwise(borders), strict=True)]


def _cheapest(words: list[int], groups: list[int]) -> list[tuple[int, int]] | None:
    """How many words go with how many groups, step by step; None where no steps of at most MOST lead to the end."""
    letters, sounds = list(accumulate(words, initial=0)), list(accumulate(groups, initial=0))
    scale = sounds[-1] / letters[-1]
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for word in range(1, len(words) + 1):
        near = round(word * len(groups) / len(words))
        for group in range(max(1, near - _FAR), min(len(groups), near + _FAR) + 1):
            ways = []
            for a, b in _PAIRS:
                if before := best.get((word - a, group - b)):
                    off = abs((letters[word] - letters[word - a]) * scale - (sounds[group] - sounds[group - b]))
                    ways.append((before[0] + off + a + b - 2, (a, b)))
            if ways:
                best[word, group] = min(ways)
    return _way_back(best, (len(words), len(groups)))


def _way_back(
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]], end: tuple[int, int]
) -> list[tuple[int, int]] | None:
    if end not in best:
        return None
    steps, at = [], end
    while at != (0, 0):
        step = best[at][1]
        steps.append(step)
        at = (at[0] - step[0], at[1] - step[1])
    return steps[::-1]
