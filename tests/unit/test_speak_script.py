"""Markup, lexicon and languages become lines that an engine can say, in order, with nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.scripts import prepare

from oyez.errors import InvalidInput
from oyez.ports import Role
from oyez.script import Line, Part, Pause, Sound
from oyez.speak import script
from oyez.speak.letters import by_script
from oyez.speak.lexicon import Lexicon


def line(*parts, voice="own", **manner):
    return Line(tuple(Part(*part) for part in parts), voice, **manner)


def find_sound(name):
    if name == "ding":
        return "/sounds/ding.wav"
    raise InvalidInput(f"no {name}")


def made(text, language="en", **options):
    return list(prepare(text, language, **options).items)


def test_a_sentence_in_two_languages_is_one_line_of_one_voice():
    assert made("She said [[fr:bonjour]], twice. Then she left.") == [
        line(("She said", "en"), ("bonjour,", "fr"), ("twice.", "en")),
        line(("Then she left.", "en")),
    ]


def test_another_manner_or_voice_is_another_line():
    assert made("It is [[slow:very]] late. [[voice bf_emma:Good night.]]") == [
        line(("It is", "en")),
        line(("very", "en"), speed=0.75),
        line(("late.", "en")),
        line(("Good night.", "en"), voice="bf_emma"),
    ]


def test_a_closing_mark_belongs_to_what_it_closes():
    assert made("[[loud:Fire]]! Get out.") == [line(("Fire!", "en"), volume=1.5), line(("Get out.", "en"))]


def test_pauses_and_sounds_stand_between_lines():
    assert made("[[play ding]]Dinner[[pause 2s]]is ready[[soft:[[play ding]]]]", find_sound=find_sound) == [
        Sound("/sounds/ding.wav"),
        line(("Dinner", "en")),
        Pause(2.0),
        line(("is ready", "en")),
        Sound("/sounds/ding.wav", 0.5),
    ]


def test_phonemes_stand_in_their_sentence():
    assert made("Say [[/təˈmeɪtoʊ/]], please.") == [
        line(("Say", "en"), ("/təˈmeɪtoʊ/,", "en", "təˈmeɪtoʊ,"), ("please.", "en"))
    ]


def test_the_lexicon_is_asked_before_numbers_are_put_in_words():
    lexicon = Lexicon({"en": {"21.5": "a nice temperature", "SZ": "/ˌɛsˈziː/"}})
    assert made("SZ: 21.5 or 22.5", lexicon=lexicon) == [
        line(("SZ:", "en", "ˌɛsˈziː:"), ("a nice temperature or twenty-two point five", "en"))
    ]


def test_letters_are_spelled_one_by_one():
    assert made("[[spell:Xy z]]") == [line(("X, Y, Z", "en"))]
    [spelled] = made("[[spell:ka]]")
    assert spelled.parts == (Part("K,", "en"), Part("A", "en", "ˈeɪ"))  # not the article
    assert made("[[spell:दिन]]", "hi") == [line(("दि, न", "hi"))]


def test_every_line_end_ends_a_sentence_in_and_around_markup():
    assert prepare("milk\n[[slow:eggs\nbread]]\nsalt", "en").sentences == ("milk", "eggs", "bread", "salt")
    assert prepare("<speak><p>One</p>two<s>three</s></speak>", "en").sentences == ("One", "two", "three")


def test_words_of_a_span_are_those_of_its_language():
    assert made("21.5 [[es:21.5]]")[0].parts[1] == Part("veintiuno coma cinco", "es")


def test_a_voice_brings_its_own_language():
    def cast(voice=None, language=None):
        return Role(voice or "own", language or ("es" if voice == "ef_dora" else "en"))

    assert script.prepare("[[voice ef_dora:21.5]]", cast).items == (
        line(("veintiuno coma cinco", "es"), voice="ef_dora"),
    )


def test_hindi_is_read_as_hindi_wherever_it_stands():
    assert made("The word नमस्ते दुनिया means hello.") == [
        line(("The word", "en"), ("नमस्ते दुनिया", "hi"), ("means hello.", "en"))
    ]
    assert made("नमस्ते 21 दुनिया", "hi") == made("[[hi:नमस्ते 21 दुनिया]]")


@pytest.mark.parametrize(
    ("text", "own", "runs"),
    [
        ("say 日本語です ok", "en", [("say ", None), ("日本語です", "ja"), (" ok", None)]),
        ("中文 and かな", "en", [("中文", "zh"), (" and ", None), ("かな", "ja")]),
        ("中文 and かな", "ja", [("中文 ", None), ("and", "en"), (" かな", None)]),
        ("Wi-Fi が切れました, X", "ja", [("Wi-Fi", "en"), (" が切れました, ", None), ("X", "en")]),
        ("外は 21.5 °C", "ja", [("外は 21.5 °C", None)]),
        ("打开 living room 的灯", "zh", [("打开 ", None), ("living room", "en"), (" 的灯", None)]),
        ("नमस्ते, दुनिया! ok", "en", [("नमस्ते, दुनिया", "hi"), ("! ok", None)]),
    ],
)
def test_letters_tell_their_language(text, own, runs):
    assert list(by_script(text, own)) == runs


@given(
    st.text(st.characters(codec="utf-16", categories=["L", "M", "N", "P", "Z"])), st.sampled_from(["en", "hi", "ja"])
)
def test_runs_joined_are_the_text(text, own):
    assert "".join(run for run, _ in by_script(text, own)) == text


def test_what_is_not_there_is_done_without_and_told_once():
    def cast(voice=None, language=None):
        return Role("own", "en", ("no such voice",) if voice else ())

    made = script.prepare("[[voice a:Hi.]] [[voice a:Ho.]] [[play gong]][[play gong]] 😀", cast, find_sound=find_sound)
    assert made.sentences == ("Hi.", "Ho.")
    assert made.notes == ("no such voice", "no gong", "left out: U+1F600 GRINNING FACE")


def test_what_stands_in_a_sounds_place_is_said_only_without_it():
    text = "<speak><audio src='{}'>Ding dong.</audio> Hello.</speak>"
    assert made(text.format("ding"), find_sound=find_sound)[0] == Sound("/sounds/ding.wav")
    assert prepare(text.format("ding"), "en", find_sound=find_sound).sentences == ("Hello.",)
    assert prepare(text.format("gong"), "en", find_sound=find_sound).sentences == ("Ding dong.", "Hello.")


def test_a_house_without_a_folder_for_sounds_says_so():
    assert "audio.media_dir" in prepare("Hi [[play ding]]", "en").notes[0]


def test_a_sound_alone_is_an_announcement_and_silence_is_none():
    assert made("[[play ding]]", find_sound=find_sound) == [Sound("/sounds/ding.wav")]
    for text in ("[[pause 2s]]", "[[slow:]]", "[[play gong]]", "<speak/>", "[[spell:]]", "[[]]"):
        with pytest.raises(InvalidInput, match="nothing in this text can be said"):
            prepare(text, "en", find_sound=find_sound)


MARKED = st.lists(
    st.one_of(
        st.sampled_from(
            ["[[slow:", "[[fr:", "[[spell:", "[[voice x:", "[[/ə/]]", "[[pause]]", "[[play ding]]", "]]", "\n", ". "]
        ),
        st.text(max_size=8),
        st.just(" word "),
    )
).map("".join)


@settings(deadline=None)  # a busy machine is no defect
@given(MARKED, st.sampled_from(["en-US", "es", "hi"]))
def test_any_marked_text_is_a_script_or_refused_and_keeps_its_words(text, language):
    try:
        made = prepare(text, language, find_sound=find_sound)
    except InvalidInput:
        assert " word " not in text
        return
    said = " ".join(made.sentences)
    assert said.count("word") + said.replace(", ", "").count("WORD") >= text.count(" word ")
    assert all(item.parts and item.text.strip() for item in made.items if isinstance(item, Line))
