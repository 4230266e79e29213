"""How loud a microphone is, and how that is shown."""

import io

import numpy as np
import pytest
from rich.console import Console
from tests.support.hearing import frame

from oyez.cli import meter, show
from oyez.errors import InvalidInput
from oyez.listen.level import FLOOR, HELD, Level, LevelMeter
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame


def levels(frames, speech=()):
    """The levels of frames; those numbered in `speech` are some."""
    measuring = LevelMeter()
    made = [measuring.feed(each, number in speech) for number, each in enumerate(frames)]
    return [level for level in made if level]


def tone(amplitude, tenths=1):
    """Frames of a tone."""
    times = np.arange(FRAME_SAMPLES * 5 * tenths) / HEARD_RATE
    samples = (amplitude * np.sin(2 * np.pi * 400 * times)).astype(np.float32)
    return [Frame(part, 0.0) for part in np.split(samples, 5 * tenths)]


@pytest.mark.parametrize(("amplitude", "level", "peak"), [(1.0, -3.0, 0.0), (0.1, -23.0, -20.0), (0.001, -63.0, -60.0)])
def test_a_tone_has_its_power_and_its_peak(amplitude, level, peak):
    [told] = levels(tone(amplitude))
    assert (told.level_dbfs, told.peak_dbfs) == (level, peak)


def test_a_level_is_of_a_tenth_of_a_second_and_of_all_of_it():
    one, other = levels([frame(0.0)] * 4 + [frame(0.5)] + [frame(0.0)] * 4)[0], levels([frame(0.5)] * 10)
    assert one.level_dbfs == pytest.approx(-6.0 - 7.0, abs=0.1)  # a fifth of the power
    assert one.peak_dbfs == -6.0
    assert [told.level_dbfs for told in other] == [-6.0, -6.0]


def test_nothing_at_all_is_the_floor_and_after_two_seconds_told_as_dead():
    told = levels([frame(0.0)] * 105)
    assert {level.level_dbfs for level in told} == {FLOOR}
    assert [level.silent for level in told] == [False] * 19 + [True, True]
    assert not any(level.silent for level in levels(tone(0.001, tenths=21)))


def test_a_peak_is_held_for_two_seconds_with_its_clipping():
    told = levels(tone(1.0) + tone(0.1, tenths=HELD))
    assert [level.held_dbfs for level in told] == [0.0] * HELD + [-20.0]
    assert [level.clips for level in told] == [True] * HELD + [False]
    assert [level.peak_dbfs for level in told] == [0.0] + [-20.0] * HELD
    assert not any(level.clips for level in levels(tone(0.9)))


def test_a_tenth_of_a_second_with_speech_in_it_is_speech():
    assert [level.speech for level in levels([frame(0.1)] * 15, speech={7})] == [False, True, False]


def at(level, held, **more):
    return meter.bar(Level(level, held, held, **{"clips": False, "silent": False, "speech": False} | more)).plain


def test_the_bar_goes_as_far_as_the_level_with_a_mark_at_the_peak():
    assert at(-30.0, -20.0).startswith("█" * 15 + "·" * 4 + "|" + "·" * 10 + "  -30.0 dBFS, peak  -20.0")
    assert at(FLOOR, FLOOR).startswith("·" * meter.WIDTH + " ")
    assert at(0.0, 0.0).startswith("█" * 29 + "| ")


def test_what_is_wrong_is_told_before_that_somebody_speaks():
    assert at(-3.0, 0.0, clips=True, speech=True).endswith(meter.CLIPS)
    assert at(FLOOR, FLOOR, silent=True).endswith(meter.SILENT)
    assert at(-30.0, -15.0, speech=True).endswith("speech")


@pytest.mark.parametrize("device", ["none", "loopback:hall"])
async def test_what_only_the_daemon_hears_has_no_level_outside_of_it(device):
    with pytest.raises(InvalidInput, match="inside of the daemon"):
        await meter.watch(device, as_json=True)


async def test_a_bar_needs_a_terminal(monkeypatch):
    monkeypatch.setattr(show, "out", Console(file=io.StringIO()))
    with pytest.raises(InvalidInput, match="terminal") as caught:
        await meter.watch("default", as_json=False)
    assert "--json" in caught.value.hint
