"""What people write is said as a native speaker would say it; what isn't clear stays; nothing is lost in silence."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.speak.text import clean
from oyez.speak.words import to_words
from oyez.speak.words.formatting import unformatted
from oyez.speak.words.language import LANGUAGES, language_of
from oyez.speak.words.units import Units

TABLES = Path(__file__).parent.parent / "data" / "words"
SPOKEN = st.sampled_from(sorted(LANGUAGES))
# What home notifications are made of, so that the strategy meets the rules; and what lies between.
PIECES = [
    "1", "2", "05", "7", "24", "45", "1999", "2026", "1.299,99", "1,299.99", "21.5", ".", ",", "-", "–", ":", "/", " ", " ", " ",
    "h", "min", "s", "m", "°", "°C", "%", "€", "$", "R$", "£", "PM", "p.m.", "th", "º", "ª", "e", "km/h", "kWh", "m²", "+", "−",
    "No.", "Dr.", "XIV", "Louis", "v", "in", "de", "Nov", "mai", "a.com", "http://", "@", "x", "(", ")", "#", "code", "tel.",
    "\n", "'", "’", " A", "T", "बजे", "नवंबर", "siècle", "million", "et", "porta", "minutos",
]  # fmt: skip
UNHURRIED = settings(deadline=None)  # a busy machine is no defect
WRITTEN = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def rows(language: str) -> list[tuple[str, str]]:
    with (TABLES / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        return [(row["written"], row["said"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize(
    ("language", "written", "said"), [(language, *row) for language in sorted(LANGUAGES) for row in rows(language)]
)
def test_it_is_said_as_a_native_speaker_says_it(language, written, said):
    assert to_words(clean(written, language)[0], language) == said


def test_the_examples_of_the_manual_are_said_so():
    manual = (Path(__file__).parents[2] / "docs" / "speech.md").read_text(encoding="utf-8")
    table = re.search(r"^\| written \|.*\n(?:\|.*\n)+", manual, re.MULTILINE)
    assert table is not None
    header, _, *examples = [[cell.strip(" `") for cell in row.strip("|\n").split("|")] for row in table[0].splitlines()]
    for written, *said in examples:
        assert [to_words(written, language) for language in header[1:]] == said


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_line_of_the_table_is_said_for_good(language):
    for _, said in rows(language):
        assert to_words(said, language) == said


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_unit_has_a_name_in_every_language(language):
    known = language_of(language)
    assert known is not None
    units = Units(known)
    for symbol in units.close + units.spaced:
        for value in (Decimal(1), Decimal(2), Decimal("21.5")):
            name = units.name(symbol, value)
            assert name
            assert name != symbol.strip() or name in ("bar", "lux")
            assert not re.search(r"\d|/|\b(?:length|power|energy|duration|pressure|mass|volume)-", name), symbol


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", "five meters"),
        ("en-us", "five meters"),
        ("en-AU", "five meters"),
        ("fr-FR", "cinq mètres"),
        ("pt", "cinco metros"),
    ],
)
def test_a_region_without_a_table_is_read_as_its_language(tag, said):
    assert to_words("5 m", tag) == said


@pytest.mark.parametrize("language", ["ja", "zh", "cmn", "de", "xx", ""])
def test_a_language_without_a_table_stays(language):
    assert to_words("21.5 °C", language) == "21.5 °C"


@pytest.mark.parametrize(
    ("formatted", "plain"),
    [
        ("**Bold**, *italic*, __strong__, _soft_, ***both***", "Bold, italic, strong, soft, both"),
        ("`code` and ~~struck~~", "code and struck"),
        ("## Heading ##\ntext", "Heading\ntext"),
        ("- milk\n* eggs\n+ bread\n- [x] done", "milk\neggs\nbread\ndone"),
        ("1. first", "1. first"),
        ("[link](https://a.example/x?y=1) ![the door](door.png)", "link the door"),
        ("> quoted\n---\nend", "quoted\n\nend"),
        ("| room | °C |\n|---|---|\n| bath | 21 |", "room, °C\n\nbath, 21"),
        ("```yaml\nkey: 1\n```", "\nkey: 1\n"),
        ("<p class='x'>one<br/>two</p>", "\none\ntwo\n"),
        ("<b>bold</b> CO<sub>2</sub> &amp; &euro;5 &#176;", "bold CO2 & €5 °"),
        ("<style>b { color: red }</style>text<!-- note -->", " text "),
        ("5 * 3 * 2 < 40, <3, snake_case_name, AT&T, a_b_c", "5 * 3 * 2 < 40, <3, snake_case_name, AT&T, a_b_c"),
        ("- 5 °C", "- 5 °C"),
        ("-5 °C", "-5 °C"),
        ("&lt;b&gt; <unknown>", "<b> <unknown>"),
        ("[[pause]] [x] **", "[[pause]] [x] **"),
    ],
)
def test_formatting_is_taken_off_and_what_is_none_stays(formatted, plain):
    assert unformatted(formatted) == plain


@UNHURRIED
@given(st.one_of(WRITTEN, st.text()), SPOKEN)
def test_any_text_is_said_and_what_was_said_stays(text, language):
    said = to_words(text, language)
    assert to_words(said, language) == said


@UNHURRIED
@given(st.lists(WRITTEN, min_size=1, max_size=4), SPOKEN)
def test_no_digits_are_lost_in_silence(pieces, language):
    said = to_words(" ☐ ".join(pieces), language).split("☐")
    assert len(said) == len(pieces)
    for piece, words in zip(pieces, said, strict=True):
        assert bool(re.search(r"\d", piece)) <= any(char.isalnum() for char in words)


@UNHURRIED
@given(st.integers(0, 10**15 - 1), SPOKEN)
def test_every_number_is_said_in_words(number, language):
    assert not re.search(r"\d", to_words(f"x {number} x", language))


@pytest.mark.parametrize(
    "repeated",
    [
        "1",
        "1 ",
        "1.",
        "1,",
        "1-",
        "1:",
        "1/",
        "123 ",
        "12.",
        "1 h ",
        "1h",
        "+1 ",
        "-",
        ".",
        " ",
        "a.",
        "a-",
        "a@",
        "(1)",
        "1–",
        "€1",
        "XIV ",
        "#",
    ],
)
def test_no_text_hangs(repeated):
    for language, length in (("en-US", 10_000), ("fr", 2_000), ("es", 1_000), ("pt-BR", 1_000), ("hi", 1_000)):
        assert to_words(repeated * (length // len(repeated)), language)


@pytest.mark.parametrize(
    "repeated",
    ["<b ", "<", "<!--", "<script>", "*a ", "_a ", "`a", "[a](", "[a", "| -", "|", "> ", "&a", "# ", "~~a", " "],
)
def test_no_formatting_hangs(repeated):
    assert unformatted(repeated * (10_000 // len(repeated))) is not None


@UNHURRIED
@given(st.text("<>/ab*_`~[]()|#>&;!- \n1"))
def test_any_formatting_is_taken_off(text):
    assert len(unformatted(text)) <= len(text) + text.count("|") * 2
