"""Pure: how loud sound is, by ITU-R BS.1770 as EBU R 128 wants it: integrated, gated; of one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from oyez.model import Samples

TARGET = -24.0  # LUFS: what leaves every voice its peaks, and what broadcasting has (ATSC A/85; EBU: -23)
BLOCK, STEP = 0.4, 0.1  # seconds: what is measured at once, and from one to the next
SILENT = -70.0  # LUFS: the absolute gate
SOFTER = 10.0  # LU below the mean of what isn't silent: the relative gate
OFFSET = -0.691  # dB: what the filters add at 1 kHz
# The filters at 48 kHz, as the standard has them: numerators and denominators in z^-1. The shelf is a head's.
FILTERS = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def loudness(samples: Samples, rate: int) -> float:
    """Loudness in LUFS; -inf for silence. What is shorter than a block is measured whole."""
    power = _blocks(_heard(samples, rate) ** 2, rate) if len(samples) else np.empty(0)
    power = power[_lufs(power) > SILENT]
    if not len(power):
        return -np.inf
    return float(_lufs(power[_lufs(power) > _lufs(power.mean()) - SOFTER].mean()))


def _heard(samples: Samples, rate: int) -> NDArray[np.float64]:
    """As an ear weighs it. Phases don't matter to power, so the filters' response is all that is needed of them."""
    delay = np.exp(-2j * np.pi * np.fft.rfftfreq(len(samples), 1 / rate) / 48_000)
    response = np.ones(len(delay))
    for above, below in FILTERS:
        response *= np.abs(np.polyval(above[::-1], delay) / np.polyval(below[::-1], delay))
    return np.fft.irfft(np.fft.rfft(samples) * response, len(samples))


def _blocks(power: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    length = min(round(BLOCK * rate), len(power))
    total = np.concatenate(([0.0], np.cumsum(power)))
    starts = np.arange(0, len(power) - length + 1, round(STEP * rate))
    return (total[starts + length] - total[starts]) / length


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(OFFSET + 10 * np.log10(np.maximum(power, 1e-12)))
