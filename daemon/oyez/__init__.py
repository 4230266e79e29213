"""Oyez: the house hears and speaks.

As a library: `from oyez import Hearing, Speech`; see docs/api.md.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oyez.engines.mms.recordings import Heard
    from oyez.errors import OyezError
    from oyez.hearing import Hearing
    from oyez.model import Recognition, SpeechChunk, SpokenWord, Word
    from oyez.speech import Speech

__version__ = "0.1.0"
__all__ = [
    "Heard",
    "Hearing",
    "OyezError",
    "Recognition",
    "Speech",
    "SpeechChunk",
    "SpokenWord",
    "Word",
    "__version__",
]

_HOMES = {
    "Heard": "engines.mms.recordings",
    "Hearing": "hearing",
    "OyezError": "errors",
    "Recognition": "model",
    "Speech": "speech",
    "SpeechChunk": "model",
    "SpokenWord": "model",
    "Word": "model",
}


def __getattr__(name: str) -> object:
    """What the library offers, loaded when it is asked for: `import oyez` alone stays quick."""
    if home := _HOMES.get(name):
        return getattr(importlib.import_module(f"oyez.{home}"), name)
    raise AttributeError(f"module 'oyez' has no attribute {name!r}")
