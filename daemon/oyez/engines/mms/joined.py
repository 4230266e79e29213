"""Recognitions of pieces of one audio: each at its place, and all as one. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from oyez.model import Recognition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.model import Word


def later(recognition: Recognition, seconds: float) -> Recognition:
    """The same, said so many seconds later."""
    words = tuple(_later(word, seconds) for word in recognition.words)
    others = tuple(later(other, seconds) for other in recognition.alternatives)
    return replace(recognition, words=words, alternatives=others)


def _later(word: Word, seconds: float) -> Word:
    return replace(word, start=round(word.start + seconds, 2), end=round(word.end + seconds, 2))


def joined(parts: Sequence[Recognition], language: str) -> Recognition:
    """One recognition of the pieces."""
    words = tuple(word for part in parts for word in part.words)
    confidence = float(np.mean([word.confidence for word in words])) if words else 0.0
    alternatives = parts[0].alternatives if len(parts) == 1 else ()
    return Recognition(" ".join(word.word for word in words), language, confidence, words, alternatives)
