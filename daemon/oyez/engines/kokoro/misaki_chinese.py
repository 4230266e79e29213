"""misaki reads Mandarin, as it was read to train Kokoro. The extra `chinese`: with its dictionaries, no network."""

from __future__ import annotations

import logging
import re
import tempfile
from typing import TYPE_CHECKING

import jieba
from misaki.zh import ZHG2P

if TYPE_CHECKING:
    from oyez.engines.kokoro.languages import Language

_TIME = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?!\d)")
_DEGREES = re.compile(r"(?<=\d)\s*°C?")


class ChineseG2p:
    """Chinese letters by their Mandarin sounds, word by word."""

    def __init__(self) -> None:
        jieba.setLogLevel(logging.WARNING)
        # It keeps its dictionary under a name that everybody may write in /tmp, and trusts what it finds there.
        with tempfile.TemporaryDirectory() as folder:
            jieba.dt.tmp_dir = folder
            jieba.initialize()
        self._reader = ZHG2P()

    def __call__(self, text: str, language: Language) -> str:  # noqa: ARG002 - it has one
        """The phonemes of a Chinese text; see G2p."""
        phonemes, _ = self._reader(_DEGREES.sub("度", _TIME.sub(r"\1点\2分", text)))
        return " ".join(phonemes.split()) if any(sign.isalpha() for sign in phonemes) else ""
