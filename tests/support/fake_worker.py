"""A child that does as it is told, for EngineChild's tests. With option `mended_by` it starts only once that file exists."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.child.message import Message
from oyez.errors import InvalidInput, ModelMissing

if TYPE_CHECKING:
    from oyez.child.worker import Port

HELD: list[bytes] = []


def serve(port: Port) -> None:
    for message in port:
        ACTIONS[message.kind](port, message)


def start(port: Port, message: Message) -> None:
    if message.data.get("missing"):
        raise ModelMissing("no such model", hint="oyez models install it")
    if mended := message.data.get("mended_by"):
        assert Path(mended).exists(), "told to fail"
    port.send(Message("ready", {"pid": os.getpid()}))


def echo(port: Port, message: Message) -> None:
    port.send(Message("done", message.data, message.payload))


def count(port: Port, message: Message) -> None:
    for number in range(message.data["to"]):
        port.send(Message("number", {"number": number}))
    port.send(Message("done"))


def invalid(port: Port, message: Message) -> None:
    port.fail(InvalidInput("not this"))


def crash(port: Port, message: Message) -> None:
    raise RuntimeError("a bug")


def die(port: Port, message: Message) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(port: Port, message: Message) -> None:
    time.sleep(3600)


def freeze(port: Port, message: Message) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def grow(port: Port, message: Message) -> None:
    HELD.append(b"x" * message.data["bytes"])
    port.send(Message("done"))


ACTIONS = {action.__name__: action for action in (start, echo, count, invalid, crash, die, hang, freeze, grow)}
