"""Sound as it comes over a network, with times of capture that a hold-up doesn't bend."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.audio.arrivals import HASTE, HEADWAY, Arrivals
from oyez.model import FRAME_SAMPLES, HEARD_RATE

FRAME = FRAME_SAMPLES / HEARD_RATE
CHUNK = 4 * FRAME_SAMPLES
SECOND = HEARD_RATE // CHUNK  # chunks


def sound(samples):
    return np.zeros(samples, np.float32)


def stream(arrivals, chunks, start, *, late=lambda n: 0.0):
    """The frames of chunks that come one after another, each so much late."""
    frames = []
    for n in range(1, chunks + 1):
        frames += arrivals.feed(sound(CHUNK), start + n * CHUNK / HEARD_RATE + late(n))
    return frames


def gaps(frames):
    return [after.captured_mono - before.captured_mono for before, after in pairwise(frames)]


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=40))
def test_frames_are_the_samples_in_order_however_they_were_cut(lengths):
    arrivals, all_samples = Arrivals(), np.arange(sum(lengths), dtype=np.float32)
    frames, at = [], 0
    for length in lengths:
        frames += arrivals.feed(all_samples[at : at + length], 1.0)
        at += length
    assert len(frames) == at // FRAME_SAMPLES
    heard = np.concatenate([frame.samples for frame in frames]) if frames else sound(0)
    assert np.array_equal(heard, all_samples[: len(heard)])


def test_the_first_sample_was_captured_when_it_must_have_been():
    frames = stream(Arrivals(), 10, start=100.0)
    assert frames[0].captured_mono == pytest.approx(100.0)
    assert gaps(frames) == pytest.approx([FRAME] * 39)


def test_what_a_network_held_up_has_no_gap():
    frames = stream(Arrivals(), 3 * SECOND, start=0.0, late=lambda n: max(0.0, 1.5 - (n - 12) * 0.08) if n > 12 else 0)
    assert gaps(frames) == pytest.approx([FRAME] * (len(frames) - 1))


def test_what_was_lost_is_a_gap():
    arrivals = Arrivals()
    frames = stream(arrivals, SECOND, start=0.0)
    frames += stream(arrivals, 4 * SECOND, start=1.96)
    assert max(gaps(frames)) == pytest.approx(1.0 + FRAME, abs=0.001)
    assert frames[-1].captured_mono == pytest.approx(1.96 + 4 * SECOND * 0.08 - FRAME)


@pytest.mark.parametrize("wrong", [-0.001, 0.001])
def test_a_clock_that_goes_wrong_is_followed(wrong):
    minutes = 20 * 60 * SECOND
    frames = stream(Arrivals(), minutes, start=0.0, late=lambda n: n * 0.08 * wrong)
    assert frames[-1].captured_mono == pytest.approx(minutes * 0.08 * (1 + wrong), abs=0.1)
    assert max(gaps(frames)) < 2 * FRAME


def test_who_sends_faster_than_time_waits_and_who_keeps_time_never_does():
    arrivals = Arrivals()
    for n in range(60 * SECOND):
        now = n * 0.08
        arrivals.feed(sound(CHUNK), now)
        assert arrivals.early(now) == 0.0
    file, now, heard = Arrivals(), 0.0, 0
    while now < 60.0:
        file.feed(sound(CHUNK), now)
        heard += CHUNK
        now += file.early(now) or 0.001
    assert heard / HEARD_RATE == pytest.approx((60 + HEADWAY) * HASTE, rel=0.02)


def test_after_a_hold_up_nobody_waits():
    arrivals = Arrivals()
    stream(arrivals, SECOND, start=0.0)
    for _ in range(2 * SECOND):
        arrivals.feed(sound(CHUNK), 3.0)
    assert arrivals.early(3.0) == 0.0
