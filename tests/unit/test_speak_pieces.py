"""Texts that arrive in pieces: what is given on, and when."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oyez.ports import Role
from oyez.script import Line
from oyez.speak.pieces import Pieces
from oyez.speak.script import prepare

WRITTEN = st.lists(
    st.sampled_from(
        [
            "Dinner is ready.", "Come to the kitchen!", "Is it 21.5 °C, Dr. Smith?", "It is 5 p.m. now.", "No. 5 is late.",
            "Yes.", "U.S. news…", "[[slow:One. Two three. Four.]]", "[[pause 1s]]", "[[fr:Bonjour. Ça va?]]", "]]",
            "(He left.)", '"Go home."', "The bill is $1,299.99.", "**Wait. Then** run.", "At 7:45 PM. Or later", "1. Milk",
            "- Eggs", "今日は。元気ですか？", "नमस्ते। आप कैसे हैं?", "😀", "...", "e.g. this", "a < b", "<b>Hi.</b>",
        ]
    )
    | st.text(st.sampled_from("aB1 .!?,[]<"), max_size=8),
    max_size=8,
)  # fmt: skip
GAPS = st.lists(st.sampled_from([" ", "  ", "\n", "\n\n", ""]), min_size=8, max_size=8)
TEXTS = st.builds(
    lambda parts, gaps: "".join(part + gap for part, gap in zip(parts, gaps, strict=False)), WRITTEN, GAPS
)


def given_on(text: str, *cuts: int, language: str = "en-US") -> list[str]:
    """What is given on of a text that arrives cut at these places."""
    arriving, places = Pieces(language), [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    return [*(said for piece in pieces for said in arriving.feed(piece)), *arriving.finish()]


def said(text: str) -> list[tuple[object, ...]]:
    """The lines of a text's script, as an engine would get them."""

    def cast(voice=None, language=None):
        return Role(voice or "af_heart", language or "en-US")

    try:
        script = prepare(text, cast)
    except ValueError:
        return []
    return [item for item in script.items if isinstance(item, Line)]


@settings(deadline=None)
@given(TEXTS, st.data())
@example("<speak>One. Two three. Four</speak>", None)
@example("Hello. [[", None)
@example("\n< ", None)
@example("1. Milk今日は。元気ですか？ ", None)
def test_however_a_text_is_cut_the_same_is_given_on(text, data):
    whole = given_on(text)
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=12)) if data else [1, 3, 9]
    assert given_on(text, *cuts) == whole
    assert given_on(text, *range(len(text))) == whole
    assert "".join("".join(whole).split()) == "".join(text.split())


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Dinner is ready.", "Come to the kitchen!", "It is 21.5 °C, Dr. Smith.", "It is 5 p.m. now.",
                "Lamp No. 5 is on.", "[[slow:One. Two three. Four.]]", "[[fr:Bonjour. Ça va?]]", "The bill is $1,299.99.",
                "(He left.)", "I said “go”. He did.", "Call 555-0123.", "Louis XIV. was king.", "Wait…", "नमस्ते। आप कैसे हैं?",
            ]
        ),
        min_size=1, max_size=6,
    ),
    st.sampled_from([" ", "\n", "  "]),
)  # fmt: skip
def test_sentences_given_on_one_by_one_are_those_of_the_whole_text(parts, gap):
    text = gap.join(parts)
    assert [line for one in given_on(text) for line in said(one)] == said(text)


@pytest.mark.parametrize(
    ("arrived", "complete"),
    [
        ("Dinner is ready. Come ", ["Dinner is ready."]),
        ("Dinner is ready.\n", ["Dinner is ready.\n"]),
        ("Dinner is ready.", []),  # 5?
        ("Dinner is ready. Co", []),  # "Co. KG"
        ("Here is Dr. Smith ", []),
        ("It has 21. 5 ", []),
        ("[[slow:It burns. Leave the house. Now ", []),
        ("[[slow:It burns. Leave]] the house. Now ", ["[[slow:It burns. Leave]] the house."]),
        ("<speak>One. Two three. ", []),
        ("<b>One.</b> Two three. Four ", []),
        ("今日は。元", ["今日は。"]),
    ],
)
def test_a_sentence_is_given_on_as_soon_as_it_is_certain_that_it_has_ended(arrived, complete):
    assert list(Pieces("en-US").feed(arrived)) == complete


def test_abbreviations_are_those_of_the_language():
    assert given_on("Vive la Sra. García. Hola a todos", language="es") == ["Vive la Sra. García.", " Hola a todos"]
