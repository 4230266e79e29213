"""Audio of any length goes through the network in windows and is read in pieces: as if it had been done at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.engines.mms import long
from oyez.engines.mms.decode import LONGEST, pieces
from oyez.engines.mms.joined import joined, later
from oyez.engines.mms.layout import FIELD, HOP
from oyez.engines.mms.recogniser import VARIANCE_FLOOR
from oyez.engines.mms.symbols import Symbols
from oyez.model import Recognition, Word
from oyez.recording import Survey

SYMBOLS = Symbols.from_vocabulary({"<pad>": 0, "|": 1, "a": 2, "b": 3}, rows=4, blank=0)


def blocks(samples: np.ndarray, sizes: list[int]):
    at = 0
    while at < len(samples):
        size = sizes[at % len(sizes)]
        yield samples[at : at + size]
        at += size


def network(batch: list[np.ndarray]) -> list[np.ndarray]:
    return [frames(samples) for samples in batch]


def frames(samples: np.ndarray) -> np.ndarray:
    """One number a frame, of the samples that the frame sees."""
    starts = range(0, len(samples) - FIELD + 1, HOP)
    return np.array([[samples[at : at + FIELD].sum(dtype=np.float64)] for at in starts], np.float32)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1_500_000), st.lists(st.integers(1, 20_000), min_size=1, max_size=5), st.integers(1, 4))
def test_windows_of_a_stream_give_what_the_whole_gives(count, sizes, batch):
    samples = np.resize(np.sin(np.arange(16_000) ** 1.5), count).astype(np.float32)
    survey = Survey(count, float(samples.mean()) if count else 0.0, float(samples.var()) if count else 0.0, None, ())
    whole = frames((samples - survey.mean) / np.sqrt(survey.variance + VARIANCE_FLOOR))
    assert long.frames_of(count) == len(whole)
    parts = list(long.computed(blocks(samples, sizes), survey, network, batch=batch))
    if parts:
        np.testing.assert_allclose(np.concatenate(parts), whole, atol=0.02)
    else:
        assert not len(whole)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 6_000), st.integers(1, 900), st.integers(0, 2**32 - 1))
def test_logits_in_bits_are_parted_as_all_at_once(frames, size, seed):
    logits = np.random.default_rng(seed).standard_normal((frames, 4)).astype(np.float32)
    bits = (logits[at : at + size] for at in range(0, frames, size))
    found = list(long.parted(bits, SYMBOLS))
    assert [(start, start + len(part)) for start, part in found] == list(pieces(logits, SYMBOLS))
    assert all(len(part) <= LONGEST for _, part in found)
    assert frames == 0 or np.array_equal(np.concatenate([part for _, part in found]), logits)


def test_a_piece_ends_between_two_words_even_where_a_sound_is_held_longer():
    likeliest = np.full(2_000, 2)
    likeliest[900:980] = 0  # a long blank between two letters of one word
    likeliest[1_200:1_206] = [0, 0, 1, 1, 0, 0]  # and a short gap between two words
    logits = np.eye(4, dtype=np.float32)[likeliest]
    assert list(pieces(logits, SYMBOLS)) == [(0, 1_203), (1_203, 2_000)]


def test_pieces_are_joined_with_the_times_of_the_whole():
    first = Recognition("hello", "eng", 0.9, (Word("hello", 0.5, 1.0, 0.9),))
    second = Recognition("good night", "eng", 0.6, (Word("good", 0.2, 0.4, 0.5), Word("night", 0.5, 0.9, 0.7)))
    whole = joined([first, later(second, 28.34)], "eng")
    assert whole.text == "hello good night"
    assert [(word.start, word.end) for word in whole.words] == [(0.5, 1.0), (28.54, 28.74), (28.84, 29.24)]
    assert whole.confidence == np.mean([0.9, 0.5, 0.7])
    assert joined([], "eng") == Recognition("", "eng", 0.0)


def test_only_audio_of_one_piece_has_alternatives():
    one = Recognition("a", "eng", 0.9, (Word("a", 0, 1, 0.9),), (Recognition("b", "eng", 0.1),))
    assert joined([one], "eng").alternatives == one.alternatives
    assert joined([one, one], "eng").alternatives == ()
