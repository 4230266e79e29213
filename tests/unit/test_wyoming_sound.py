"""Audio of clients: whatever its rate, width and channels, it is the same sound."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE
from oyez.wyoming.sound import Pcm, to_pcm


def tone(rate: int) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate)


def pcm(samples: np.ndarray, width: int) -> bytes:
    if width == 1:
        return ((samples + 1) * 127.5).round().astype(np.uint8).tobytes()
    whole = (samples * (2 ** (8 * width - 1) - 1)).round().astype("<i4")
    return whole.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(16_000, 2, 1), (8_000, 1, 1), (22_050, 2, 2), (44_100, 3, 2), (48_000, 4, 6), (16_000, 1, 8)],
)
def test_a_tone_is_the_same_tone_in_every_format(rate, width, channels):
    heard = Pcm(rate, width, channels)
    content = pcm(np.repeat(tone(rate), channels), width)
    samples = np.concatenate([heard.feed(content[at : at + 1_001]) for at in range(0, len(content), 1_001)])
    samples = np.concatenate([samples, heard.finish()])
    expected = tone(HEARD_RATE)
    assert samples.dtype == np.float32
    assert abs(len(samples) - len(expected)) <= 1
    middle = slice(300, -300)  # where no filter rings
    shared = min(len(samples), len(expected))
    assert np.abs(samples[:shared] - expected[:shared])[middle].max() < 0.02


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6), st.integers(1, 4), st.integers(1, 8))
def test_how_bytes_are_cut_makes_no_difference(content, cuts, width, channels):
    whole = Pcm(HEARD_RATE, width, channels).feed(content)
    heard, at = Pcm(HEARD_RATE, width, channels), [0, *sorted(cuts), len(content)]
    parts = [heard.feed(content[start:end]) for start, end in pairwise(at)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(whole) == len(content) // (width * channels)
    assert np.abs(whole).max(initial=0) <= 1


@pytest.mark.parametrize(
    "form", [(0, 2, 1), (16_000, 0, 1), (16_000, 5, 1), (16_000, 2, 0), (16_000, 2, 9), (10**9, 2, 1)]
)
def test_a_format_that_nobody_has_is_refused(form):
    with pytest.raises(InvalidInput, match="none that can be heard"):
        Pcm(*form)


def test_speech_becomes_little_endian_numbers_of_16_bits_and_is_never_wrapped_around():
    assert to_pcm(np.float32([0, 1, -1, 2, -2])) == np.array([0, 32767, -32767, 32767, -32767], "<i2").tobytes()
