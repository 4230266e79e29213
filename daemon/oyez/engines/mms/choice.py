"""Which of several languages was spoken: the one whose letters are heard most surely. Pure.

All languages share one trunk, so that the probabilities of their letters compare. Two paths tell: the likeliest letters
frame by frame, and those that write what was read with all that is expected (words, hot words, n-grams), whose costs
themselves don't count. Frames between letters say nothing, in any language.
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

SHARPNESS = 0.7  # fitted on mms-mini (benchmarks.languages), clean and in noise: neighbouring frames say the same twice
NOTHING = -10.0  # nats: no letters at all


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much speaks for a language: nats for each frame of a letter (0 is certain), and the number of those."""

    mean: float
    frames: int


def evidence(logits: NDArray[np.float32], symbols: Symbols, text: str) -> Evidence:
    """What logits [frames, symbols] say for a language in which they were read as `text`."""
    probabilities = softmax(logits)
    if not text or not len(probabilities):
        return Evidence(NOTHING, 0)
    likeliest = probabilities.argmax(axis=1)
    written = align(probabilities, _indices(text, symbols), symbols)
    means = [_mean(probabilities, path, symbols) for path in (likeliest, written)]
    return Evidence(sum(means) / 2, int(symbols.letters[likeliest].sum()))


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


def _mean(probabilities: NDArray[np.float32], path: NDArray[np.intp], symbols: Symbols) -> float:
    letters = symbols.letters[path]
    likely = probabilities[np.arange(len(path)), path][letters]
    return float(np.log(np.maximum(likely, LEAST)).mean()) if len(likely) else NOTHING
