"""Volume: scaling, and limits without steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from oyez.audio import volume
from oyez.audio.speech import reading
from oyez.model import SpeechChunk

SPEECH = hnp.arrays(np.float32, st.integers(0, 50), elements=st.floats(-1, 1, width=32))


@given(SPEECH)
def test_a_factor_of_one_changes_nothing(samples):
    assert np.array_equal(volume.apply(samples, 1.0), samples)


@given(SPEECH, st.floats(0, 1))
def test_a_smaller_factor_only_scales(samples, factor):
    np.testing.assert_allclose(volume.apply(samples, factor), samples * np.float32(factor), atol=1e-7)


@given(SPEECH, st.floats(0, 2))
def test_nothing_leaves_the_range_and_all_stays_float32(samples, factor):
    out = volume.apply(samples, factor)
    assert out.dtype == np.float32
    assert out.shape == samples.shape
    assert np.all(np.abs(out) <= 1)


def test_a_raised_ramp_stays_a_ramp_without_a_flat_top_or_a_step():
    ramp = volume.apply(np.linspace(-1, 1, 2001, dtype=np.float32), 2.0)
    steps = np.diff(ramp)
    assert np.all(steps >= 0)
    assert np.all(steps[500:-500] > 0)
    assert np.abs(ramp).max() < 1
    assert steps.max() < 0.0021
    np.testing.assert_allclose(ramp[800:1201], np.linspace(-0.4, 0.4, 401), atol=1e-6)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_an_engine_that_overshoots_is_held_within_the_range(factor):
    assert np.all(np.abs(volume.apply(np.array([3.0, -3.0], np.float32), factor)) <= 1)


async def test_a_chunk_may_be_louder_than_the_others_up_to_twice_its_volume():
    async def speech():
        for factor in (1.0, 0.5, 2.0):
            yield SpeechChunk(np.array([0.2], np.float32), volume=factor)

    async with reading(speech(), 1.5) as chunks:
        played = [samples[0] async for samples in chunks]
    np.testing.assert_allclose(played, [0.3, 0.15, 0.4], atol=1e-6)
