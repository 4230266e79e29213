"""SSML: what our voices can follow is followed, and whatever else comes is read as its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.script import Pause
from oyez.speak.spans import Manner, Play, Span
from oyez.speak.ssml import parse, recognised

TAGS = ["speak", "p", "s", "break", "prosody", "emphasis", "say-as", "phoneme", "voice", "sub", "lang", "audio", "x", "desc"]  # fmt: skip
ATTRIBUTES = ["time", "strength", "rate", "volume", "level", "interpret-as", "ph", "alphabet", "name", "alias", "xml:lang", "src"]  # fmt: skip
VALUES = ["", *["1s", "500ms", "strong", "slow", "+6dB", "-999999dB", "80%", "1e9", "nan", "ipa", "af_bella", "fr", "../x", "ˈ", "x-loud"]]  # fmt: skip


def spoken(marked) -> str:
    return "".join(item.text for item in marked.items if isinstance(item, Span))


def inside(xml: str) -> list:
    marked = parse(f"<speak>{xml}</speak>")
    assert marked.notes == ()
    return list(marked.items)


@pytest.mark.parametrize(
    ("xml", "items"),
    [
        ("Hello", [Span("Hello")]),
        ("a\n   b", [Span("a b")]),
        ("Tom &amp; J&#233;r&#xF4;me", [Span("Tom & Jérôme")]),
        ("<![CDATA[5 < 6]]>", [Span("5 < 6")]),
        ("<p>a</p><p>b</p>", [Span("\na\n\nb\n")]),
        ("<break/>", [Pause(0.4)]),
        ('<break strength="x-strong"/>', [Pause(1.0)]),
        ('<break time="250ms"/>', [Pause(0.25)]),
        ('<break time="1.5s"/>', [Pause(1.5)]),
        ('<break time="soon"/>', [Pause(0.4)]),
        ('<prosody rate="slow">a</prosody>', [Span("a", Manner(speed=0.75))]),
        ('<prosody rate="120%">a</prosody>', [Span("a", Manner(speed=1.2))]),
        ('<prosody rate="-20%">a</prosody>', [Span("a", Manner(speed=0.8))]),
        ('<prosody rate="9">a</prosody>', [Span("a", Manner(speed=2.0))]),
        ('<prosody volume="loud" pitch="high">a</prosody>', [Span("a", Manner(volume=1.5))]),
        ('<prosody volume="-200dB">a</prosody>', [Span("a", Manner(volume=1e-10))]),
        ('<prosody volume="999999dB">a</prosody>', [Span("a", Manner(volume=10**0.3))]),
        ('<prosody volume="50">a</prosody>', [Span("a", Manner(volume=0.5))]),
        ("<emphasis>a</emphasis>", [Span("a", Manner(speed=0.92, volume=1.2))]),
        ('<say-as interpret-as="characters">AB</say-as>', [Span("AB", Manner(spelled=True))]),
        ('<say-as interpret-as="date">1.2.2026</say-as>', [Span("1.2.2026")]),
        ('<phoneme ph="fəˈniːm">word</phoneme>', [Span("/fəˈniːm/", Manner(), "fəˈniːm")]),
        ('<phoneme ph="">word</phoneme>', [Span("word")]),
        ('<voice name="bf_emma">a</voice>', [Span("a", Manner(voice="bf_emma"))]),
        ('<voice name="bf_emma + am_adam">a</voice>', [Span("a", Manner(voice="bf_emma + am_adam"))]),
        ('<voice name="bf_emma" xml:lang="fr">a</voice>', [Span("a", Manner(voice="bf_emma", language="fr"))]),
        ('<lang xml:lang="fr">a</lang>b', [Span("a", Manner(language="fr")), Span("b")]),
        ('<sub alias="World Wide Web">WWW</sub>', [Span("World Wide Web")]),
        ('<audio src="ding.wav"/>', [Play("ding.wav")]),
        ('<audio src="ding">a</audio>', [Play("ding"), Span("a", Manner(instead_of="ding"))]),
        ("<desc>a bell</desc><metadata><x>y</x></metadata>b", [Span("b")]),
        ('<mark name="x"/><amazon:effect name="whispered">a</amazon:effect> <b>c</b>', [Span("a c")]),
    ],
)  # fmt: skip
def test_a_tag_does_what_the_documentation_says(xml, items):
    assert inside(xml) == items


def test_the_language_of_the_whole_is_that_of_its_root():
    marked = parse('<?xml version="1.0" encoding="latin-1"?>\n<speak version="1.1" xml:lang="es">Olé</speak>')
    assert marked.items == (Span("Olé", Manner(language="es")),)


@pytest.mark.parametrize(
    ("text", "yes"),
    [("<speak>a</speak>", True), (" \n<speak/>", True), ("<?xml version='1.0'?><speak/>", True), ("<speaker>", False), ("a <speak>", False)],
)  # fmt: skip
def test_a_text_is_ssml_when_it_starts_so(text, yes):
    assert recognised(text) is yes


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("<speak>Tom & Jerry &amp; I</speak>", "Tom & Jerry & I", "not well-formed"),
        ("<speak>It is <b>five</speak>", "It is five", "mismatched tag in line 1"),
        ("<speak>a&nbsp;b</speak>", "a b", "undefined entity"),
        ("<speak>Dinner <break time='1s'/>", "Dinner", "no element found"),
        ("<speak a", "<speak a", "unclosed token"),
        ("<speak>a</speak>b", "a b", "junk after document element"),
        ("<!DOCTYPE speak SYSTEM 'http://x.org/a.dtd'><speak>a</speak>", "a", "DOCTYPE"),
        ("<speak>" + "<x>" * 10_000 + "deep" + "</x>" * 10_000 + "</speak>", "deep", "20,000 are the most"),
        ("<speak>" + "<x>" * 100 + "deep" + "</x>" * 100 + "</speak>", "deep", "more than 64 deep"),
        ("<speak>a\x00b</speak>", "a\x00b", "not well-formed"),
        ("<speak>\ud800</speak>", "?", None),
    ],
)  # fmt: skip
def test_broken_ssml_is_read_as_its_words_with_a_note(text, said, why):
    marked = parse(text)
    assert spoken(marked).split() == said.split()
    assert marked.notes == () if why is None else why in marked.notes[0]


def test_no_entity_is_ever_resolved():
    laughs = "".join(f'<!ENTITY l{n} "' + f"&l{n - 1};" * 10 + '">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE speak [<!ENTITY l0 "lol">{laughs}]><speak>&l9;</speak>'
    assert spoken(parse(bomb)).split() == ["&l9;"]
    stolen = '<!DOCTYPE speak [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>'
    assert spoken(parse(stolen)).split() == ["&x;"]


def test_what_is_not_understood_is_told_and_done_without():
    marked = parse("<speak><prosody rate='warp'>a</prosody><phoneme alphabet='x-sampa' ph='f@'>b</phoneme></speak>")
    assert marked.items == (Span("ab"),)
    assert marked.notes == (
        "a rate of 'warp' isn't understood",
        "phonemes in the alphabet 'x-sampa' can't be said, only ipa",
    )


@given(st.text(st.characters(exclude_characters="<>&", exclude_categories=["Cs"])))
def test_any_text_in_a_root_is_said_as_it_stands(text):
    assert spoken(parse(f"<speak>{text}</speak>")).split() == text.split()


def element(tag, attributes, content) -> str:
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<{tag}{written}>{''.join(content)}</{tag}>"


NODES = st.recursive(
    st.sampled_from(["word ", "word, ", "&amp;"]),
    lambda inner: st.builds(
        element,
        st.sampled_from(TAGS),
        st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(VALUES), max_size=3),
        st.lists(inner, max_size=4),
    ),
    max_leaves=20,
)


@given(NODES)
def test_any_tree_of_tags_is_read_and_keeps_its_words(xml):
    marked = parse(f"<speak>{xml}</speak>")
    silent = any(word in xml for word in ("<desc", "alias=", "ph="))
    assert spoken(marked).count("word") == xml.count("word") or silent
    assert all(0.0 <= item.manner.volume <= 2.0 for item in marked.items if isinstance(item, Span))
    assert not any("can't be followed" in note for note in marked.notes)


@given(NODES, st.data())
def test_a_tree_cut_anywhere_is_still_read(xml, data):
    whole = f"<speak>{xml}</speak>"
    cut = whole[: data.draw(st.integers(8, len(whole)))]
    assert isinstance(spoken(parse(cut)), str)
