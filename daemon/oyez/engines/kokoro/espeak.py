"""espeak-ng by ctypes: reads every language of the catalogue. One instance a process, as its library has global state.

Not through phonemizer: it reads "21.5" as two sentences, and two incompatible packages install under its name.
"""

from __future__ import annotations

import ctypes
import re
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import espeakng_loader

from oyez.engines.kokoro.phonemes import TIE, from_espeak, in_alphabet
from oyez.errors import EngineFailed

if TYPE_CHECKING:
    from oyez.engines.kokoro.languages import Language

# From speak_lib.h.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
CHARS_UTF8 = 1
PHONEMES_IPA = 0x02
PHONEMES_TIE = 0x80
PHONEME_MODE = PHONEMES_IPA | PHONEMES_TIE | ord(TIE) << 8

# espeak drops punctuation, and the model speaks by it. Between letters or digits it is part of a word: "21.5", "a.m".
_MARKS = r";:,.!?¡¿—…\"«»“”(){}\[\]"
_PUNCTUATION = re.compile(rf"(\s*(?:(?<!\w)[{_MARKS}]|[{_MARKS}](?!\w))+\s*)")
# espeak silently forgets what overflows its buffers for a word's and for a clause's phonemes (about 170 and 1,000), and
# one letter that is spelled out, a "w", has seven.
_RUN = re.compile(r"\S(?:.{0,118}\S)?(?!\S)|\S{1,120}", re.DOTALL)
_ENDLESS_WORD = re.compile(r"\w{29,}")
_WORD_PART = re.compile(r"\w{1,7}")
_AS_KOKORO = str.maketrans({"«": "“", "»": "”", "{": "(", "}": ")", "[": "(", "]": ")"})


class EspeakG2p:
    """espeak-ng behind the G2P door."""

    _voice: ClassVar[str | None] = None  # of the library: there is one, however many are made of this

    def __init__(self) -> None:
        self._library = _library()

    def __call__(self, text: str, language: Language) -> str:
        """The phonemes of a text; see G2p."""
        self._speak_as(language.espeak or language.primary)
        text = _ENDLESS_WORD.sub(lambda word: " ".join(_WORD_PART.findall(word[0])), text)
        parts = _PUNCTUATION.split(text)
        words = [from_espeak(" ".join(map(self._ipa, _RUN.findall(part))), language.tag) for part in parts[0::2]]
        marks = [_spaced(mark.translate(_AS_KOKORO)) for mark in parts[1::2]] + [""]
        return in_alphabet("".join(word + mark for word, mark in zip(words, marks, strict=True))) if any(words) else ""

    def _speak_as(self, voice: str) -> None:
        if voice == EspeakG2p._voice:
            return
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise EngineFailed(f"espeak-ng has no voice {voice!r}", hint="oyez doctor")
        EspeakG2p._voice = voice

    def _ipa(self, text: str) -> str:
        """IPA of a short text without punctuation; espeak goes through it clause by clause."""
        position = ctypes.c_char_p(text.encode())
        clauses = []
        while position.value is not None:
            clauses.append(self._library.espeak_TextToPhonemes(ctypes.byref(position), CHARS_UTF8, PHONEME_MODE))
        return " ".join(clause.decode() for clause in clauses if clause)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    data = espeakng_loader.get_data_path().encode()
    if library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, data, INITIALIZE_DONT_EXIT) < 0:
        raise EngineFailed("espeak-ng can't read its data", hint="pip install --force-reinstall espeakng-loader")
    return library


def _spaced(marks: str) -> str:
    """Punctuation as the model knows it: closing marks stick to the word before, opening ones to the word after."""
    inner = marks.strip()
    return (" " if marks[0].isspace() else "") + inner + (" " if marks[-1].isspace() else "")
