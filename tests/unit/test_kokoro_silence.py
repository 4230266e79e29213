"""Silence around speech is cut to what belongs there; nothing audible is."""

from __future__ import annotations

import numpy as np
import pytest

from oyez.engines.kokoro.synthesiser import LEAD, TAIL, trim
from oyez.model import SPEECH_RATE


def tone(seconds: float) -> np.ndarray:
    return np.full(round(seconds * SPEECH_RATE), 0.5, dtype=np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.full(round(seconds * SPEECH_RATE), 1e-6, dtype=np.float32)


@pytest.mark.parametrize(("before", "after"), [(0.4, 0.6), (0.0, 0.0), (0.01, 2.0)])
def test_a_piece_has_the_same_lead_and_tail_whatever_the_model_made(before, after):
    trimmed = trim(np.concatenate([silence(before), tone(0.5), silence(after)]))
    assert len(trimmed) == round((LEAD + 0.5 + TAIL) * SPEECH_RATE)
    assert np.flatnonzero(trimmed == 0.5)[0] == round(LEAD * SPEECH_RATE)


def test_a_faint_ending_is_kept():
    trimmed = trim(np.concatenate([tone(0.2), tone(0.2) * 0.01, silence(1)]))
    assert len(trimmed) == round((LEAD + 0.4 + TAIL) * SPEECH_RATE)


def test_silence_alone_is_nothing():
    assert len(trim(np.zeros(1000, dtype=np.float32))) == 0
    assert len(trim(np.zeros(0, dtype=np.float32))) == 0
