"""Child process: tells which devices there are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from oyez.audio import hardware
from oyez.child.message import Message

if TYPE_CHECKING:
    from oyez.child.worker import Port


def serve(port: Port) -> None:
    """`start` is answered by `ready`, `list` by `devices`."""
    for message in port:
        if message.kind == "start":
            port.send(Message("ready"))
        else:
            port.send(Message("devices", {"devices": [asdict(device) for device in hardware.query()]}))
