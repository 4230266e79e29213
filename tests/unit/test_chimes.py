"""Sounds before and after announcements."""

import numpy as np
import pytest

from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.speak.chimes import LONGEST, TUNES, Chimes, tune


@pytest.mark.parametrize("name", TUNES)
def test_a_tune_of_ours_is_loud_enough_short_and_begins_and_ends_in_silence(name):
    samples = tune(name)
    assert samples.dtype == np.float32
    assert 0.39 < np.abs(samples).max() <= 0.4001
    assert 0.5 < len(samples) / SPEECH_RATE < 2.5
    assert max(abs(samples[0]), abs(samples[-1])) < 0.01
    assert np.sqrt(np.mean(samples**2)) > 0.02


def test_its_pitch_is_that_of_its_note():
    spectrum = np.abs(np.fft.rfft(tune("ding")))
    assert abs(np.argmax(spectrum) * SPEECH_RATE / len(tune("ding")) - 880.0) < 5


async def test_a_file_of_the_house_goes_before_a_tune_and_is_not_played_for_ever():
    def load(name):
        if name in ("ding", "gong"):
            return np.full(LONGEST + 5, 0.1, np.float32)
        raise InvalidInput(f"no {name}")

    chimes = Chimes(load)
    assert len((await chimes.chunk("ding")).samples) == LONGEST
    assert np.array_equal((await chimes.chunk("alarm")).samples, tune("alarm"))
    missing = await chimes.chunk("bell")
    assert (len(missing.samples), missing.notes) == (0, (f"no bell; built in: {', '.join(TUNES)}",))


async def test_without_a_folder_the_note_names_what_there_is():
    chunk = await Chimes().chunk("gong")
    assert len(chunk.samples) == 0
    assert "ding_dong" in chunk.notes[0]
