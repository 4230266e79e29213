"""Greedy CTC decoding, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.mms.decode import Symbols, decode

VOCABULARY = {"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, "a": 5, "b": 6, "ch": 7}
SYMBOLS = Symbols.from_vocabulary(VOCABULARY, rows=9, blank=0)
INDEX = {"_": 0, "<s>": 1, "</s>": 2, "?": 3, "|": 4, "a": 5, "b": 6, "ch": 7, "extra": 8}


def logits(path: str, probability: float = 0.9) -> np.ndarray:
    """Frames named by `path`, each winner with the given probability."""
    indices = [INDEX[name] for name in path.split()]
    rest = np.log((1 - probability) / 8)
    frames = np.full((len(indices), 9), rest, np.float32)
    frames[np.arange(len(indices)), indices] = np.log(probability)
    return frames


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a a b b", "ab"),
        ("a _ a b", "aab"),
        ("_ _ a | | b _", "a b"),
        ("| a | ", "a"),
        ("a _ | _ | b", "a b"),
        ("a <s> b ? </s>", "ab"),
        ("ch a ch", "chach"),
        ("a extra b", "ab"),
        ("a <s> a", "aa"),
        ("_ _ _", ""),
        ("| |", ""),
        ("<s> ? </s>", ""),
    ],
)
def test_a_path_becomes_text(path, text):
    assert decode(logits(path), SYMBOLS, "eng").text == text


def test_words_have_the_times_of_their_frames():
    words = decode(logits("_ a a _ b _ | _ ch _"), SYMBOLS, "eng").words
    assert [(word.word, word.start, word.end) for word in words] == [("ab", 0.02, 0.1), ("ch", 0.16, 0.18)]


def test_confidence_is_the_mean_probability_of_the_winning_frames():
    frames = np.concatenate([logits("a a", 0.9), logits("|", 0.3), logits("b", 0.6)])
    found = decode(frames, SYMBOLS, "eng")
    assert [word.confidence for word in found.words] == pytest.approx([0.9, 0.6])
    assert found.confidence == pytest.approx(0.8)


def test_silence_makes_nothing_certain():
    unsure = logits("a", 0.4)
    with_silence = np.concatenate([logits("_ " * 500, 0.999), unsure])
    assert decode(with_silence, SYMBOLS, "eng").confidence == pytest.approx(0.4)


@pytest.mark.parametrize("frames", [np.zeros((0, 9), np.float32), logits("_ _")])
def test_nothing_said_has_no_text_no_words_and_no_confidence(frames):
    found = decode(frames, SYMBOLS, "spa")
    assert (found.text, found.words, found.confidence, found.language) == ("", (), 0.0, "spa")


def test_a_fine_tune_with_bracketed_specials_decodes_too():
    symbols = Symbols.from_vocabulary({"a": 0, "|": 1, "[UNK]": 2, "[PAD]": 3}, rows=6, blank=3)
    frames = np.eye(6, dtype=np.float32)[[3, 0, 2, 3, 1, 0, 4, 5]] * 9
    assert decode(frames, symbols, "eng").text == "a a"


@given(st.lists(st.sampled_from(sorted(INDEX)), max_size=60), st.floats(0.2, 0.999))
def test_any_path_gives_ordered_words_within_the_audio_and_confidence_within_bounds(path, probability):
    found = decode(logits(" ".join(path), probability), SYMBOLS, "eng")
    assert found.text == " ".join(word.word for word in found.words)
    assert 0 <= found.confidence <= 1
    times = [time for word in found.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= time <= len(path) * 0.02 + 1e-9 for time in times)
    assert all(word.start < word.end for word in found.words)
