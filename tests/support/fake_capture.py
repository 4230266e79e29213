"""A capture child without a device: `device` says how it behaves."""

import time

import numpy as np

from oyez.child.message import Message
from oyez.model import HEARD_RATE

HALF = np.full(HEARD_RATE, 0.5, np.float32)


def serve(port):
    messages = iter(port)
    behaviour = next(messages).data["device"]
    port.send(Message("ready"))
    if behaviour == "old, then new":
        frames(port, age=60.0)
        frames(port, overflows=3)
    elif behaviour == "stops":
        frames(port)
    for _ in messages:
        pass


def frames(port, *, age=0.0, overflows=0):
    captured = time.monotonic() - age - 1
    port.send(Message.with_audio("frames", HALF, captured_mono=captured, overflows=overflows))
