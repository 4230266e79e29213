"""Where in the audio a known text was said: forced alignment by Viterbi's algorithm. Pure numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from oyez.engines.mms.symbols import Symbols

LEAST = 1e-30


def align(probabilities: NDArray[np.float32], indices: Sequence[int], symbols: Symbols) -> NDArray[np.intp]:
    """The likeliest path [frames] of probabilities [frames, symbols] that writes the indices: an index or the blank.

    There must be a frame for each index, and one more for each that equals the one before it.
    """
    logs = np.log(np.maximum(probabilities, LEAST))
    logs[:, symbols.blank] = np.log(np.maximum(probabilities[:, symbols.silent].sum(axis=1), LEAST))
    states = np.full(2 * len(indices) + 1, symbols.blank, np.intp)  # blank, symbol, blank, ..., symbol, blank
    states[1::2] = indices
    return states[_path(logs[:, states], _skippable(states))]


def _skippable(states: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which states may follow the last but one: a symbol after another symbol, without a blank between."""
    found = np.zeros(len(states), bool)
    found[3::2] = states[3::2] != states[1:-2:2]
    return found


def _path(emitted: NDArray[np.float32], skippable: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The best way [frames] through states whose log probabilities are `emitted` [frames, states]."""
    frames, count = emitted.shape
    came_from = np.zeros((frames, count), np.int8)  # states back: 0 stayed, 1 from the one before, 2 skipped the blank
    score = np.full(count, -np.inf)
    score[:2] = emitted[0, :2]
    everyone = np.arange(count)
    ways = np.full((3, count), -np.inf)
    for frame in range(1, frames):
        ways[0], ways[1, 1:] = score, score[:-1]
        ways[2, 2:] = np.where(skippable[2:], score[:-2], -np.inf)
        came_from[frame] = ways.argmax(axis=0)
        score = ways[came_from[frame], everyone] + emitted[frame]
    state = count - 1 if count < 2 or score[-1] >= score[-2] else count - 2  # noqa: PLR2004 - the last blank or symbol
    path = np.empty(frames, np.intp)
    for frame in range(frames - 1, -1, -1):
        path[frame] = state
        state -= int(came_from[frame, state])
    return path
