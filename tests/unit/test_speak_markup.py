"""Our own markup: every text is one, and nothing that is to be said gets lost in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.script import Pause
from oyez.speak.markup import parse
from oyez.speak.spans import Manner, Play, Span

PLAIN = Manner()
PIECES = [" ", *["[[", "]]", "[", "]", ":", "/", "pause", "play", "voice", "slow:", "spell:", "fr:", "500ms", "word", "[[pause]]"]]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Hello", [Span("Hello")]),
        ("[[pause]]", [Pause(0.5)]),
        ("a[[pause 500ms]]b", [Span("a"), Pause(0.5), Span("b")]),
        ("[[ pause  1.25 s ]]", [Pause(1.25)]),
        ("[[slow:a]]b", [Span("a", Manner(speed=0.75)), Span("b")]),
        ("[[fast: a]]", [Span(" a", Manner(speed=1.3))]),
        ("[[loud:a]]", [Span("a", Manner(volume=1.5))]),
        ("[[soft:a]]", [Span("a", Manner(volume=0.5))]),
        ("[[spell:ABC]]", [Span("ABC", Manner(spelled=True))]),
        ("[[fr:bonjour]]", [Span("bonjour", Manner(language="fr"))]),
        ("[[pt-BR:olá]]", [Span("olá", Manner(language="pt-BR"))]),
        ("[[voice bf_emma:hi]]", [Span("hi", Manner(voice="bf_emma"))]),
        ("[[voice bf_emma*0.6 + am_adam*0.4:hi]]", [Span("hi", Manner(voice="bf_emma*0.6 + am_adam*0.4"))]),
        ("[[/fəˈniːm/]]", [Span("/fəˈniːm/", PLAIN, "fəˈniːm")]),
        ("[[play door bell.wav]]", [Play("door bell.wav")]),
        ("[[play https://x.org/a.wav]]", [Play("https://x.org/a.wav")]),
        ("[[soft:[[play ding]]]]", [Play("ding", Manner(volume=0.5))]),
        ("[[soft:a[[fr:b]]c]]d", [
            Span("a", Manner(volume=0.5)), Span("b", Manner(language="fr", volume=0.5)),
            Span("c", Manner(volume=0.5)), Span("d"),
        ]),
        ("[[fr:[[voice bf_emma:hi]]]]", [Span("hi", Manner(voice="bf_emma"))]),
    ],
)  # fmt: skip
def test_every_form_means_what_the_documentation_says(text, items):
    marked = parse(text)
    assert list(marked.items) == items
    assert marked.notes == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[Alarm] front door", "[Alarm] front door"),
        ("[[Kitchen]] is warm", "Kitchen is warm"),
        ("[[Tip: eat]]", "Tip: eat"),
        ("[[tip:eat]]", "tip:eat"),
        ("[[12:30]]", "12:30"),
        ("[[pause 3 min]]", "pause 3 min"),
        ("[[pause -1s]]", "pause -1s"),
        ("[[play]]", "play"),
        ("[[]]", ""),
        ("a ]] b", "a ]] b"),
        ("a [[ b", "a b"),
        ("[[[a]]]", "[a]"),
    ],
)
def test_what_is_no_markup_is_read_as_it_stands(text, said):
    assert "".join(item.text for item in parse(text).items) == said
    assert all(item.manner == PLAIN for item in parse(text).items)


def test_what_is_never_closed_goes_on_to_the_end():
    assert parse("[[slow:a [[loud:b").items == (
        Span("a ", Manner(speed=0.75)),
        Span("b", Manner(speed=0.75, volume=1.5)),
    )


def test_a_pause_is_ten_seconds_at_most_which_is_told():
    marked = parse("[[pause 60s]]")
    assert marked.items == (Pause(10.0),)
    assert marked.notes == ("a pause of 60 s was cut to 10 s",)


def test_ten_thousand_forms_in_one_another_are_read_within_what_a_voice_can_do():
    [span] = parse("[[slow:[[loud:" * 5_000 + "deep" + "]]]]" * 5_000).items
    assert span == Span("deep", Manner(speed=0.5, volume=2.0))


@given(st.text())
def test_a_text_without_double_brackets_is_one_span(text):
    text = re.sub(r"\[\[|\]\]", "", text).replace("[", "")
    assert parse(text).items == ((Span(text),) if text else ())


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5))).map("".join))
def test_any_text_is_read_and_keeps_its_words(text):
    marked = parse(text)
    said = "".join(item.text for item in marked.items if isinstance(item, Span))
    assert said.count("word") >= text.count("word") - len(re.findall(r"\[\[\s*(?:voice|play)", text))
    assert all(0.5 <= item.manner.speed <= 2.0 for item in marked.items if isinstance(item, Span))
    assert all(0.0 <= item.seconds <= 10.0 for item in marked.items if isinstance(item, Pause))
