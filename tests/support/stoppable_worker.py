"""A child whose work can be called off, for EngineChild's tests."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from oyez.child.message import Message
from oyez.child.requests import requests

if TYPE_CHECKING:
    from oyez.child.worker import Port


class Work:
    def __init__(self) -> None:
        self.stopped = threading.Event()

    def stop(self) -> None:
        self.stopped.set()


def serve(port: Port) -> None:
    for message, work in requests(port, Work):
        match message.kind:
            case "start":
                port.send(Message("ready", {"cancels": True}))
            case "stubborn":
                time.sleep(3600)
            case "wait":
                stopped = work.stopped.wait(message.data["seconds"])
                port.send(Message("cancelled" if stopped else "done"))
            case "echo":
                port.send(Message("done", {"stopped": work.stopped.is_set()}))
