"""Speech as bytes, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from oyez.model import SpeechChunk, SpokenWord
from oyez.speak.cache import entry

times = st.floats(0, 600, allow_nan=False)
texts = st.none() | st.text(max_size=20)
chunks = st.builds(
    SpeechChunk,
    samples=arrays.arrays(np.float32, st.integers(0, 50), elements=st.floats(-1.5, 1.5, width=32)),
    text=texts,
    phonemes=texts,
    words=st.lists(st.builds(SpokenWord, st.text(max_size=8), times, times), max_size=3).map(tuple),
    notes=st.lists(st.text(max_size=20), max_size=2).map(tuple),
    volume=st.floats(0, 2),
)


def told(chunk):
    return chunk.text, chunk.phonemes, chunk.words, chunk.notes, chunk.volume


@given(st.lists(chunks, max_size=4))
def test_speech_comes_back_as_it_was(speech):
    again = entry.unpack(entry.pack(speech))
    assert [told(chunk) for chunk in again] == [told(chunk) for chunk in speech]
    for one, other in zip(again, speech, strict=True):
        assert one.samples.dtype == np.float32
        assert np.allclose(one.samples, other.samples, atol=1.5 / 65_000)


@given(st.lists(chunks, min_size=1, max_size=2), st.data())
def test_a_byte_that_changed_or_is_missing_is_noticed(speech, data):
    whole = entry.pack(speech)
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for damaged in (changed, whole[:at], whole + b"x"):
        with pytest.raises(ValueError):
            entry.unpack(damaged)
