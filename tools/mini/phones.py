"""Which phoneme sounds when: targets for a second head that learns beside CTC.

Kokoro tells how long it speaks each phoneme. Frame by frame that is a far richer lesson than the
text alone, the same for every language, and it keeps the lower layers from learning whole
phrases by heart. The head is thrown away after training.
"""

# ruff: noqa: RUF001 - the letters of phonetics

from __future__ import annotations

import numpy as np
import torch

from tools.mini.checkpoint import HOP

WINDOW = 400
"""Samples that one output frame sees at least: the receptive field of the convolutions."""
UNKNOWN = -100
"""No lesson here, as torch's cross entropy has it."""
SILENCE = 0
SYMBOLS = "abdefhijklmnopstuvwxzæçðŋɐɑɒɔəɚɛɜɡɣɪɲɹɾʃʊʌʎʒʝʤʧβθᵊᵻAIOQWYʔ"
CLASSES = 1 + len(SYMBOLS)
_STRESS, _LONG = "ˈˌ", "ː"
_BREAK = " .,;:!?-—"


def classes(symbols: str) -> np.ndarray:
    """Return the class of each phoneme; stress counts to the next sound, length to the last."""
    out = np.full(len(symbols), UNKNOWN, np.int16)
    for i, symbol in enumerate(symbols):
        if symbol == _LONG and i:
            out[i] = out[i - 1]
        elif symbol not in _BREAK + _STRESS:
            out[i] = 1 + SYMBOLS.find(symbol) or UNKNOWN
    for i in range(len(symbols) - 2, -1, -1):
        if symbols[i] in _STRESS:
            out[i] = out[i + 1]
    return out


def targets(
    tracks: list[tuple[np.ndarray, np.ndarray]], leads: list[int], factors: list[float], frames: int
) -> torch.Tensor:
    """Return the class of each output frame, [clips, frames].

    A track is the classes of a clip's sounds and the sample at which each ends; the clip was
    played ``factor`` times as fast and begins at sample ``lead`` of its row. Before and after it
    there is silence.
    """
    centres = np.arange(frames) * HOP + WINDOW // 2
    rows = np.full((len(tracks), frames), SILENCE, np.int64)
    for row, (sounds, ends), lead, factor in zip(rows, tracks, leads, factors, strict=True):
        at = (centres - lead) * factor
        inside = (at >= 0) & (at < ends[-1])
        row[inside] = sounds[np.searchsorted(ends, at[inside], side="right")]
    return torch.from_numpy(rows)
