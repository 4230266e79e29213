"""Sounds come from one folder, by name, as speech samples; nothing else is opened."""

from __future__ import annotations

import os

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oyez.engines.loudness import TARGET, loudness
from oyez.engines.sounds import PEAK, find, read
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE


def tone(path, seconds=0.5, rate=44_100, channels=1, strength=0.5, **options):
    wave = strength * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * 440 / rate)
    soundfile.write(path, np.stack([wave] * channels, axis=1), rate, **options)
    return path


@pytest.fixture
def folder(tmp_path):
    inside = tmp_path / "sounds"
    inside.mkdir()
    tone(inside / "ding.wav")
    tone(inside / "Tür 2.flac")
    tone(tmp_path / "secret.wav")
    (inside / "out.wav").symlink_to(tmp_path / "secret.wav")
    (inside / "again.wav").symlink_to(inside / "ding.wav")
    (inside / "notes.txt").write_text("x")
    (inside / "folder.wav").mkdir()
    os.mkfifo(inside / "pipe.wav")
    return inside


@pytest.mark.parametrize(
    ("name", "file"),
    [("ding", "ding.wav"), ("ding.wav", "ding.wav"), ("Tür 2", "Tür 2.flac"), ("again", "ding.wav")],
)
def test_a_sound_is_found_by_its_name(folder, name, file):
    assert find(folder, name) == str(folder / file)


@pytest.mark.parametrize(
    "name",
    ["", "gong", "out", "../secret", "../secret.wav", "/etc/passwd", "a/../ding", "sub/ding", ".", "..", ".hidden",
     "notes.txt", "folder", "pipe", "ding\0", "ding\n", "d" * 300, "\ud800"],
)  # fmt: skip
def test_what_is_no_sound_of_the_folder_is_not_opened(folder, name):
    with pytest.raises(InvalidInput, match="isn't played"):
        find(folder, name)


@pytest.mark.parametrize(
    "name", ["https://user:secret@example.org/ding.wav", "file:///etc/passwd", "data:audio/wav;base64,UklG"]
)
def test_an_address_is_not_fetched_nor_shown(folder, name):
    with pytest.raises(InvalidInput, match="nothing is fetched") as caught:
        find(folder, name)
    assert "example" not in caught.value.message


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidInput, match="file of that name is there"):
        find(tmp_path / "missing", "ding")


@given(st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_leads_out_of_the_folder(folder, name):
    try:
        assert find(folder, name).startswith(str(folder))
    except InvalidInput:
        return


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("a.wav", {"rate": 8_000}),
        ("a.wav", {"rate": 48_000, "channels": 2}),
        ("a.flac", {}),
        ("a.ogg", {"rate": 24_000}),
        ("a.wav", {"subtype": "FLOAT"}),
    ],
)
def test_a_sound_is_speech_samples_whatever_its_format(tmp_path, file, options):
    samples = read(str(tone(tmp_path / file, **options)))
    assert samples.dtype == np.float32
    assert abs(len(samples) - 0.5 * SPEECH_RATE) <= 2
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(np.argmax(spectrum) * SPEECH_RATE / len(samples) - 440) < 3


@pytest.mark.parametrize("strength", [0.02, 0.2, 1.0])
@pytest.mark.parametrize("seconds", [0.15, 3.0])
def test_a_sound_is_as_loud_as_the_voices(tmp_path, strength, seconds):
    tone(tmp_path / "a.wav", seconds, strength=strength)
    assert loudness(read(str(tmp_path / "a.wav")), SPEECH_RATE) == pytest.approx(TARGET, abs=0.1)


def test_a_sound_is_not_made_louder_than_its_peaks_let_it_be(tmp_path):
    knock = np.zeros(2 * SPEECH_RATE)
    knock[SPEECH_RATE : SPEECH_RATE + 40] = 0.1
    soundfile.write(tmp_path / "knock.wav", knock, SPEECH_RATE)
    samples = read(str(tmp_path / "knock.wav"))
    assert np.abs(samples).max() == pytest.approx(PEAK, abs=1e-4)
    assert loudness(samples, SPEECH_RATE) < TARGET


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(SPEECH_RATE)], ids=["empty", "silent"])
def test_silence_stays_silent(tmp_path, samples):
    soundfile.write(tmp_path / "a.wav", samples, SPEECH_RATE)
    assert np.array_equal(read(str(tmp_path / "a.wav")), samples)


def test_a_broken_or_endless_sound_is_told(tmp_path):
    noise = tmp_path / "noise.wav"
    noise.write_bytes(b"RIFF nothing")
    with pytest.raises(InvalidInput, match="isn't played: it can't be read as audio"):
        read(str(noise))
    with pytest.raises(InvalidInput, match="can't be read"):
        read(str(tmp_path / "gone.wav"))
    with pytest.raises(InvalidInput, match="longer than 60 s"):
        read(str(tone(tmp_path / "long.wav", seconds=61, rate=1_000)))


def test_samples_that_are_no_numbers_are_silence(tmp_path):
    soundfile.write(tmp_path / "nan.wav", np.array([np.nan, np.inf, 9.0, 0.1]), SPEECH_RATE, subtype="FLOAT")
    samples = read(str(tmp_path / "nan.wav"))
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1.0
