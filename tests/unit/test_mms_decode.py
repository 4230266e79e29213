"""What logits say: words, times, confidences; greedy and by search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.mms.decode import Decoder, pieces
from oyez.engines.mms.symbols import Symbols

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
    assert Decoder(SYMBOLS, "eng").greedy(logits(path)).text == text


def test_words_have_the_times_of_their_frames():
    words = Decoder(SYMBOLS, "eng").greedy(logits("_ a a _ b _ | _ ch _")).words
    assert [(word.word, word.start, word.end) for word in words] == [("ab", 0.02, 0.1), ("ch", 0.16, 0.18)]


def test_confidence_is_the_mean_of_the_words_and_theirs_that_of_their_winning_frames():
    frames = np.concatenate([logits("a a", 0.9), logits("|", 0.3), logits("b", 0.6)])
    found = Decoder(SYMBOLS, "eng").greedy(frames)
    assert [word.confidence for word in found.words] == pytest.approx([0.9, 0.6])
    assert found.confidence == pytest.approx(0.75)


def test_silence_makes_nothing_certain():
    unsure = logits("a", 0.4)
    with_silence = np.concatenate([logits("_ " * 500, 0.999), unsure])
    assert Decoder(SYMBOLS, "eng").greedy(with_silence).confidence == pytest.approx(0.4)


@pytest.mark.parametrize("frames", [np.zeros((0, 9), np.float32), logits("_ _")])
def test_nothing_said_has_no_text_no_words_and_no_confidence(frames):
    found = Decoder(SYMBOLS, "spa").greedy(frames)
    assert (found.text, found.words, found.confidence, found.language) == ("", (), 0.0, "spa")


def test_a_fine_tune_with_bracketed_specials_decodes_too():
    symbols = Symbols.from_vocabulary({"a": 0, "|": 1, "[UNK]": 2, "[PAD]": 3}, rows=6, blank=3)
    frames = np.eye(6, dtype=np.float32)[[3, 0, 2, 3, 1, 0, 4, 5]] * 9
    assert Decoder(symbols, "eng").greedy(frames).text == "a a"


@given(st.lists(st.sampled_from(sorted(INDEX)), max_size=60), st.floats(0.2, 0.999))
def test_any_path_gives_ordered_words_within_the_audio_and_confidence_within_bounds(path, probability):
    found = Decoder(SYMBOLS, "eng").greedy(logits(" ".join(path), probability))
    assert found.text == " ".join(word.word for word in found.words)
    assert 0 <= found.confidence <= 1
    times = [time for word in found.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert all(0 <= time <= len(path) * 0.02 + 1e-9 for time in times)
    assert all(word.start < word.end for word in found.words)


@pytest.mark.parametrize("width", [1, 4, 32])
@pytest.mark.parametrize(
    "path", ["a a b b", "a _ a b", "_ _ a | | b _", "| a |", "ch a ch", "a <s> b ? </s>", "_ _", ""]
)
def test_a_search_that_knows_nothing_beforehand_reads_what_greedy_reads(path, width):
    frames = logits(path) if path else np.zeros((0, 9), np.float32)
    decoder = Decoder(SYMBOLS, "eng")
    found, greedy = decoder.search(frames, (), width=width), decoder.greedy(frames)
    assert found.text == greedy.text
    assert [(word.start, word.end) for word in found.words] == [(word.start, word.end) for word in greedy.words]
    assert found.confidence == pytest.approx(greedy.confidence)


def test_a_search_adds_up_all_paths_of_a_text_where_greedy_takes_the_best_one():
    # "a" is likelier than silence, though the single likeliest path is silent: 0.6*0.6 < 1 - 0.6*0.6.
    frames = np.log(np.array([[0.6, 0, 0, 0, 0, 0.4, 0, 0, 0]] * 2, np.float32) + 1e-9)
    decoder = Decoder(SYMBOLS, "eng")
    assert decoder.greedy(frames).text == ""
    assert decoder.search(frames, (), width=8).text == "a"


def test_alternatives_are_the_next_best_texts_in_order():
    frames = np.log(np.array([[0.01, 0, 0, 0, 0, 0.6, 0.3, 0.09, 0]], np.float32) + 1e-9)
    found = Decoder(SYMBOLS, "eng").search(frames, (), width=8, n_best=3)
    assert [found.text, *(one.text for one in found.alternatives)] == ["a", "b", "ch"]
    assert found.confidence > found.alternatives[0].confidence > found.alternatives[1].confidence
    assert all(one.words[0].end == 0.02 for one in found.alternatives)


def test_long_audio_is_searched_in_pieces_cut_in_pauses_and_no_word_is_lost():
    said = " _ _ _ _ _ _ | ".join(["a b _ a"] * 400)
    frames = logits(said)
    found = Decoder(SYMBOLS, "eng").search(frames, (), width=4, n_best=2)
    assert found.text == Decoder(SYMBOLS, "eng").greedy(frames).text
    assert found.alternatives == ()


@given(st.lists(st.booleans(), max_size=90), st.integers(4, 30))
def test_pieces_cover_all_frames_once_and_are_never_longer_than_allowed(voiced, longest):
    probabilities = np.eye(9, dtype=np.float32)[[5 if one else 0 for one in voiced]].reshape(-1, 9)
    found = list(pieces(probabilities, SYMBOLS, longest))
    assert [frame for start, end in found for frame in range(start, end)] == list(range(len(voiced)))
    assert all(0 < end - start <= longest for start, end in found)
