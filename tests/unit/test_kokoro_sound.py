"""What is played of the model's sound, and when it will have been played."""

from __future__ import annotations

import numpy as np

from oyez.engines.kokoro.pace import Pace, Playback
from oyez.engines.kokoro.sound import EARLIEST, LEAD, ONSET, TAIL, kept, lead_silence
from oyez.model import SPEECH_RATE


def test_speech_begins_before_the_padding_ends_and_ends_after_its_last_letter():
    assert kept("ab.", [20, 3, 4, 10, 2], 1.0) == (40 - EARLIEST, 40 - ONSET, 54 + TAIL)
    assert kept("ab", [20, 3, 4, 1], 1.0) == (40 - EARLIEST, 40 - ONSET, 54 + TAIL)


def test_slow_speech_may_begin_earlier_and_nothing_begins_before_the_sound():
    assert kept("a", [40, 3, 1], 0.5)[:2] == (80 - 2 * EARLIEST, 80 - 2 * ONSET)
    assert kept("a", [5, 3, 1], 1.0)[:2] == (0, 0)


def test_marks_alone_are_played():
    assert kept("?!", [10, 3, 4, 1], 2.0) == (0, 20 - ONSET, 34 + TAIL)


def test_silence_before_the_first_sound_is_skipped_but_for_a_breath_of_it():
    sound = np.concatenate([np.full(4800, 1e-5), np.full(2400, 2e-3), np.full(2400, 0.5)]).astype(np.float32)
    assert lead_silence(sound) == 4800 - round(LEAD * SPEECH_RATE)
    assert lead_silence(sound[4800:]) == 0
    assert lead_silence(np.zeros(4800, np.float32)) == 4800 - round(LEAD * SPEECH_RATE)


def test_the_pace_follows_the_machine():
    pace = Pace()
    pace.measured(100, 1.0)
    assert pace.seconds == 0.01
    for _ in range(20):
        pace.measured(100, 0.5)
    assert abs(pace.seconds - 0.005) < 1e-4


def test_what_was_given_is_played_in_real_time_from_then_on():
    now = [100.0]
    playback = Playback(lambda: now[0])
    assert playback.ahead == 0
    playback.given(SPEECH_RATE)
    playback.given(SPEECH_RATE)
    now[0] += 0.5
    assert playback.ahead == 1.5
    now[0] += 5
    assert playback.ahead == 0
    playback.given(SPEECH_RATE)
    assert playback.ahead == 1.0
