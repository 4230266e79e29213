"""Audio of clients to ours and back: raw PCM of any rate, width and number of channels. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oyez.model import Samples

RATES = range(4_000, 192_001)
WIDTHS = range(1, 5)
CHANNELS = range(1, 9)
SPEECH_WIDTH = 2  # bytes of a sample that we send


class Heard:
    """Makes 16 kHz mono of PCM as it comes: little-endian, signed, but for unsigned samples of one byte.

    Raises InvalidInput for a format that nobody has.
    """

    def __init__(self, rate: int, width: int, channels: int) -> None:
        if rate not in RATES or width not in WIDTHS or channels not in CHANNELS:
            raise InvalidInput(
                f"audio of {rate} Hz, {width} bytes a sample and {channels} channels is none that can be heard"
            )
        self.format = (rate, width, channels)
        self._width, self._channels = width, channels
        self._rest = b""
        self._resampler = soxr.ResampleStream(rate, HEARD_RATE, 1) if rate != HEARD_RATE else None

    def feed(self, pcm: bytes, *, last: bool = False) -> Samples:
        """The samples that are ready; what is no whole sample waits for the next bytes."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (self._width * self._channels)
        pcm, self._rest = pcm[:whole], pcm[whole:]
        mono = _scaled(pcm, self._width).reshape(-1, self._channels).mean(axis=1, dtype=np.float32)
        heard: Samples = self._resampler.resample_chunk(mono, last=last) if self._resampler else mono
        return heard.clip(-1.0, 1.0)

    def finish(self) -> Samples:
        """What is left in the resampler."""
        return self.feed(b"", last=True)


def to_pcm(samples: Samples) -> bytes:
    """Samples as PCM of `SPEECH_WIDTH`."""
    return (samples.clip(-1.0, 1.0) * 32767).round().astype("<i2").tobytes()


def _scaled(pcm: bytes, width: int) -> NDArray[np.float32]:
    """Samples in [-1, 1] of all channels."""
    if width == 1:
        return np.frombuffer(pcm, np.uint8).astype(np.float32) / np.float32(128) - np.float32(1)
    table = np.frombuffer(pcm, np.uint8).reshape(-1, width)
    filled = np.pad(table, ((0, 0), (4 - width, 0)))  # the low bytes come first
    return filled.view("<i4").ravel().astype(np.float32) / np.float32(1 << 31)
