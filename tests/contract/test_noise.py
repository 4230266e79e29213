"""Noise suppression, as it is."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from oyez.engines.noise import WebrtcDenoiser, installed
from oyez.errors import ModelMissing
from oyez.model import FRAME_SAMPLES, HEARD_RATE

SPEECH = Path(__file__).parents[1] / "data" / "vad" / "speech.flac"


def cleaned(samples, level):
    """All of it, frame by frame, as a room does it."""
    denoiser = WebrtcDenoiser(level)
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].astype(np.float32)
    return np.concatenate([denoiser.clean(frame) for frame in whole.reshape(-1, FRAME_SAMPLES)])


def decibels(samples):
    return 20 * np.log10(np.sqrt(np.mean(np.square(samples))))


def test_steady_noise_is_taken_away_the_more_the_higher_the_level():
    noise = 0.03 * np.random.default_rng(1).standard_normal(4 * HEARD_RATE)
    levels = [decibels(cleaned(noise, level)[2 * HEARD_RATE :]) for level in (1, 2, 3, 4)]
    assert decibels(noise) - levels[0] > 5
    assert sorted(levels, reverse=True) == levels
    assert decibels(noise) - levels[-1] > 15


def test_speech_stays_at_the_place_and_as_loud_as_it_was():
    speech, _ = soundfile.read(SPEECH, dtype="float32", stop=4 * HEARD_RATE)
    told = cleaned(speech, 2)
    assert (told.dtype, len(told)) == (np.float32, len(speech) // FRAME_SAMPLES * FRAME_SAMPLES)
    assert np.abs(told).max() <= 1.0
    assert decibels(told) == pytest.approx(decibels(speech), abs=3)
    lag = np.argmax(np.correlate(told, speech[: len(told)], "same")) - len(told) // 2
    assert 0 <= lag < FRAME_SAMPLES


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch):
    assert installed()
    monkeypatch.setitem(sys.modules, "webrtc_noise_gain", None)
    with pytest.raises(ModelMissing) as caught:
        WebrtcDenoiser(1)
    assert "oyez[noise]" in caught.value.hint
