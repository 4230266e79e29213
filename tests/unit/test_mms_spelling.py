"""Hot words with numbers: people write digits, recognisers hear words."""

from __future__ import annotations

import pytest

from oyez.engines.mms.spelling import said, spelt
from oyez.engines.mms.symbols import Symbols

LETTERS = Symbols.from_vocabulary({"<pad>": 0, "|": 1} | {one: i for i, one in enumerate("aeilmnopstuwzö", 2)}, 16, 0)
DIGITS = Symbols.from_vocabulary({"<pad>": 0, "|": 1} | {one: i for i, one in enumerate("aelmptowi12", 2)}, 13, 0)


def words(phrase: str, language: str, symbols: Symbols) -> list[str]:
    return [" ".join(map("".join, form)) for form in spelt(phrase, language, symbols)]


@pytest.mark.parametrize(
    ("phrase", "language", "heard"),
    [
        ("Lampe 2", "deu", "Lampe zwei"),
        ("Zimmer 12a", "deu", "Zimmer zwölf a"),
        ("lámpara 21", "spa", "lámpara veintiuno"),
        ("room 007", "eng", "room zero zero seven"),
        ("gate 12345", "eng", "gate one two three four five"),
        ("lampe 2", "nob", "lampe to"),
        ("lampa 2", "srp-script_latin", "lampa dva"),
        ("kitchen lamp", "eng", "kitchen lamp"),
        ("lamp 2", "aaa", "lamp 2"),
        ("lamp 2", "not-a-language", "lamp 2"),
    ],
)
def test_numbers_are_looked_for_as_they_are_said(phrase, language, heard):
    assert said(phrase, language).split() == heard.split()


def test_a_vocabulary_without_digits_has_the_words_only():
    assert words("Lampe 2", "deu", LETTERS) == ["lampe zwei"]
    assert words("2", "deu", LETTERS) == ["zwei"]


def test_a_vocabulary_with_digits_has_both():
    assert words("lamp 2", "eng", DIGITS) == ["lamp two", "lamp 2"]
    assert words("lamp", "eng", DIGITS) == ["lamp"]


def test_an_article_at_the_beginning_is_left_off_where_the_language_has_it():
    assert words("La lampa", "spa", LETTERS) == ["lampa"]
    assert words("la", "spa", LETTERS) == ["la"]
    assert words("la lampa", "pol", LETTERS) == ["la lampa"]


def test_what_cannot_be_spelt_is_no_hot_word():
    assert words("ζξ", "ell", LETTERS) == []
