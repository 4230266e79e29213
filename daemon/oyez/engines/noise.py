"""WebRTC's noise suppression, as calls have it, through webrtc-noise-gain (the extra `noise`)."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.errors import ModelMissing
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from oyez.model import Samples

MODULE = "webrtc_noise_gain"
BLOCK = HEARD_RATE // 100  # samples it takes at a time: 10 ms
FULL_SCALE = 32767  # of the 16 bits that it works on
NO_AUTOMATIC_GAIN = 0


def installed() -> bool:
    """Whether noise can be suppressed here."""
    return importlib.util.find_spec(MODULE) is not None


def library() -> Any:
    """The module. Raises ModelMissing when the extra `noise` isn't installed."""
    try:
        return importlib.import_module(MODULE)
    except ModuleNotFoundError as error:
        raise ModelMissing(
            f"noise suppression needs the Python module {error.name}, which isn't installed",
            hint='pip install "oyez[noise]", or noise_suppression: 0',
        ) from error


class WebrtcDenoiser:
    """A Denoiser with the state of one room; it learns the noise within a second or two."""

    def __init__(self, level: int) -> None:
        """`level` is 1 to 4. Raises ModelMissing."""
        self._processor = library().AudioProcessor(NO_AUTOMATIC_GAIN, level)

    def clean(self, samples: Samples) -> Samples:
        """The same without what seems to be noise; some milliseconds later than it came."""
        pcm = (samples * FULL_SCALE).astype(np.int16)
        blocks = [self._processor.Process10ms(block.tobytes()).audio for block in pcm.reshape(-1, BLOCK)]
        return np.frombuffer(b"".join(blocks), np.int16).astype(np.float32) / np.float32(FULL_SCALE)
