"""espeak-ng through ctypes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.engines.kokoro import g2p
from oyez.engines.kokoro.espeak import EspeakG2p
from oyez.engines.kokoro.languages import catalogue
from oyez.engines.kokoro.phonemes import vocabulary
from oyez.engines.kokoro.split import LIMIT, split
from oyez.errors import ConfigError

SPOKEN = [language for language in catalogue().values() if language.espeak]


@pytest.fixture(scope="module")
def espeak():
    return EspeakG2p()


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("en-US", "The dryer is done.", "ðə dɹˈIəɹ ɪz dˈʌn."),
        ("en-US", 'Yes, no; "ok" (fine)!', 'jˈɛs, nˈO; "ˌOkˈA" (fˈIn)!'),
        ("en-GB", "There is nothing near.", "ðɛːɹ ɪz nˈʌθɪŋ nˈɪə."),
        ("es", "¿Qué tal? Bien.", "kˈe tˈal? bjˈen."),
        ("fr-FR", "Le linge est sec.", "lə lˈɛ\u0303ʒ ɛ sˈɛk."),
        ("hi", "नमस्ते", "nəmˈʌsteː"),
        ("it", "Gli gnocchi", "ʎɪ ɲˈokːɪ"),
        ("pt-BR", "coração", "kˌoɾasˈɐ\u0303ʊ\u0303"),
    ],
)  # fmt: skip
def test_each_language_is_read_by_its_own_rules(espeak, tag, text, expected):
    assert espeak(text, catalogue()[tag]) == expected


def test_two_readers_in_one_process_do_not_change_each_other_s_language(espeak):
    english, french, other = catalogue()["en-US"], catalogue()["fr-FR"], EspeakG2p()
    once = espeak("dryer", english)
    assert other("dryer", french) != once
    assert espeak("dryer", english) == once


def test_a_decimal_point_is_no_full_stop(espeak):
    assert espeak("21.5", catalogue()["en-US"]) == "twˈɛnti wˈʌn pYnt fˈIv"


@pytest.mark.parametrize("text", ["", " ", "...", "?!", "→"])
def test_what_has_no_sound_has_no_phonemes(espeak, text):
    assert espeak(text, catalogue()["es"]) == ""


def test_three_thousand_characters_without_punctuation_are_cut_between_words(espeak):
    phonemes = espeak(("the house hears and speaks " * 112)[:3000], catalogue()["en-US"])
    pieces = split(phonemes)
    assert all(len(piece) <= LIMIT for piece in pieces)
    assert " ".join(pieces) == phonemes


@pytest.mark.parametrize(("word", "sound"), [("x", "ɛks"), ("w", "ʌbᵊlj")])
def test_nothing_is_dropped_of_endless_words_and_clauses(espeak, word, sound):
    assert espeak(word * 300, catalogue()["en-US"]).count(sound) == 300
    assert espeak(" ".join([word * 5] * 300), catalogue()["en-US"]).count(sound) == 1500


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(SPOKEN))
def test_any_text_becomes_phonemes_of_the_alphabet(text, language):
    assert set(EspeakG2p()(text, language)) <= set(vocabulary())


def test_misaki_that_is_not_installed_is_told_with_the_command_that_brings_it(monkeypatch):
    monkeypatch.setattr(g2p, "misaki_available", lambda: False)
    with pytest.raises(ConfigError) as caught:
        g2p.choose("misaki")
    assert "oyez[english]" in caught.value.hint
    assert g2p.choose("auto")[0] == "espeak-ng"
