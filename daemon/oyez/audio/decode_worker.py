"""Child process: reads one audio file that came from outside, within bounds of memory and time."""

from __future__ import annotations

import io
import resource
from typing import TYPE_CHECKING

import soundfile

from oyez.audio.decode import check, mono
from oyez.child.message import Message
from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from oyez.child.worker import Port
    from oyez.model import Samples

MEMORY = 2 << 30  # bytes of address space, libraries included
CPU_S = 20


def serve(port: Port) -> None:
    """`start` is answered by `ready`, `decode` by `audio`: 16 kHz, mono."""
    bounded()
    most_s = 0.0
    for message in port:
        if message.kind == "start":
            most_s = message.data["most_s"]
            port.send(Message("ready"))
            continue
        try:
            port.send(Message.with_audio("audio", read(message.payload, most_s, HEARD_RATE)))
        except InvalidInput as error:
            port.fail(error)


def bounded() -> None:
    """What a crafted file may take of this process, and no more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def read(content: bytes, most_s: float, rate: int) -> Samples:
    """The mono samples of a file, at a rate. Raises InvalidInput for what isn't audio, or longer than `most_s`."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            check(file.samplerate, file.channels, 0, most_s)
            table = file.read(int(most_s * file.samplerate) + 1, dtype="float32", always_2d=True)
            check(file.samplerate, file.channels, len(table), most_s)
            return mono(table, file.samplerate, rate)
    except InvalidInput:
        raise
    except (soundfile.SoundFileError, MemoryError, ValueError) as error:
        raise InvalidInput(f"not audio that can be read: {getattr(error, 'error_string', None) or error}") from error
