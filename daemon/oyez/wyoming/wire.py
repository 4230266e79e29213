"""Events on the wire, within bounds: the library reads whatever length a client names, and drops what it can't read.

An event is a line of JSON (`type`, perhaps `data`), then as many bytes of JSON as its `data_length` says, then as many
bytes as its `payload_length` says.
"""

from __future__ import annotations

import json
from asyncio import IncompleteReadError, LimitOverrunError
from typing import TYPE_CHECKING, Any

from wyoming.event import Event
from wyoming.version import __version__ as VERSION  # noqa: N812 - a constant

from oyez.outside import MAX_PAYLOAD, json_object, kind, refuse, shown, text

if TYPE_CHECKING:
    from asyncio import StreamReader

MOST_JSON = MAX_PAYLOAD  # bytes of a line, and of the data after it; a StreamReader must be made with this limit
MOST_PAYLOAD = 256 * 1024  # bytes: 8 s at 16 kHz; usual are 2 kB
LONGEST_TYPE = 64  # characters


async def read(stream: StreamReader) -> Event | None:
    """The next event; None at the end of the stream. Raises InvalidInput, and what comes after makes no sense then."""
    try:
        line = _object(await stream.readuntil(b"\n"))
        data = line.get("data") or {}
        if not isinstance(data, dict):
            refuse(f"data should be an object, not {kind(data)}")
        if length := _length(line, "data_length", MOST_JSON):
            data |= _object(await stream.readexactly(length))
        length = _length(line, "payload_length", MOST_PAYLOAD)
        payload = await stream.readexactly(length) if length else None
    except IncompleteReadError:
        return None
    except LimitOverrunError:
        refuse(f"a line has more than {MOST_JSON:,} bytes")
    name = line.get("type")
    if not isinstance(name, str) or len(name) > LONGEST_TYPE:
        refuse("an event needs a type, which is a short name")
    return Event(name, data, payload)


def pack(event: Event) -> bytes:
    """The bytes of an event."""
    data = json.dumps(event.data).encode() if event.data else b""
    payload = event.payload or b""
    line = {"type": event.type, "version": VERSION, "data_length": len(data), "payload_length": len(payload)}
    return json.dumps(line).encode() + b"\n" + data + payload


def string(data: dict[str, Any], key: str) -> str | None:
    """A text in the data of an event; None where there is none. Raises InvalidInput."""
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        refuse(f"{key} should be a string, not {kind(value)}")
    if any("\ud800" <= character <= "\udfff" for character in value):
        refuse(f"{key} has half a character in it: {shown(value)}")
    return value


def strings(data: dict[str, Any], key: str) -> list[str]:
    """A list of texts in the data of an event, empty where there is none. Raises InvalidInput."""
    values = data.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        refuse(f"{key} should be a list of strings")
    return values


def number(data: dict[str, Any], key: str) -> int:
    """A whole number in the data of an event. Raises InvalidInput."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(f"{key} should be a whole number, not {kind(value)}")
    return value


def _object(content: bytes) -> dict[str, Any]:
    if not (written := text(content)).startswith("{"):
        refuse(f"not an event of the Wyoming protocol: {shown(written)}")
    return json_object(written)


def _length(line: dict[str, Any], key: str, most: int) -> int:
    if line.get(key) is None:
        return 0
    length = number(line, key)
    if not 0 <= length <= most:
        refuse(f"{key} is {length:,}; {most:,} is the most")
    return length
