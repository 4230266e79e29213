"""Phonemes are cut where a reader breathes, always under the limit, and none is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.kokoro.split import LIMIT, split

PHONEMES = st.text("abɡʌɹəˈˌː\u0303 .,!—", max_size=300)


def packed(text: str) -> str:
    return text.replace(" ", "")


def test_what_fits_stays_whole():
    assert split("a" * LIMIT) == ["a" * LIMIT]
    assert split("") == split("  ") == []


def test_a_sentence_end_is_preferred_to_a_clause_and_a_clause_to_a_word():
    assert split("aaa bbb. ccc, ddd", 14) == ["aaa bbb.", "ccc, ddd"]
    assert split("aaa bbb, ccc ddd", 14) == ["aaa bbb,", "ccc ddd"]
    assert split("aaa bbb ccc ddd", 13) == ["aaa bbb ccc", "ddd"]


def test_an_early_sentence_end_does_not_make_a_crumb():
    assert split("a. bbbb, cccc dddd eeee", 20) == ["a. bbbb, cccc dddd", "eeee"]


def test_a_word_longer_than_the_limit_is_cut_inside():
    assert [len(piece) for piece in split("x" * 1200)] == [LIMIT, LIMIT, 1200 - 2 * LIMIT]


def test_a_cut_inside_a_word_leaves_length_with_its_vowel_and_stress_with_its_syllable():
    assert split("aaaaː", 4) == ["aaa", "aː"]
    assert split("aaaˈbcd", 4) == ["aaa", "ˈbcd"]


@given(PHONEMES, st.integers(4, 40))
def test_pieces_fit_and_lose_nothing(phonemes, limit):
    pieces = split(phonemes, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert packed("".join(pieces)) == packed(phonemes)
