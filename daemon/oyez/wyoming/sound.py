"""Audio of clients to ours and back: raw PCM of any rate, width and number of channels. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import soxr

from oyez.audio.mono import to_mono
from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE
from oyez.wyoming import wire

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oyez.model import Samples

RATES = range(4_000, 192_001)
WIDTHS = range(1, 5)
CHANNELS = range(1, 9)
SPEECH_WIDTH = 2  # bytes of a sample that we send
SAMPLE_BYTES = 4  # of a float32


class Pcm:
    """Makes mono samples at the rate `to` of PCM as it comes: little-endian, signed, but for those of one byte.

    Raises InvalidInput for a format that nobody has.
    """

    def __init__(self, rate: int, width: int, channels: int, *, to: int = HEARD_RATE) -> None:
        if rate not in RATES or width not in WIDTHS or channels not in CHANNELS:
            raise InvalidInput(
                f"audio of {rate} Hz, {width} bytes a sample and {channels} channels is none that can be heard"
            )
        self.format = (rate, width, channels)
        self._width, self._channels = width, channels
        self._rest = b""
        self._resampler = soxr.ResampleStream(rate, to, 1) if rate != to else None

    def feed(self, pcm: bytes, *, last: bool = False) -> Samples:
        """The samples that are ready; what is no whole sample waits for the next bytes."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (self._width * self._channels)
        pcm, self._rest = pcm[:whole], pcm[whole:]
        mono = to_mono(_scaled(pcm, self._width), self._channels)
        samples: Samples = self._resampler.resample_chunk(mono, last=last) if self._resampler else mono
        return samples.clip(-1.0, 1.0)

    def finish(self) -> Samples:
        """What is left in the resampler."""
        return self.feed(b"", last=True)


class Recording:
    """What has come of a sound that may last so many seconds; memory for the samples, however small their pieces."""

    def __init__(self, most_s: float, rate: int = HEARD_RATE) -> None:
        self._most_s, self._rate = most_s, rate
        self._bytes = bytearray()

    def add(self, samples: Samples) -> None:
        """The next samples. Raises InvalidInput when there are too many."""
        self._bytes += samples.astype(np.float32, copy=False).tobytes()
        if len(self._bytes) > self._most_s * self._rate * SAMPLE_BYTES:
            raise InvalidInput(f"more than {self._most_s:.0f} s of audio are too many")

    @property
    def samples(self) -> Samples:
        """All of it."""
        return np.frombuffer(bytes(self._bytes), np.float32)


def form(data: dict[str, Any]) -> tuple[int, int, int]:
    """Rate, width and channels of an event's audio. Raises InvalidInput."""
    return wire.number(data, "rate"), wire.number(data, "width"), wire.number(data, "channels")


def to_pcm(samples: Samples) -> bytes:
    """Samples as PCM of `SPEECH_WIDTH`."""
    return (samples.clip(-1.0, 1.0) * 32767).round().astype("<i2").tobytes()


def _scaled(pcm: bytes, width: int) -> NDArray[np.float32]:
    """Samples in [-1, 1] of all channels."""
    if width == 1:
        return np.frombuffer(pcm, np.uint8).astype(np.float32) / np.float32(128) - np.float32(1)
    if width == 2:  # noqa: PLR2004 - what nearly all send; the same by a shorter way
        return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(1 << 15)
    table = np.frombuffer(pcm, np.uint8).reshape(-1, width)
    filled = np.pad(table, ((0, 0), (4 - width, 0)))  # the low bytes come first
    return filled.view("<i4").ravel().astype(np.float32) / np.float32(1 << 31)
