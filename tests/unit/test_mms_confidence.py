"""Confidences that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.mms.align import align
from oyez.engines.mms.confidence import RAW, Calibration, fit
from oyez.engines.mms.symbols import Symbols

SYMBOLS = Symbols.from_vocabulary({"<pad>": 0, "|": 1, "a": 2, "b": 3, "<s>": 4}, 5, 0)


def test_a_fit_finds_how_much_too_sure_a_model_is():
    random = np.random.default_rng(0)
    true = random.uniform(0.05, 0.95, 20_000)
    told = Calibration(2.0, 1.0)
    sure = np.array([told(one) for one in true])
    back = fit(sure, random.uniform(size=len(true)) < true)
    assert (back.slope, back.shift) == (pytest.approx(0.5, abs=0.03), pytest.approx(-0.5, abs=0.04))


def test_words_that_are_all_right_have_a_fit_too():
    found = fit(np.array([0.5, 0.9]), np.array([True, True]))
    assert found(0.9) > 0.95


@given(st.floats(0, 1), st.floats(0.1, 3), st.floats(-3, 3))
def test_a_confidence_is_a_probability_and_keeps_the_order(probability, slope, shift):
    calibration = Calibration(slope, shift)
    assert 0 <= calibration(probability) <= 1
    assert calibration(probability) <= calibration(min(1.0, probability + 0.1)) + 1e-12


def test_a_model_that_nobody_fitted_has_its_own_probabilities():
    assert Calibration.of("somebody's model") == RAW
    assert RAW(0.37) == pytest.approx(0.37)


def test_the_bundled_model_is_fitted_for_free_speech_and_for_listed_words():
    assert RAW not in (Calibration.of("mms-mini"), Calibration.of("mms-mini", listed=True))


@pytest.mark.parametrize(
    ("indices", "path"),
    [
        ([], [0, 0, 0, 0]),
        ([2], [0, 2, 2, 0]),
        ([2, 2], [0, 2, 0, 2]),
        ([2, 3], [0, 2, 2, 3]),
        ([2, 1, 3, 2], [2, 1, 3, 2]),
    ],
)
def test_a_text_is_found_on_the_frames_that_fit_it_best(indices, path):
    frames = np.full((4, 5), 0.05, np.float32)
    frames[np.arange(4), path] = 0.8
    assert align(frames, indices, SYMBOLS).tolist() == path


def test_frames_of_other_silent_symbols_count_as_blank():
    frames = np.full((3, 5), 0.05, np.float32)
    frames[[0, 1, 2], [4, 2, 4]] = 0.8
    assert align(frames, [2], SYMBOLS).tolist() == [0, 2, 0]
