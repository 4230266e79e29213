"""What follows from how a room sounds."""

import asyncio
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.hearing import MarkVad, frame, stream

from oyez.actions.action import Asked
from oyez.actions.calibrating import Calibrate, calibrate
from oyez.config import RoomConfig, VadConfig
from oyez.errors import Busy, DeviceLost, InvalidInput
from oyez.listen import Segmenter, calibration, probe
from oyez.listen.calibration import Measurement, advise
from oyez.listen.probe import Probe
from oyez.model import FRAME_SAMPLES, Frame
from oyez.speak.receipts import NoReceipt, Shared

USUAL = VadConfig()


def measured(*pieces):
    """Of pieces of (level in dBFS, probability, frames): noise of that level."""
    rng = np.random.default_rng(3)
    made = Measurement(sum(count for *_, count in pieces) * 0.02)
    for level, probability, count in pieces:
        for _ in range(count):
            samples = 10 ** (level / 20) * rng.choice([-1.0, 1.0], FRAME_SAMPLES)
            whole = made.add(Frame(samples.astype(np.float32), 0.0), probability)
    assert whole
    return made


def sentence(level, probability=0.95, floor=-70.0):
    """Speech with pauses in it."""
    return measured((floor, 0.02, 50), (level, probability, 100), (floor, 0.02, 50))


def test_levels_are_told_of_all_of_it_and_of_what_is_always_there():
    made = measured((-60.0, 0.1, 90), (-20.0, 0.7, 10))
    assert (made.level_dbfs, made.floor_dbfs, made.peak_dbfs, made.highest) == (-30.0, -60.0, -20.0, 0.7)


@pytest.mark.parametrize(
    ("probability", "threshold"), [(0.0, 0.5), (0.34, 0.5), (0.35, 0.55), (0.62, 0.8), (0.75, 0.95), (0.76, None)]
)
def test_the_threshold_is_raised_only_over_noise_that_would_reach_it_or_keep_speech_going(probability, threshold):
    assert advise(measured((-50.0, probability, 250)), None, USUAL, 0.0).vad_threshold == threshold


def test_a_click_is_no_noise_and_a_television_is_no_silence():
    assert advise(measured((-60.0, 0.1, 240), (-10.0, 0.9, 9)), None, USUAL, 0.0).vad_threshold == 0.5
    spoken = advise(measured((-60.0, 0.1, 240), (-30.0, 0.9, 30)), sentence(-26.0), USUAL, 0.0)
    assert (spoken.vad_threshold, spoken.gain_db, spoken.notes) == (None, None, (calibration.SPOKEN,))


def test_a_dead_microphone_is_told():
    silent = Measurement(0.1)
    assert [silent.add(frame(0.0), 0.0) for _ in range(5)] == [False] * 4 + [True]
    assert advise(silent, sentence(-26.0), USUAL, 0.0).notes == (calibration.SILENT,)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(1, 40)), min_size=1, max_size=12))
def test_what_was_heard_in_silence_is_no_utterance_at_the_threshold_that_is_recommended(runs):
    made = measured(*((-50.0, probability, count) for probability, count in runs))
    threshold = advise(made, None, USUAL, 0.0).vad_threshold
    if threshold is None:
        assert made.lasting(USUAL) > calibration.LOUDEST_NOISE
        return
    segmenter = Segmenter(USUAL.model_copy(update={"threshold": threshold}))
    assert not any(segmenter.feed(frame(0.0), probability) for probability in made.probabilities)
    assert segmenter.finish() is None


@pytest.mark.parametrize(
    ("level", "now", "gain"),
    [
        (-50.0, 0.0, 24.0),
        (-50.0, 6.0, 30.0),
        (-30.0, 0.0, 0.0),
        (-30.0, 3.0, 3.0),
        (-6.0, 0.0, -20.0),
        (-80.0, 10.0, 40.0),
    ],
)
def test_the_gain_brings_speech_near_its_level_and_stays_where_it_is_near_already(level, now, gain):
    assert advise(measured((-95.0, 0.0, 250)), sentence(level, floor=-95.0), USUAL, now).gain_db == gain


def test_peaks_bound_the_gain_and_what_clips_is_told():
    quiet = measured((-80.0, 0.0, 250))
    thump = measured((-60.0, 0.9, 800), (-5.0, 0.9, 1))
    assert advise(quiet, thump, USUAL, 0.0).gain_db == 4.0  # -34 dBFS with the thump in it, which 8 dB would cut off
    cut = advise(quiet, measured((-28.0, 0.9, 2000), (0.0, 0.9, 1)), USUAL, 12.0)
    assert (cut.gain_db, cut.notes) == (11.0, (calibration.CLIPPED,))


@pytest.mark.parametrize(("noise", "snr", "enough"), [(-60.0, 34.0, True), (-40.0, 13.8, True), (-32.0, 4.7, False)])
def test_the_signal_to_noise_ratio_is_that_of_the_speech_alone(noise, snr, enough):
    told = advise(measured((noise, 0.1, 250)), sentence(-26.0, floor=noise), USUAL, 0.0)
    assert (told.speech_dbfs, told.snr_db, told.enough) == (-26.0, pytest.approx(snr, abs=0.1), enough)
    assert told.notes == (() if enough else (calibration.NOISY,))


def test_speech_that_is_not_heard_is_told_and_noise_as_loud_as_it_has_a_ratio_all_the_same():
    unheard = advise(measured((-60.0, 0.1, 250)), sentence(-55.0, probability=0.4), USUAL, 0.0)
    assert (unheard.snr_db, unheard.notes) == (None, (calibration.UNHEARD,))
    assert advise(measured((-26.0, 0.1, 250)), sentence(-26.0, floor=-26.0), USUAL, 0.0).snr_db == -10.0


@pytest.mark.parametrize(
    ("request_", "rooms", "reason"),
    [
        ({"room": "attic"}, {"kitchen": True}, "unknown room that hears 'attic'"),
        ({}, {"kitchen": False}, "the microphone of kitchen is switched off"),
        ({}, {"kitchen": True, "attic": True}, "which room?"),
        ({}, {}, "no room hears in this house"),
    ],
)
async def test_a_room_that_does_not_hear_is_refused(request_, rooms, reason):
    settings = SimpleNamespace(rooms={name: RoomConfig(listening=listening) for name, listening in rooms.items()})
    home = SimpleNamespace(hearing=dict.fromkeys(rooms), settings=settings)
    with pytest.raises(InvalidInput, match=re.escape(reason)):
        await calibrate.run(home, Asked(Calibrate(**request_), None, Shared(NoReceipt())))


async def test_a_probe_measures_what_comes_from_then_on_for_one_at_a_time():
    there, vad = Probe(), MarkVad()
    there.take(frame(0.9), 1.0)
    measuring = asyncio.create_task(there.measure(0.1))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await there.measure(0.1)
    for heard in stream([0.0, 0.5, 0.5, 0.0, 0.0, 0.9]):
        there.take(heard, vad.probability(heard))
    assert (await measuring).probabilities == [0.0, 1.0, 1.0, 0.0, 0.0]


async def test_a_microphone_that_gives_too_little_is_told_and_can_be_measured_later(monkeypatch):
    monkeypatch.setattr(probe, "PATIENCE", 0.01)
    there = Probe()
    with pytest.raises(DeviceLost, match=r"only 0\.0 of 0\.02 s"):
        await there.measure(0.02)
    measuring = asyncio.create_task(there.measure(0.02))
    await asyncio.sleep(0)
    there.take(frame(0.1), 0.0)
    assert (await measuring).peak_dbfs == -20.0
