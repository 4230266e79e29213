"""What people write becomes what can be read out; nothing is lost without a note."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripts import prepare

from oyez.errors import InvalidInput
from oyez.speak.text import clean, sentences, spell

# Letters and punctuation that are read in every language we speak, without what has a reading of its own.
WRITTEN = st.text(string.ascii_letters + "áéíóúñçãàèœ नमस्ते ,;:.!?…—'\"()«»¿¡।\n\t")
ANYTHING = st.text(st.characters())


def packed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("21.5", "twenty-one point five"),
        ("0.05", "zero point zero five"),
        ("-3.5°C", "minus three point five degrees Celsius"),
        ("−7 %", "minus seven percent"),
        ("1 °F", "one degree Fahrenheit"),
        ("1.0°", "one point zero degrees"),
        ("50%", "fifty percent"),
        ("1,250.5 W", "one thousand two hundred fifty point five W"),
        ("1,250", "one thousand two hundred fifty"),
        ("5.5kWh", "five point five kWh"),
        ("at 7:45 PM.", "at seven forty-five PM."),
        ("at 7:05 p.m. and", "at seven oh five PM and"),
        ("at 7:05 p.m. Then", "at seven oh five PM. Then"),
        ("9:00", "nine o'clock"),
        ("9:00 am", "nine AM"),
        ("19:00", "nineteen hundred"),
        ("0:00", "midnight"),
    ],
)
def test_english_numbers_and_times_are_said_in_words(written, said):
    assert spell(clean(written)[0], "en-US") == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("21,5 °C", "veintiuno coma cinco grados Celsius"),
        ("21.5", "veintiuno coma cinco"),  # home systems write states with a point whatever the language
        ("1.250 W", "mil doscientos cincuenta W"),
        ("1.250,5", "mil doscientos cincuenta coma cinco"),
        ("45 %", "cuarenta y cinco por ciento"),
        ("-1 °C", "menos uno grado Celsius"),
        ("las 1:00", "las una en punto"),
        ("las 7:45", "las siete y cuarenta y cinco"),
        ("las 9:00 p.m.", "las nueve de la tarde."),
    ],
)
def test_spanish_numbers_and_times_are_said_in_words(written, said):
    assert spell(written, "es") == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr-FR", "vingt-et-un virgule cinq"),
        ("hi", "इक्कीस दशमलव पाँच"),
        ("it", "ventuno virgola cinque"),
        ("pt-BR", "vinte e um vírgula cinco"),
    ],
)
def test_decimals_are_said_in_every_language(language, said):
    assert spell("21.5", language) == said


@pytest.mark.parametrize(
    "written",
    [
        "192.168.1.1",
        "v1.2.3",
        "21.11.2026",
        "10-20",
        "16:9",
        "12,34,56",
        "$5.50",
        "7:45:30",
        "12345678901234567.5",
        "24",
        "a1.5",
    ],
)
def test_what_only_looks_like_a_number_stays(written):
    assert spell(written, "en") == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dinner is ready. Come down!", ("Dinner is ready.", "Come down!")),
        ("Dr. Smith is here. He waits.", ("Dr. Smith is here.", "He waits.")),
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
        "At seven forty-five it was 20.",
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
    "text", ["", " \n\t", "...", "?!", "😀", "\x00\x01", "مرحبا بالعالم", "שלום", "日本語。", "\u200f\u202e"]
)
def test_a_text_without_anything_sayable_is_refused_with_the_reason(text):
    with pytest.raises(InvalidInput, match="nothing in this text can be said"):
        prepare(text, "en")


def test_words_of_other_scripts_do_not_glue_their_neighbours_together():
    assert prepare("one مرحبا two", "en").sentences == ("one two",)


def test_digits_of_other_scripts_are_read_as_digits():
    assert clean("२४ ٣٤")[0] == "24 34"


@given(WRITTEN)
def test_cleaning_and_splitting_lose_no_letter(text):
    cleaned, left_out = clean(text)
    assert left_out == []
    assert packed("".join(sentences(cleaned))) == packed(unicodedata.normalize("NFC", text.replace("।", ".")))


@given(ANYTHING)
def test_every_character_is_said_or_noted(text):
    cleaned, left_out = clean(text)
    for char in unicodedata.normalize("NFC", text):
        if char.isalnum() and char.isascii():
            assert char in cleaned
        assert char in cleaned or char in left_out or not char.isalpha(), f"{char!r} vanished"


@given(ANYTHING, st.sampled_from(["en-US", "es", "fr-FR", "hi", "it", "pt-BR", "xx"]))
def test_any_text_is_either_a_script_or_refused(text, language):
    try:
        script = prepare(text, language)
    except InvalidInput:
        return
    assert script.sentences
    assert all(sentence.strip() and "\n" not in sentence for sentence in script.sentences)


@given(st.from_regex(r"[-+]?[0-9]{0,20}[.,:]?[0-9]{0,20}[.,:]?[0-9]{0,5}( ?[°C%]{1,2})?", fullmatch=True))
def test_spelling_any_number_fails_never(text):
    for language in ("en", "es", "fr", "hi", "it", "pt"):
        assert spell(text, language) or not text
