"""Which of several languages was spoken: the one whose text explains most surely what was heard. Pure.

All languages share one trunk, so that the probabilities of their letters compare. What counts is the path that writes
the text as it was read with all that is expected (words, hot words, n-grams), whose costs themselves don't count; in
the frames that have a letter on it, or would have one if every frame were read by itself: a sound that the text leaves
out speaks against it. Other frames say nothing, in any language.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.mms.align import LEAST, align
from oyez.engines.mms.decode import softmax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from oyez.engines.mms.symbols import Symbols
    from oyez.model import Recognition

SHARPNESS = 0.3  # on mms-mini, clean and in noise: neighbouring frames say the same twice


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for a language: mean log probability, in nats (0 is certain), of the frames that count."""

    mean: float
    frames: int


NONE = Evidence(-10.0, 0)  # no letters at all


def evidence(logits: NDArray[np.float32], symbols: Symbols, text: str) -> Evidence:
    """What logits [frames, symbols] say for a language in which they were read as `text`."""
    probabilities = softmax(logits)
    if not text or not len(probabilities):
        return NONE
    written = align(probabilities, _indices(text, symbols), symbols)
    counts = symbols.letters[written] | symbols.letters[probabilities.argmax(axis=1)]
    likely = probabilities[np.arange(len(written)), written][counts]
    return Evidence(float(np.log(np.maximum(likely, LEAST)).mean()), int(counts.sum())) if len(likely) else NONE


def choose(heard: Sequence[tuple[Recognition, Evidence]]) -> Recognition:
    """The recognition in the likeliest language, and how sure that is; the first where nothing speaks for any."""
    means = np.array([one.mean for _, one in heard], np.float32)
    frames = max(one.frames for _, one in heard)
    shares = softmax(np.float32(SHARPNESS * frames) * means[None])[0]
    best = int(np.argmax(means))
    return replace(heard[best][0], language_confidence=float(shares[best]))


def _indices(text: str, symbols: Symbols) -> list[int]:
    index = {symbol: number for number, symbol in enumerate(symbols.text) if symbol}
    gap = [] if symbols.separator is None else [symbols.separator]
    found = [number for word in symbols.spell(text) for number in (*gap, *(index[symbol] for symbol in word))]
    return found[len(gap) :]
