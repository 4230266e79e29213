"""Loudness is what ITU-R BS.1770 says it is: its own calibration, and cases like those of EBU Tech 3341."""

from __future__ import annotations

import numpy as np
import pytest

from oyez.engines.loudness import loudness


def tone(decibels: float, seconds: float, rate: int = 48_000, frequency: float = 997.0):
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (decibels / 20) * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_a_full_tone_of_997_hz_is_calibrated_at_any_rate(rate):
    assert loudness(tone(0, 3, rate), rate) == pytest.approx(-3.01, abs=0.01)


@pytest.mark.parametrize(
    ("frequency", "weight"), [(31.5, -8.48), (100, -1.82), (500, -0.65), (2_000, 2.38), (8_000, 3.35)]
)  # against 997 Hz, as scipy.signal.freqz has the standard's filters
def test_high_tones_count_more_and_low_ones_less(frequency, weight):
    assert loudness(tone(-20, 3, frequency=frequency), 48_000) + 23.01 == pytest.approx(weight, abs=0.05)


def test_what_is_far_softer_than_the_rest_does_not_count():
    steps = np.concatenate([tone(-36, 10), tone(-20, 20), tone(-36, 10), tone(-80, 10), np.zeros(480_000, np.float32)])
    assert loudness(steps, 48_000) == pytest.approx(-23.0, abs=0.1)


def test_what_is_a_little_softer_does():
    steps = np.concatenate([tone(-26, 20), tone(-20, 20)])
    assert loudness(steps, 48_000) == pytest.approx(-23.01 - 2.04, abs=0.1)


@pytest.mark.parametrize("samples", [0, 1, 20_000])
def test_silence_has_no_loudness(samples):
    assert loudness(np.zeros(samples, np.float32), 48_000) == -np.inf
