"""What parent and child say to each other over a pipe: a kind, a small JSON object, and raw bytes.

On the wire: two big-endian uint32 (header length, payload length), the header as UTF-8 JSON `[kind, data]`, the
payload. Both ends are ours, yet lengths are bounded, so that a child gone mad can't fill the parent's memory.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    import asyncio

    from oyez.model import Samples

PREFIX = struct.Struct("!II")
MAX_HEADER = 1 << 20
MAX_PAYLOAD = 1 << 28  # 256 MiB: over an hour of 16 kHz float32 audio


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `data` must be JSON, `payload` is what the kind says it is (audio is float32 samples)."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b""

    @classmethod
    def with_audio(cls, kind: str, samples: Samples, **data: Any) -> Message:
        """A message whose payload is float32 samples."""
        return cls(kind, data, np.ascontiguousarray(samples, dtype=np.float32).tobytes())

    @property
    def audio(self) -> Samples:
        """The payload as float32 samples."""
        return np.frombuffer(self.payload, dtype=np.float32)

    def pack(self) -> bytes:
        """The bytes on the wire."""
        header = json.dumps([self.kind, self.data], separators=(",", ":")).encode()
        return PREFIX.pack(len(header), len(self.payload)) + header + self.payload


def lengths(prefix: bytes) -> tuple[int, int]:
    """Header and payload length of a prefix. Raises ValueError beyond the bounds."""
    header, payload = PREFIX.unpack(prefix)
    if header > MAX_HEADER or payload > MAX_PAYLOAD:
        msg = f"message too large: header {header}, payload {payload} bytes"
        raise ValueError(msg)
    return header, payload


def unpack(header: bytes, payload: bytes) -> Message:
    """A message from its two parts."""
    kind, data = json.loads(header)
    return Message(kind, data, payload)


def read_blocking(stream: BinaryIO) -> Message | None:
    """The next message from a blocking stream; None at its end."""
    prefix = stream.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    header, payload = lengths(prefix)
    return unpack(stream.read(header), stream.read(payload) if payload else b"")


async def read(stream: asyncio.StreamReader) -> Message:
    """The next message. Raises asyncio.IncompleteReadError at the end of the stream."""
    header, payload = lengths(await stream.readexactly(PREFIX.size))
    return unpack(await stream.readexactly(header), await stream.readexactly(payload) if payload else b"")
