import pytest
from tests.support.hearing import frame

from oyez.listen import Gate, SilenceWatch


def test_a_silent_room_is_open():
    assert Gate(500).passes(frame(0.0, 0.0))


def test_a_speaking_room_is_deaf_however_late_its_frames_come():
    gate = Gate(500)
    gate.speaking(True, 10.0)
    assert not gate.passes(frame(0.0, 9.9))
    assert not gate.passes(frame(0.0, 1000.0))


def test_the_gate_opens_for_what_was_captured_after_the_tail():
    gate = Gate(500)
    gate.speaking(True, 10.0)
    gate.speaking(False, 12.0)
    assert not gate.passes(frame(0.0, 11.0))
    assert not gate.passes(frame(0.0, 12.49))
    assert gate.passes(frame(0.0, 12.5))


def test_a_room_that_speaks_again_within_the_tail_stays_deaf():
    gate = Gate(500)
    gate.speaking(True, 10.0)
    gate.speaking(False, 11.0)
    gate.speaking(True, 11.2)
    assert not gate.passes(frame(0.0, 11.6))
    gate.speaking(False, 12.0)
    assert not gate.passes(frame(0.0, 12.4))


def test_stopping_what_never_started_has_no_tail():
    gate = Gate(500)
    gate.speaking(False, 10.0)
    assert gate.passes(frame(0.0, 10.0))


def test_without_a_tail_the_gate_opens_at_once():
    gate = Gate(0)
    gate.speaking(True, 10.0)
    gate.speaking(False, 11.0)
    assert gate.passes(frame(0.0, 11.0))


@pytest.mark.parametrize("mark", [0.0, 12 / 32768])
def test_a_constant_is_dead_audio_after_its_time(mark):
    watch = SilenceWatch(seconds=0.1)
    assert [watch.dead(frame(mark)) for _ in range(6)] == [False] * 4 + [True] * 2


def test_one_living_frame_starts_the_count_anew():
    watch = SilenceWatch(seconds=0.1)
    living = frame(0.0)
    living.samples[100] = 1e-4
    told = [watch.dead(f) for f in [frame(0.0)] * 4 + [living] + [frame(0.0)] * 5]
    assert told == [False] * 9 + [True]
