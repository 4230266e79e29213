import numpy as np
import pytest
from tests.support.hearing import frame

from oyez.listen import SilenceWatch


@pytest.mark.parametrize("mark", [0.0, 12 / 32768])
def test_a_constant_is_dead_audio_after_its_time(mark):
    watch = SilenceWatch(seconds=0.1)
    assert [watch.dead(frame(mark)) for _ in range(6)] == [False] * 4 + [True] * 2


def test_one_living_frame_starts_the_count_anew():
    watch = SilenceWatch(seconds=0.1)
    living = frame(0.0)
    living.samples[100] = 2 / 32768
    told = [watch.dead(f) for f in [frame(0.0)] * 4 + [living] + [frame(0.0)] * 5]
    assert told == [False] * 9 + [True]


def test_a_constant_that_a_resampler_lets_waver_is_dead_too():
    watch = SilenceWatch(seconds=0.1)
    wavering = frame(12 / 32768)
    wavering.samples[::2] += np.float32(1 / 32768)
    assert [watch.dead(wavering) for _ in range(5)][-1]
