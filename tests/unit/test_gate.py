from tests.support.hearing import frame

from oyez.listen import Gate


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
