"""What is done to a transcript: corrections, digits, capitals; times stay with the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.listen.rewrite import Rewriting
from oyez.model import Recognition, Word


def heard(
    text: str, language: str = "eng", *, gap: float = 0.1, alternatives: tuple[Recognition, ...] = ()
) -> Recognition:
    """Words of 0.4 s with `gap` between them."""
    words = text.split()
    times = [(round(i * (0.4 + gap), 2), round(i * (0.4 + gap) + 0.4, 2)) for i in range(len(words))]
    made = tuple(
        Word(word, start, end, 0.5 + 0.01 * i) for i, (word, (start, end)) in enumerate(zip(words, times, strict=True))
    )
    return Recognition(text, language, 0.9, made, alternatives)


CORRECTIONS = {
    "all": {"lamb": "lamp", "wash sing machine": "washing machine", "tv set": "television", "um": ""},
    "spa": {"lus": "luz"},
}


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("turn on the lamb", "eng", "turn on the lamp"),
        ("LAMB lamb", "eng", "lamp lamp"),
        ("lambs", "eng", "lambs"),
        ("start the wash sing machine", "eng", "start the washing machine"),
        ("wash sing", "eng", "wash sing"),
        ("the tv set", "eng", "the television"),
        ("um yes", "eng", "yes"),
        ("la lus", "spa", "la luz"),
        ("la lus", "eng", "la lus"),
        ("lamb", "spa", "lamp"),
        ("", "eng", ""),
    ],
)
def test_what_is_always_misheard_is_corrected_in_whole_words(text, language, meant):
    found = Rewriting(CORRECTIONS)(heard(text, language))
    assert found.text == meant == " ".join(word.word for word in found.words)


def test_corrected_words_share_the_time_and_the_confidence_of_what_was_heard():
    found = Rewriting(CORRECTIONS)(heard("the wash sing machine has finished")).words
    assert [(word.word, word.start, word.end) for word in found[:4]] == [
        ("the", 0.0, 0.4),
        ("washing", 0.5, 1.2),
        ("machine", 1.2, 1.9),
        ("has", 2.0, 2.4),
    ]
    assert found[1].confidence == found[2].confidence == pytest.approx(0.52)


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("set the heating to twenty one point five degrees", "eng", "set the heating to 21.5 degrees"),
        ("the code is one two three four", "eng", "the code is 1 2 3 4"),
        ("one of them", "eng", "one of them"),
        ("pon la luz al veintiuno por ciento", "spa", "pon la luz al 21 por ciento"),
        ("licht auf ein und zwanzig prozent", "deu", "licht auf 21 prozent"),
        ("twenty minutes", "fra", "twenty minutes"),
        ("the twenty third of may two thousand and six", "eng", "the 23rd of may 2006"),
        ("wait a second", "eng", "wait a second"),
        ("der dreiundzwanzigste mai", "deu", "der 23. mai"),
        ("el tres de mayo", "spa", "el 3 de mayo"),
    ],
)
def test_spoken_numbers_become_digits_in_the_languages_that_are_asked_for(text, language, meant):
    assert Rewriting(digits={"eng", "spa", "deu"})(heard(text, language)).text == meant


def test_numbers_with_a_pause_between_are_two():
    assert Rewriting(digits={"eng"})(heard("twenty five", gap=0.1)).text == "25"
    assert Rewriting(digits={"eng"})(heard("twenty five", gap=0.8)).text == "20 5"


def test_a_number_has_the_time_of_its_words():
    (number, _) = Rewriting(digits={"eng"})(heard("twenty one degrees")).words
    assert (number.word, number.start, number.end) == ("21", 0.0, 0.9)


def test_a_sentence_has_a_capital_and_names_are_written_as_they_are():
    written = Rewriting(sentence=True)(heard("i'm home call anna and turn the tv on if i ask"), ["Anna", "TV", "lamp"])
    assert written.text == "I'm home call Anna and turn the TV on if I ask"
    assert Rewriting(sentence=True)(heard("i casa", "ita")).text == "I casa"
    assert Rewriting()(heard("anna"), ["Anna"]).text == "anna"


def test_all_of_it_at_once_and_for_the_alternatives_too():
    rewriting = Rewriting(CORRECTIONS, {"eng"}, sentence=True)
    found = rewriting(heard("lamb at twenty percent", alternatives=(heard("lamb at thirty percent"),)))
    assert found.text == "Lamp at 20 percent"
    assert found.alternatives[0].text == "Lamp at 30 percent"


@given(
    st.lists(
        st.sampled_from(["lamb", "wash", "sing", "machine", "um", "twenty", "five", "point", "one", "hundred", "the"]),
        max_size=12,
    )
)
def test_words_stay_in_order_and_within_the_time_that_was_spoken(words):
    before = heard(" ".join(words))
    after = Rewriting(CORRECTIONS, {"eng"}, sentence=True)(before)
    times = [time for word in after.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert after.text == " ".join(word.word for word in after.words)
    assert all(0 <= time <= before.words[-1].end for time in times)
