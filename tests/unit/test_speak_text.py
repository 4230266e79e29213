"""What people write becomes what can be read out; nothing is lost without a note."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.scripts import prepare

from oyez.errors import InvalidInput
from oyez.speak.text import clean, sentences

# Letters and punctuation that are read in every language we speak, without what has a reading of its own.
WRITTEN = st.text(string.ascii_letters + "áéíóúñçãàèœ नमस्ते ,;:.!?…—'\"()«»¿¡।\n\t")
ANYTHING = st.text(st.characters())
UNHURRIED = settings(deadline=None)  # a busy machine is no defect
NO_FORMATTING = st.text(st.characters(exclude_characters="<>&[]()`~*_#|-+"))


def packed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dinner is ready. Come down!", ("Dinner is ready.", "Come down!")),
        ("Dr. Smith is here. He waits.", ("Doctor Smith is here.", "He waits.")),
        ("milk\neggs\r\n\nbread", ("milk", "eggs", "bread")),
        ("ठीक है। नमस्ते।", ("ठीक है.", "नमस्ते.")),
        ("**Now** — really?", ("Now — really?",)),
        ("Hi. ... !", ("Hi. ... !",)),
    ],
)
def test_a_text_is_read_sentence_by_sentence(text, expected):
    assert prepare(text, "en-US").sentences == expected


def test_decimal_points_end_no_sentence():
    assert prepare("It is 21.5 degrees. At 7:45 it was 20.", "en").sentences == (
        "It is twenty-one point five degrees.",
        "At seven forty-five it was twenty.",
    )


def test_what_is_left_out_is_told_once():
    script = prepare("Dinner\x07 😀😀 is ready", "en")
    assert script.sentences == ("Dinner is ready",)
    assert script.notes == ("left out: U+0007, U+1F600 GRINNING FACE",)


def test_a_note_names_a_few_characters_and_counts_the_rest():
    assert (
        prepare("Hi 😀😁😂😃😄😅😆", "en")
        .notes[0]
        .endswith("U+1F604 SMILING FACE WITH OPEN MOUTH AND SMILING EYES, 2 more")
    )


@pytest.mark.parametrize(
    "text", ["", " \n\t", "...", "?!", "😀", "\x00\x01", "مرحبا بالعالم", "שלום", "กขค", "\u200f\u202e"]
)
def test_a_text_without_anything_sayable_is_refused_with_the_reason(text):
    with pytest.raises(InvalidInput, match="nothing in this text can be said"):
        prepare(text, "en")


def test_words_of_other_scripts_do_not_glue_their_neighbours_together():
    assert prepare("one مرحبا two", "en").sentences == ("one two",)


def test_digits_of_other_scripts_are_read_as_digits():
    assert clean("२४ ٣٤", "en")[0] == "24 34"


@UNHURRIED
@given(WRITTEN)
def test_cleaning_and_splitting_lose_no_letter(text):
    cleaned, left_out = clean(text, "en")
    assert left_out == []
    assert packed("".join(sentences(cleaned))) == packed(unicodedata.normalize("NFC", text.replace("।", ".")))


@UNHURRIED
@given(NO_FORMATTING)
def test_every_character_is_said_or_noted(text):
    cleaned, left_out = clean(text, "en")
    for char in unicodedata.normalize("NFC", text):
        if char.isalnum() and char.isascii():
            assert char in cleaned
        assert char in cleaned or char in left_out or not char.isalpha(), f"{char!r} vanished"


@UNHURRIED
@given(ANYTHING, st.sampled_from(["en-US", "es", "fr-FR", "hi", "it", "pt-BR", "xx"]))
def test_any_text_is_either_a_script_or_refused(text, language):
    try:
        script = prepare(text, language)
    except InvalidInput:
        return
    assert script.sentences
    assert all(sentence.strip() and "\n" not in sentence for sentence in script.sentences)
