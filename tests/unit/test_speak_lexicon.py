"""The house's own words are said as the house says them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.speak.lexicon import Lexicon

WORDS = Lexicon(
    {
        "all": {"Oyez": "oh yay", "🔥": "fire", "Wi-Fi": "why fye"},
        "en": {"SZ": "/ˌɛsˈziː/", "iPhone": "eye phone", "lead": "led", "C++": "see plus plus"},
        "en-GB": {"lead": "leed"},
        "hi": {"दिन": "दिवस"},
    }
)


@pytest.mark.parametrize(
    ("text", "language", "pieces"),
    [
        ("Oyez speaks.", "en-US", [("oh yay speaks.", None)]),
        ("OYEZ, oyez!", "es", [("oh yay, oh yay!", None)]),
        ("Oyezzes", "en", [("Oyezzes", None)]),
        ("The SZ is late.", "en-US", [("The ", None), ("SZ", "ˌɛsˈziː"), (" is late.", None)]),
        ("The sz is late.", "en-US", [("The sz is late.", None)]),
        ("SZ", "es", [("SZ", None)]),
        ("iphone iPhone", "en", [("iphone eye phone", None)]),
        ("Fire 🔥🔥", "en", [("Fire firefire", None)]),
        ("Wi-Fi C++", "en", [("why fye see plus plus", None)]),
        ("lead", "en-US", [("led", None)]),
        ("lead", "en-GB", [("leed", None)]),
        ("दिन दिनों", "hi", [("दिवस दिनों", None)]),
    ],
)
def test_whole_words_are_said_as_the_lexicon_has_them(text, language, pieces):
    assert [piece for piece in WORDS.pieces(text, language) if piece != ("", None)] == pieces


def test_the_longest_word_wins():
    lexicon = Lexicon({"all": {"New": "a", "New York": "b"}})
    assert list(lexicon.pieces("New York, new house", "en")) == [("b, a house", None)]


@given(
    st.text(),
    st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from(["x", "/x/", "/", "//"]), max_size=5),
    st.sampled_from(["en", "en-US", "fr"]),
)
def test_any_lexicon_can_be_used_on_any_text(text, words, language):
    lexicon = Lexicon({"all": words, "en": {word.lower(): "y" for word in words}})
    for piece, phonemes in lexicon.pieces(text, language):
        assert phonemes is None or piece


@given(st.text())
def test_a_text_without_its_words_stays_as_it_is(text):
    lexicon = Lexicon({"all": {"\U000e0000word": "x"}})
    assert lexicon.pieces(text, "en").__next__()[1] is None
    assert list(Lexicon({}).pieces("é", "en")) == [("é", None)]
