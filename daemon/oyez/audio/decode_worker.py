"""Child process: reads one audio file that came from outside, within bounds of memory and time."""

from __future__ import annotations

import io
import resource
from typing import TYPE_CHECKING

import soundfile

from oyez.audio.decode import check, mono
from oyez.child.message import Message
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from oyez.child.worker import Port

MEMORY = 2 << 30  # bytes of address space, libraries included
CPU_S = 20


def serve(port: Port) -> None:
    """`start` is answered by `ready`, `decode` by `audio`: 16 kHz, mono."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    most_s = 0.0
    for message in port:
        if message.kind == "start":
            most_s = message.data["most_s"]
            port.send(Message("ready"))
            continue
        try:
            with soundfile.SoundFile(io.BytesIO(message.payload)) as file:
                check(file.samplerate, file.channels, 0, most_s)
                table = file.read(int(most_s * file.samplerate) + 1, dtype="float32", always_2d=True)
                check(file.samplerate, file.channels, len(table), most_s)
                port.send(Message.with_audio("audio", mono(table, file.samplerate)))
        except InvalidInput as error:
            port.fail(error)
        except (soundfile.SoundFileError, MemoryError, ValueError) as error:
            port.fail(InvalidInput(f"not audio that can be read: {getattr(error, 'error_string', None) or error}"))
