"""Hot words and lists of words: who gains, who pays, and that nobody keeps what they didn't earn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.mms.beam import Search
from oyez.engines.mms.hints import CREDIT, UNLISTED, HotWords, WordList
from oyez.engines.mms.symbols import Symbols

LETTERS = "abcdelmnoprt"
SYMBOLS = Symbols.from_vocabulary({"<pad>": 0, "|": 1} | {letter: i for i, letter in enumerate(LETTERS, 2)}, 14, 0)


def phrases(*texts: str, weight: float = 1.0) -> HotWords:
    return HotWords({SYMBOLS.spell(text): weight for text in texts})


def gain(scorer, text: str) -> float:
    """All that a text gains, its end included."""
    state, total = scorer.start, 0.0
    for symbol in text.replace(" ", "|"):
        state, more = scorer.step(state, symbol)
        total += more
    return total + scorer.end(state)


def letters(text: str) -> float:
    return CREDIT * len(text.replace(" ", ""))


@pytest.mark.parametrize(
    ("hot", "said", "counts"),
    [
        (["lamp"], "lamp", "lamp"),
        (["lamp"], "a lamp ", "lamp"),
        (["lamp"], "lamp lamp", "lamplamp"),
        (["lamp"], "lam", ""),
        (["lamp"], "lamb", ""),
        (["lamp"], "lampe", ""),
        (["lamp"], "alamp", ""),
        (["lamp"], "lam lamp", "lamp"),
        (["red lamp"], "red lamp", "redlamp"),
        (["red lamp"], "red lamb", ""),
        (["red lamp"], "red red lamp", "redlamp"),
        (["red lamp", "red"], "red lamb", "red"),
        (["red", "red lamp"], "red lamp", "redlamp"),
        (["a red cart", "red"], "a red lamp", "red"),
        (["a red cart", "red lamp"], "a red lamp", "redlamp"),
        (["lamp", "lampe"], "lampe", "lampe"),
        (["lamp", "lampe"], "lamp", "lamp"),
        ([], "lamp", ""),
    ],
)
def test_a_phrase_gains_by_its_letters_when_it_is_said_in_full_and_only_then(hot, said, counts):
    assert gain(phrases(*hot), said) == pytest.approx(letters(counts))


def test_credit_is_given_in_advance_and_taken_back_when_the_word_breaks_off():
    hot = phrases("lamp")
    state, total, course = hot.start, 0.0, []
    for symbol in "lam|lam":
        state, more = hot.step(state, symbol)
        total += more
        course.append(total / CREDIT)
    assert course == pytest.approx([1, 2, 3, 0, 1, 2, 3])


def test_a_weight_multiplies_and_the_better_of_two_phrases_leads():
    hot = HotWords({SYMBOLS.spell("lamp"): 2.0, SYMBOLS.spell("lamb"): 0.5})
    assert gain(hot, "lamp") == pytest.approx(2 * letters("lamp"))
    assert gain(hot, "lamb") == pytest.approx(0.5 * letters("lamb"))


def test_a_script_without_spaces_has_its_phrases_found_anywhere():
    hot = HotWords({SYMBOLS.spell("lamp"): 1.0}, separated=False)
    assert gain(hot, "relampato") == pytest.approx(letters("lamp"))


@given(
    st.lists(st.text("ab ", min_size=1, max_size=6), max_size=5),
    st.text("ab ", max_size=20),
)
def test_no_text_gains_more_than_its_phrases_are_worth_nor_less_than_nothing(hot, said):
    known = [phrase for phrase in hot if phrase.split()]
    words = said.split()
    worth = 0.0
    for phrase in {tuple(phrase.split()) for phrase in known}:
        hits = sum(tuple(words[i : i + len(phrase)]) == phrase for i in range(len(words)))
        worth += hits * letters("".join(phrase))
    assert -1e-9 <= gain(phrases(*known), " ".join(words)) <= worth + 1e-9


def test_words_that_are_not_listed_cost_once_each_and_as_soon_as_that_is_clear():
    words = WordList(SYMBOLS.spell("lamp red"), UNLISTED)
    assert gain(words, "red lamp red") == 0
    assert gain(words, "red lamb") == -UNLISTED
    assert gain(words, "re lampe ") == -2 * UNLISTED
    state, early = words.start, []
    for symbol in "ramp":
        state, more = words.step(state, symbol)
        early.append(more)
    assert early == [0, -UNLISTED, 0, 0]


def logits_of(text: str, heard: float = 0.6) -> np.ndarray:
    """Probabilities of frames that write `text`, each letter with this probability, the rest for the next letter."""
    rows = []
    for sign in text:
        row = np.full(14, 0.001, np.float32)
        index = SYMBOLS.text.index("|" if sign == " " else sign)
        row[index], row[2 + (index - 1) % 12 if index > 1 else 0] = heard, 1 - heard
        rows += [row, np.eye(14, dtype=np.float32)[0]]
    return np.array(rows)


def best(text: str, *scorers, width: int = 16) -> str:
    search = Search(SYMBOLS, scorers, width)
    search.feed(logits_of(text))
    return "".join(SYMBOLS.text[index] for index in search.best()[0].indices).replace("|", " ")


def test_a_hot_word_is_heard_where_another_is_nearly_as_likely():
    # In this alphabet m comes before n, and o before p: each is mistaken for its neighbour.
    assert best("a lamo") == "a lamo"
    assert best("a lamo", phrases("lamp")) == "a lamp"
    assert best("a lamo", phrases("lamb")) == "a lamo"
    assert best("a lamo", WordList(SYMBOLS.spell("a lamp"), UNLISTED)) == "a lamp"


def test_a_hot_word_is_not_heard_where_nothing_like_it_was_said():
    assert best("red cat", phrases("lamp", "a lamp", weight=5.0)) == "red cat"


def test_a_phrase_is_spelt_with_the_letters_that_the_language_has():
    spell = Symbols.from_vocabulary({"<pad>": 0, "|": 1, "a": 2, "ch": 3, "c": 4, "é": 5, "e": 6, "'": 7}, 8, 0).spell
    assert spell("Ache") == (("a", "ch", "e"),)
    assert spell(" cä-cé_éc ") == (("c", "a"), ("c", "é"), ("é", "c"))
    assert spell("a7! 24 a'c") == (("a",), ("a", "'", "c"))
    assert spell("e\u0301") == (("é",),)
    assert spell("") == spell("12 ?") == ()
