"""Which voice activity detection there is, by its name in the config."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Literal, cast

from oyez.errors import ModelMissing

if TYPE_CHECKING:
    from oyez.ports import Vad

ENGINES = {"silero": ("oyez.engines.silero", "SileroVad"), "webrtc": ("oyez.engines.webrtc", "WebrtcVad")}


def make_vad(engine: Literal["silero", "webrtc"]) -> Vad:
    """A new detector for one room. Raises ModelMissing when the extra `hear` isn't installed."""
    module, name = ENGINES[engine]
    try:
        made = getattr(importlib.import_module(module), name)()
    except ModuleNotFoundError as error:
        raise ModelMissing(
            f"voice activity detection by {engine} needs the Python module {error.name}, which isn't installed",
            hint='pip install "oyez[hear]"',
        ) from error
    return cast("Vad", made)
