"""Child process: a microphone through PortAudio, as 16 kHz mono frames.

Parent sends `start {device}`; answered by `ready {rate, channels, place}`, then `frames` without end: three frames
(60 ms) a message, with `captured_mono` of the first sample and `overflows` so far. An `error` (DeviceLost) ends it.
"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import sounddevice
import soxr

from oyez.audio import hardware, sound_server
from oyez.audio.listing import Direction
from oyez.audio.mono import to_mono
from oyez.child.message import Message
from oyez.errors import DeviceLost
from oyez.model import FRAME_SAMPLES, HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.child.worker import Port

BATCH_SAMPLES = 3 * FRAME_SAMPLES  # per message: a third of the wake-ups of single frames, for 40 ms
STALLED = 1.0  # seconds: who wasn't reading for so long gets what comes now, not what the device had kept


def serve(port: Port) -> None:
    """Capture until the parent closes the pipe."""
    messages = iter(port)
    name: str = next(messages).data["device"]
    threading.Thread(target=_exit_at_end, args=(messages,), name="parent", daemon=True).start()
    hardware.quiet()
    try:
        stream = hardware.open_input(name, HEARD_RATE)
        stream.start()
        place = _own_place(name)

        def moved(to: sound_server.Place) -> None:
            was = place.name if place else "its device"
            port.fail(DeviceLost(f"the microphone {name!r} ({was}) is gone: the sound server switched to {to.name}"))
            os._exit(1)

        with sound_server.watched(Direction.IN, moved) as settled:
            ready = {"rate": stream.samplerate, "channels": stream.channels, "place": place and place.name}
            port.send(Message("ready", ready))
            _send_frames(stream, port, settled)
    except DeviceLost as error:
        port.fail(error)
    except sounddevice.PortAudioError as error:
        port.fail(DeviceLost(f"the microphone {name!r} is gone: {error}"))


def _exit_at_end(messages: Iterator[Message]) -> None:
    # Not sys.exit: the main thread may hang in a read that no frozen sound server will ever answer.
    for _ in messages:
        pass
    os._exit(0)


def _own_place(name: str) -> sound_server.Place | None:
    """Where the sound server put the stream; None without a server in between. Raises DeviceLost."""
    place = sound_server.stream_place(Direction.IN)
    if place and place.monitor and name == "default":
        raise DeviceLost(
            f"there is no microphone: the sound server offers only {place.name}, which hears the speaker",
            hint="oyez devices",
        )
    return place


def _send_frames(stream: sounddevice.RawInputStream, port: Port, settled: threading.Event) -> None:
    rate, channels = int(stream.samplerate), stream.channels
    block = rate * BATCH_SAMPLES // HEARD_RATE
    resampler = soxr.ResampleStream(rate, HEARD_RATE, 1) if rate != HEARD_RATE else None
    pending = np.empty(0, np.float32)
    overflows = 0
    read_mono = time.monotonic()
    while True:
        if time.monotonic() - read_mono > STALLED:
            stream.abort()  # what it still holds is old
            stream.start()
        data, overflowed = stream.read(block)
        read_mono = time.monotonic()
        overflows += overflowed
        samples = to_mono(np.frombuffer(data, np.float32), channels)
        heard = resampler.resample_chunk(samples) if resampler else samples
        pending = np.concatenate((pending, heard)) if len(pending) else heard
        count = len(pending) // FRAME_SAMPLES * FRAME_SAMPLES
        if not count:
            continue
        behind = stream.read_available / rate + ((resampler.delay() if resampler else 0) + len(pending)) / HEARD_RATE
        settled.wait()
        port.send(Message.with_audio("frames", pending[:count], captured_mono=read_mono - behind, overflows=overflows))
        pending = pending[count:]
