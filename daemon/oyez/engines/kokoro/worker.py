"""Kokoro's child process.

`start` {folder, g2p, threads} is answered with `ready` {g2p}. `say` {script, speed} is answered with a `chunk` {text,
volume, notes} and its audio for each step, then `done`; `text` null goes on with the line before, or is no text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oyez.child.message import Message
from oyez.engines import sounds
from oyez.engines.kokoro import g2p, voices, wire
from oyez.engines.kokoro.plan import Piece, plan
from oyez.engines.kokoro.synthesiser import Synthesiser
from oyez.errors import InvalidInput, OyezError
from oyez.model import SPEECH_RATE, Pause, Sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.child.worker import Port
    from oyez.model import Samples

WARM_UP_VOICE = "af_heart"
LONGEST_CHUNK = 30 * SPEECH_RATE  # samples: a few wait to be played, and a stage must not be silent for minutes


def serve(port: Port) -> None:
    """Serve one parent."""
    messages = iter(port)
    start = next(messages).data
    name, reader = g2p.choose(start["g2p"])
    synthesiser = Synthesiser(Path(start["folder"]), threads=start["threads"])
    synthesiser.warm_up(voices.find(WARM_UP_VOICE))
    port.send(Message("ready", {"g2p": name}))
    for request in messages:
        try:
            for reply in _say(synthesiser, reader, request):
                port.send(reply)
        except OyezError as error:
            port.fail(error)


def _say(synthesiser: Synthesiser, reader: g2p.G2p, request: Message) -> Iterator[Message]:
    steps, notes = plan(wire.unpack(request.data["script"]), request.data["speed"], reader)
    for step in steps:
        text, volume = None, 1.0
        match step:
            case Piece():
                text, volume = step.text, step.volume
                samples = np.concatenate((_silence(step.rest), synthesiser.say(step)))
            case Pause():
                samples = _silence(step.seconds)
            case Sound():
                volume = step.volume
                samples = _sound(step, notes)
        for start in range(0, max(1, len(samples)), LONGEST_CHUNK):
            chunk = samples[start : start + LONGEST_CHUNK]
            yield Message.with_audio("chunk", chunk, text=text, volume=volume, notes=notes)
            text, notes = None, []
    yield Message("done")


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SPEECH_RATE), np.float32)


def _sound(sound: Sound, notes: list[str]) -> Samples:
    """The samples of a sound; none, and a note, where it can't be played."""
    try:
        return sounds.read(sound.path)
    except InvalidInput as error:
        notes.append(error.message)
        return _silence(0.0)
