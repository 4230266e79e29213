"""Whether a prepared model computes what its checkpoint says: both hear one second, and their logits are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.mms.recogniser import Recogniser, normalise
from oyez.engines.mms.reference import Reference
from oyez.engines.mms.source import read_adapter
from oyez.errors import ModelDamaged
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.engines.mms.prepared import Prepared
    from oyez.engines.mms.source import Source
    from oyez.engines.mms.tensors import Array
    from oyez.model import Samples

# How far the difference must lie under the logits, in dB. A wrong graph is near 0, and so is int8 that saturates;
# float32 has more than 100, int8 between 20 and 45.
LEAST = {"float32": 60.0, "int8": 10.0, "int7": 10.0}


def prove(prepared: Prepared, source: Source, language: str, progress: Callable[[float], None]) -> dict[str, float]:
    """Compare a prepared folder with its source: `snr_db`, and `same_symbol`, the share of frames that agree.

    Takes some seconds for a billion parameters, and the memory that recognition takes. Raises ModelDamaged when they
    differ by more than quantisation explains.
    """
    samples, least = probe(), LEAST[prepared.weights]
    adapter, _ = read_adapter(source.folder, language, source.architecture)
    expected = Reference(source.architecture, source.checkpoint, adapter).logits(normalise(samples), progress)
    found = Recogniser(prepared.folder).logits(samples, language)
    distance = _decibels(expected, found)
    if not distance >= least:  # nor for weights that aren't numbers
        raise ModelDamaged(
            f"{source.folder}: what was made of it doesn't compute what its weights say: {distance:.0f} dB apart, "
            f"at least {least:.0f} expected",
            hint="the weights may be damaged: compare their SHA-256 with the hub's, and fetch them again",
        )
    return {"snr_db": round(distance, 1), "same_symbol": round(_agreement(expected, found), 3)}


def probe() -> Samples:
    """One second that is something like a vowel, gliding, in a little noise; always the same."""
    time = np.arange(HEARD_RATE) / HEARD_RATE
    pitch = 120 + 20 * np.sin(4 * np.pi * time)
    phase = 2 * np.pi * np.cumsum(pitch) / HEARD_RATE
    formants = (500 + 200 * np.cos(6 * np.pi * time), 1500 + 500 * np.sin(3 * np.pi * time))
    voice = np.zeros_like(time)
    for harmonic in range(1, 25):
        near = sum(np.exp(-np.square((harmonic * pitch - formant) / 200)) for formant in formants)
        voice += near * np.sin(harmonic * phase)
    loud = voice * np.square(np.sin(4 * np.pi * time))
    return np.asarray(0.1 * loud + 0.002 * np.random.default_rng(0).standard_normal(len(time)), np.float32)


def _agreement(expected: Array, found: Array) -> float:
    return float((expected.argmax(axis=1) == found.argmax(axis=1)).mean())


def _decibels(expected: Array, found: Array) -> float:
    signal, noise = (float(np.square(x, dtype=np.float64).mean()) for x in (expected, found - expected))
    return float(10 * np.log10(signal / max(noise, signal * 1e-15))) if signal > 0 else float("nan")
