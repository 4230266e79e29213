"""A script becomes runs of the model, in order; what has no sound is told."""

from __future__ import annotations

import json

import pytest

from oyez.engines.kokoro import languages, voices, wire
from oyez.engines.kokoro.plan import Piece, plan
from oyez.engines.kokoro.split import LIMIT
from oyez.engines.kokoro.words import Span
from oyez.errors import InvalidInput
from oyez.model import SENTENCE_PAUSE
from oyez.script import Line, Part, Pause, Sound

HEART, EMMA = voices.find("af_heart"), voices.find("bf_emma")


def g2p(text, language):
    """Reads letters as they are, and says which language it was asked for."""
    return f"{text}{language.tag[0]}" if any(map(str.isalpha, text)) else ""


def line(*parts, voice="af_heart", **manner):
    return Line(tuple(Part(*part) for part in parts), voice, **manner)


def test_each_line_has_its_voice_speed_and_volume():
    steps, notes = plan(
        [line(("ab", "en-US")), line(("de", "fr-FR"), voice="bf_emma", speed=0.5, volume=1.5)], 1.5, g2p
    )
    words = (Span("ab", 0, 3),), (Span("de", 0, 3),)
    assert steps == [
        Piece("ab", "abe", HEART, 1.5, 1.0, words=words[0]),
        Piece("de", "def", EMMA, 0.75, 1.5, SENTENCE_PAUSE, words[1]),
    ]
    assert notes == []


def test_speeds_together_stay_within_what_the_model_speaks():
    assert [plan([line(("a", "es"), speed=speed)], speed, g2p)[0][0].speed for speed in (2.0, 0.5)] == [2.0, 0.5]


def test_parts_are_read_each_in_its_language_and_said_in_one_run():
    [piece], _ = plan([line(("ab", "en-US"), ("x", "fr-FR", "aɪ,"), ("cd", "hi"))], 1.0, g2p)
    assert (piece.text, piece.phonemes) == ("ab x cd", "abe I, cdh")


def test_words_are_told_with_the_phonemes_of_their_own_piece():
    words = ["a" * 99 for _ in range(12)]
    first, *others = plan([line((" ".join(words), "en-US"), ("x", "fr-FR", "aɪ"))], 1.0, g2p)[0]
    assert others
    told = [(word, piece.phonemes) for piece in (first, *others) for word in piece.words]
    assert [word.text for word, _ in told] == [*words, "x"]
    assert all(len(piece.phonemes) <= LIMIT for piece in (first, *others))
    assert {phonemes[int(word.start) : int(word.end)].strip("e") for word, phonemes in told} == {words[0], "I"}


def test_no_rest_is_added_to_a_pause():
    steps, _ = plan([line(("a", "es")), Pause(1.0), line(("b", "es")), Sound("/x.wav"), line(("c", "es"))], 1.0, g2p)
    assert [step.rest for step in steps if isinstance(step, Piece)] == [0.0, 0.0, 0.0]


def test_what_has_no_sound_is_told():
    _, notes = plan([line(("a", "es"), ("→", "hi")), line(("/b!ʘ/", "es", "b!ʘ"))], 1.0, g2p)
    assert notes == ["left out, has no sound in Hindi: →", "left out, not among Kokoro's phonemes: ʘ"]


@pytest.mark.parametrize("items", [[], [Pause(1.0)], [line(("→", "es"))], [line(("/ʘ/", "es", "ʘ"))]])
def test_a_script_without_a_sound_is_refused(items):
    with pytest.raises(InvalidInput, match="nothing in this text can be said"):
        plan(items, 1.0, g2p)


def test_letters_that_nobody_could_read_are_told():
    [piece], notes = plan([line(("a", "zh"))], 1.0, lambda text, _: f"{text} 𬸚 ʔ龘𬸚")
    assert (piece.phonemes, notes) == ("a ʔ", ["left out, can't be read in Mandarin Chinese: 𬸚 龘"])


def test_a_sound_alone_is_a_plan():
    assert plan([Sound("/x.wav")], 1.0, g2p) == ([Sound("/x.wav")], [])


def test_a_script_arrives_as_it_was_sent():
    items = [line(("a", "es"), ("b", "hi", "ə"), speed=0.5), Pause(0.5), Sound("/x.wav", 0.5)]
    assert list(wire.unpack(json.loads(json.dumps(wire.pack(items))))) == items


def test_a_role_is_the_nearest_to_what_is_asked_for(monkeypatch):
    monkeypatch.setattr(languages, "_installed", lambda _: False)

    def cast(voice=None, language=None):
        role = voices.cast(HEART, languages.catalogue()["es"], voice, language)
        return role.voice, role.language, [note.partition(";")[0] for note in role.notes]

    assert cast() == ("af_heart", "es", [])
    assert cast("bf_emma") == ("bf_emma", "en-GB", [])
    assert cast("bf_emma", "fr") == ("bf_emma", "fr-FR", [])
    assert cast(language="pt") == ("af_heart", "pt-BR", [])
    assert cast("af_hart") == ("af_heart", "es", ["said by af_heart: no voice is called 'af_hart'"])
    assert cast(language="de") == ("af_heart", "es", ["read as Spanish: no voice speaks the language 'de' (German)"])
    assert cast("jf_alpha")[:2] == ("af_heart", "es")
