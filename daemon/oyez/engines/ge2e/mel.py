"""Mel spectrograms as GE2E's encoder was trained on: 40 bands of power, 100 frames a second. Pure numpy.

The filters are those of Slaney's Auditory Toolbox, each of unit area, as `librosa.feature.melspectrogram` makes them.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from oyez.model import Samples

Mel: TypeAlias = NDArray[np.float32]  # [frames, BANDS]

BANDS = 40
WINDOW = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
LINEAR = 200 / 3  # Hz a mel, up to the break
BREAK = 1000.0  # Hz; above it a mel is a constant ratio
RATIO = np.log(6.4) / 27


def frames(samples: Samples) -> NDArray[np.float32]:
    """The samples around every 10 ms, from the first on [frames, WINDOW]; silence is beyond both ends."""
    padded = np.pad(samples, WINDOW // 2)
    return np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]


def spectrogram(samples: Samples) -> Mel:
    """Power in each band, of each of the frames."""
    power = np.abs(np.fft.rfft(frames(samples) * _hann(), axis=1)) ** 2
    return np.asarray(power @ filters().T, np.float32)


@functools.cache
def filters() -> NDArray[np.float64]:
    """The triangles [BANDS, WINDOW // 2 + 1]."""
    edges = _hertz(np.linspace(0, _mels(HEARD_RATE / 2), BANDS + 2))
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins = np.fft.rfftfreq(WINDOW, 1 / HEARD_RATE)
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low))


@functools.cache
def _hann() -> NDArray[np.float64]:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW))


def _mels(hertz: float) -> float:
    return hertz / LINEAR if hertz < BREAK else BREAK / LINEAR + float(np.log(hertz / BREAK)) / RATIO


def _hertz(mels: NDArray[Any]) -> NDArray[Any]:
    above = mels - BREAK / LINEAR
    return np.where(above < 0, mels * LINEAR, BREAK * np.exp(RATIO * above))
