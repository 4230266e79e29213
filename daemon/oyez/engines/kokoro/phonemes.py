"""Pure: the alphabet that Kokoro was trained on, and how espeak-ng's IPA is written in it.

The mappings follow misaki's espeak.py (hexgrad/misaki, MIT), which wrote the training data's phonemes.
"""

# ruff: noqa: RUF001 - letters that look like others are the matter here

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib import resources

# What joins the two signs of one sound in espeak's answer; anything that is no letter will do.
TIE = "^"

LETTER = "Lo"  # Unicode's category of letters that are neither small nor large

_LANGUAGE_SWITCH = re.compile(r"\([^()]*\)")  # "(en)weekend(fr)": espeak tells that it changed its mind
_SYLLABIC = re.compile(r"(\S)\u0329")

_ENGLISH = {
    "ʔˌn\u0329": "ʔn", "ʔn\u0329": "ʔn", "a^ɪ": "I", "a^ʊ": "W", "d^ʒ": "ʤ", "e^ɪ": "A", "e": "A", "t^ʃ": "ʧ",
    "ɔ^ɪ": "Y", "ə^l": "ᵊl", "ʲo": "jo", "ʲə": "jə", "ʲ": "", "ɚɹ": "əɹ", "ɚ": "əɹ", "r": "ɹ", "x": "k", "ç": "k",
    "ɐ": "ə", "ɬ": "l", "\u0303": "",
}  # fmt: skip
_BRITISH_FIRST = {"e^ə": "ɛː", "eə": "ɛː"}  # misaki turns the e into A before it looks for them
_BRITISH = {"iə": "ɪə", "i^ə": "ɪə", "ə^ʊ": "Q"}
_AMERICAN = {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}
_ENGLISH_LAST = {"o": "ɔ", "ɾ": "T", "ʔ": "t", TIE: ""}
_OTHERS = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ",
    "t^ʃ": "ʧ", "ɔ^ɪ": "Y", TIE: "", "-": "", "r.h": "ɽʰ", "r.": "ɽ",
}  # fmt: skip
# What people write, where the model was shown one sign for two sounds.
_WRITTEN = {
    "aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y", "tʃ": "ʧ", "dʒ": "ʤ", "g": "ɡ", "'": "ˈ",
}  # fmt: skip


@cache
def vocabulary() -> dict[str, int]:
    """The token of each phoneme and punctuation mark."""
    document = json.loads(resources.files("oyez").joinpath("data/kokoro-vocab.json").read_text(encoding="utf-8"))
    vocab: dict[str, int] = document["vocab"]
    return vocab


def in_alphabet(phonemes: str) -> str:
    """The phonemes in signs of the alphabet only; a letter with a mark becomes letter and mark where it must.

    What is left out are fine points of articulation (a dental t) that the model was never shown.
    """
    known = vocabulary()
    kept = (
        sign if sign in known else "".join(part for part in unicodedata.normalize("NFD", sign) if part in known)
        for sign in phonemes
    )
    return " ".join("".join(kept).split())


def unread(phonemes: str) -> list[str]:
    """The letters of a text, each once, that were left among its phonemes because nobody could read them."""
    known = vocabulary()
    return list(dict.fromkeys(sign for sign in phonemes if unicodedata.category(sign) == LETTER and sign not in known))


def tokens(phonemes: str) -> list[int]:
    """The tokens of phonemes of the alphabet, padding at both ends included."""
    known = vocabulary()
    return [0, *(known[sign] for sign in phonemes), 0]


def from_espeak(ipa: str, language: str) -> str:
    """Espeak's IPA (sounds of two signs tied with `TIE`) in Kokoro's alphabet; `language` is a BCP-47 tag."""
    ipa = _LANGUAGE_SWITCH.sub("", ipa)
    if language.startswith("en"):
        ipa = _replace(ipa, _BRITISH_FIRST if language == "en-GB" else {})
        ipa = _replace(ipa, _ENGLISH)
        ipa = _SYLLABIC.sub(r"ᵊ\1", ipa)
        ipa = _replace(ipa, _BRITISH if language == "en-GB" else _AMERICAN)
        ipa = _replace(ipa, _ENGLISH_LAST)
    else:
        ipa = _replace(ipa, _OTHERS)
    return in_alphabet(ipa)


def from_ipa(ipa: str) -> tuple[str, list[str]]:
    """IPA as people write it in Kokoro's alphabet, and its signs that aren't in there, each once."""
    known = vocabulary()
    written = _replace(unicodedata.normalize("NFC", ipa.replace("\u0361", "")), _WRITTEN)
    signs = [part for sign in written for part in ([sign] if sign in known else unicodedata.normalize("NFD", sign))]
    return in_alphabet(written), list(dict.fromkeys(sign for sign in signs if sign not in known and not sign.isspace()))


def _replace(ipa: str, mapping: dict[str, str]) -> str:
    for old in sorted(mapping, key=len, reverse=True):
        ipa = ipa.replace(old, mapping[old])
    return ipa
