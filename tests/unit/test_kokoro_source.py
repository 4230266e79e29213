"""The cycles of a voice: the same for a step in whichever window it is made, exact however long a sentence is."""

from __future__ import annotations

import numpy as np
import pytest

from oyez.engines.kokoro.source import VOICED, Source
from oyez.engines.kokoro.windows import STEP, STEP_SECONDS


def pitch(*hertz):
    return np.float32(hertz).reshape(1, 1, -1)


def turns(told):
    """The part of a cycle at each sample, as harmonics.py makes it."""
    begin, cycles = told["cycles"][0].T
    along = (np.arange(STEP) + 0.5) / STEP
    return (begin[:, None] + cycles[:, None] * along).ravel()[STEP // 2 : -STEP // 2] % 1


def test_a_steady_voice_turns_evenly():
    told = Source(pitch(*[200.0] * 40)).window(1, 39)
    steps = np.diff(turns(told)) % 1
    np.testing.assert_allclose(steps, 200 / 24_000, atol=1e-6)


def test_a_window_is_told_what_the_whole_is_told():
    source = Source(np.random.default_rng(7).uniform(60, 400, (1, 1, 90)).astype(np.float32))
    whole, window = source.window(0, 90), source.window(30, 52)
    np.testing.assert_array_equal(window["cycles"], whole["cycles"][:, 30:53])
    np.testing.assert_array_equal(window["voicing"], whole["voicing"][:, :, 30:52])
    assert window["cycles"].dtype == window["voicing"].dtype == np.float32


def test_after_minutes_cycles_are_counted_as_well_as_at_the_beginning():
    steps = round(300 / STEP_SECONDS)
    told = Source(np.full((1, 1, steps), 123.4, np.float32)).window(steps - 1, steps)
    begin = told["cycles"][0, 0, 0]
    assert begin == pytest.approx(float(np.float32(123.4)) * (steps - 1) * STEP_SECONDS % 1, abs=1e-6)


def test_where_there_is_no_pitch_there_is_no_voice():
    told = Source(pitch(0.0, VOICED, VOICED + 1, 200.0)).window(0, 4)
    assert told["voicing"].ravel().tolist() == [0, 0, 1, 1]


def test_before_the_first_middle_and_after_the_last_the_phase_stands():
    told = Source(pitch(100.0, 100.0)).window(0, 2)
    assert told["cycles"].shape == (1, 3, 2)
    assert told["cycles"][0, [0, 2], 1].tolist() == [0, 0]
