"""espeak-ng's IPA in the alphabet that Kokoro was trained on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.kokoro.phonemes import from_espeak, in_alphabet, tokens, vocabulary


@pytest.mark.parametrize(
    ("ipa", "language", "expected"),
    [
        ("fˈa^ɪv dᵻɡɹˈiːz", "en-US", "fˈIv dᵻɡɹˈiz"),
        ("wˈɔːɾɚ", "en-US", "wˈɔTəɹ"),
        ("bˈʌʔn\u0329", "en-US", "bˈʌtn"),
        ("ˈo^ʊvɚ", "en-US", "ˈOvəɹ"),
        ("ˈə^ʊvə", "en-GB", "ˈQvə"),
        ("ðeə nˈi^ə", "en-GB", "ðɛː nˈɪə"),
        ("lavatrˈit^ʃe pˈit^sːa", "it", "lavatrˈiʧe pˈiʦːa"),
        ("nˌɐ\u0303^ʊ\u0303 \u0169", "pt-BR", "nˌɐ\u0303ʊ\u0303 u\u0303"),
        ("dˈʊnɪj (^e^n)həlˈə^ʊ(^h^i)", "hi", "dˈʊnɪj həlˈQ"),
        ("pˈʌr.h", "hi", "pˈʌɽʰ"),
    ],
)
def test_espeak_is_rewritten_as_misaki_writes_it(ipa, language, expected):
    assert from_espeak(ipa, language) == expected


def test_the_alphabet_has_114_signs_with_tokens_below_178():
    assert len(vocabulary()) == 114
    assert all(len(sign) == 1 and 0 < token < 178 for sign, token in vocabulary().items())


def test_tokens_are_padded_at_both_ends():
    assert tokens("ab.") == [0, 43, 44, 4, 0]


@given(st.text())
def test_whatever_comes_is_written_in_the_alphabet(text):
    assert set(in_alphabet(text)) <= set(vocabulary())
    assert len(tokens(in_alphabet(text))) == len(in_alphabet(text)) + 2
