"""Speech as bytes of an audio format, while it is made."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import soundfile

from oyez.model import SPEECH_RATE, Samples

UNKNOWN = 0xFFFFFFFF  # length of a WAV that is still being made, as sox and ffmpeg write and read it
CONSTANT: dict[str, Any] = {"bitrate_mode": "CONSTANT", "compression_level": 0.5}  # players then know the length


class Encoder(Protocol):
    """Turns samples into bytes. Blocks for the time that it takes to encode."""

    def feed(self, samples: Samples) -> bytes:
        """The bytes that are ready once these samples have come."""
        ...

    def finish(self) -> bytes:
        """The rest."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """An audio format: its media type, and what makes it."""

    media_type: str
    encoder: Callable[[], Encoder]


class _Pcm:
    """16 bits, little-endian, 24 kHz, mono; `header` goes before the first."""

    def __init__(self, header: bytes = b"") -> None:
        self._header = header

    def feed(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + (samples * 32767.0).round().astype("<i2").tobytes()

    def finish(self) -> bytes:
        return self._header


class _Coded:
    """What libsndfile encodes. `streams`: what was written is never mended later, and can go out."""

    def __init__(self, form: str, subtype: str, *, streams: bool = True, **options: Any) -> None:
        self._bytes = io.BytesIO()
        self._file = soundfile.SoundFile(self._bytes, "w", SPEECH_RATE, 1, subtype, format=form, **options)
        self._streams = streams
        self._sent = 0

    def feed(self, samples: Samples) -> bytes:
        self._file.write(samples)
        return self._written() if self._streams else b""

    def finish(self) -> bytes:
        self._file.close()
        return self._written()

    def _written(self) -> bytes:
        """What was written since the last time."""
        data = bytes(self._bytes.getbuffer()[self._sent :])
        self._sent += len(data)
        return data


def _wav_header() -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SPEECH_RATE, SPEECH_RATE * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", UNKNOWN, b"WAVE") + form + struct.pack("<4sI", b"data", UNKNOWN)


FORMATS = {
    "wav": Format("audio/wav", lambda: _Pcm(_wav_header())),
    "pcm": Format("audio/pcm", _Pcm),
    "mp3": Format("audio/mpeg", lambda: _Coded("MP3", "MPEG_LAYER_III", **CONSTANT)),
    "opus": Format("audio/ogg", lambda: _Coded("OGG", "OPUS")),
    "flac": Format("audio/flac", lambda: _Coded("FLAC", "PCM_16", streams=False)),
}
