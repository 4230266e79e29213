"""Speech as bytes: messages as our child processes send them, samples in 16 bits, and a checksum at the end. Pure."""

from __future__ import annotations

import io
import zlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.child.message import Message, read_blocking
from oyez.model import SpeechChunk, SpokenWord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oyez.model import Samples

FORMAT = 1
CHECKSUM = 4  # bytes
FULL_SCALE = 32767.0

_TOLD = [field.name for field in fields(SpeechChunk) if field.name != "samples"]


def size(chunk: SpeechChunk) -> int:
    """About how many bytes a chunk takes."""
    return 2 * len(chunk.samples)


def pack(chunks: Iterable[SpeechChunk]) -> bytes:
    """The bytes of a speech."""
    body = b"".join(_message(chunk).pack() for chunk in chunks)
    return body + zlib.crc32(body).to_bytes(CHECKSUM)


def unpack(data: bytes) -> list[SpeechChunk]:
    """The speech again. Raises ValueError when a byte isn't as it was."""
    body, checksum = data[:-CHECKSUM], data[-CHECKSUM:]
    if len(checksum) < CHECKSUM or zlib.crc32(body) != int.from_bytes(checksum):
        raise ValueError("the checksum isn't that of the bytes")
    stream = io.BytesIO(body)
    chunks = []
    while message := read_blocking(stream):
        chunks.append(_chunk(message))
    return chunks


def _message(chunk: SpeechChunk) -> Message:
    told: dict[str, Any] = {name: getattr(chunk, name) for name in _TOLD}
    told["words"] = [(word.text, word.start, word.end) for word in chunk.words]
    # An engine may overshoot 1: the loudest sample is full scale, so that nothing is cut.
    told["peak"] = peak = max(1.0, float(np.abs(chunk.samples).max(initial=0.0)))
    return Message("chunk", told, (chunk.samples * (FULL_SCALE / peak)).round().astype("<i2").tobytes())


def _chunk(message: Message) -> SpeechChunk:
    told = dict(message.data)
    scale = np.float32(told.pop("peak") / FULL_SCALE)
    samples: Samples = np.frombuffer(message.payload, dtype="<i2") * scale
    words = tuple(SpokenWord(*word) for word in told.pop("words"))
    return SpeechChunk(samples, words=words, notes=tuple(told.pop("notes")), **told)
