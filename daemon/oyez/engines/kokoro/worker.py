"""Kokoro's child process.

`start` {folder, g2p, threads, device} is answered with `ready` {g2p, note, cancels}: the note tells why it speaks whole
sentences, null that it speaks below them. `say` {script, speed} is answered with `chunk` {text, phonemes, words,
volume, notes} and audio, some for each step, then `done`; after `cancel` with `cancelled`, between two chunks. `text`
null goes on with the line before, or is no text; `words` [text, start, end] count from the first sample of all.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from oyez.child.message import Message
from oyez.child.requests import requests
from oyez.engines import sounds
from oyez.engines.kokoro import g2p, voices, wire
from oyez.engines.kokoro.pace import Playback
from oyez.engines.kokoro.plan import Piece, plan
from oyez.engines.kokoro.synthesiser import Synthesiser
from oyez.errors import InvalidInput, OyezError
from oyez.model import SPEECH_RATE, SpeechChunk, SpokenWord
from oyez.script import Pause, Sound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.child.worker import Port
    from oyez.engines.kokoro.plan import Step
    from oyez.model import Samples

WARM_UP_VOICE = "af_heart"
LONGEST_CHUNK = 30 * SPEECH_RATE  # samples: a few wait to be played, and a stage must not be silent for minutes


class Saying:
    """One text, while it is said."""

    stopped = False

    def stop(self) -> None:
        """Say no more of it."""
        self.stopped = True


def serve(port: Port) -> None:
    """Serve one parent."""
    messages = requests(port, Saying)
    start = next(messages)[0].data
    name, reader = g2p.choose(start["g2p"])
    synthesiser = Synthesiser(Path(start["folder"]), threads=start["threads"], device=start["device"])
    synthesiser.warm_up(voices.find(WARM_UP_VOICE))
    why = synthesiser.whole_because
    port.send(Message("ready", {"g2p": name, "note": why and f"speaks whole sentences: {why}", "cancels": True}))
    for request, saying in messages:
        try:
            for reply in _say(synthesiser, reader, request):
                if saying.stopped:
                    port.send(Message("cancelled"))
                    break
                port.send(reply)
        except OyezError as error:
            port.fail(error)


def _say(synthesiser: Synthesiser, reader: g2p.G2p, request: Message) -> Iterator[Message]:
    steps, notes = plan(wire.unpack(request.data["script"]), request.data["speed"], reader)
    playback, before = Playback(), 0
    for step in steps:
        for chunk in _chunks(synthesiser, step, playback, notes):
            playback.given(len(chunk.samples))
            yield wire.pack_chunk(chunk, notes=notes, after=before / SPEECH_RATE)
            before += len(chunk.samples)
            notes = []
    yield Message("done")


def _chunks(synthesiser: Synthesiser, step: Step, playback: Playback, notes: list[str]) -> Iterator[SpeechChunk]:
    """The sound of a step; the times of words count from the start of their chunk."""
    match step:
        case Piece():
            yield from _speech(synthesiser, step, playback)
        case Pause():
            yield SpeechChunk(_silence(step.seconds))
        case Sound():
            samples = _sound(step, notes)
            for start in range(0, max(1, len(samples)), LONGEST_CHUNK):
                yield SpeechChunk(samples[start : start + LONGEST_CHUNK], volume=step.volume)


def _speech(synthesiser: Synthesiser, piece: Piece, playback: Playback) -> Iterator[SpeechChunk]:
    """The sound of a piece after its rest; the first chunk tells what is said."""
    rest, text, phonemes = _silence(piece.rest), piece.text, cast("str | None", piece.phonemes)
    for spoken in synthesiser.say(piece, playback):
        words = tuple(SpokenWord(word.text, word.start + piece.rest, word.end + piece.rest) for word in spoken.words)
        yield SpeechChunk(np.concatenate((rest, spoken.samples)), text, phonemes, words, volume=piece.volume)
        rest, text, phonemes = rest[:0], None, None


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SPEECH_RATE), np.float32)


def _sound(sound: Sound, notes: list[str]) -> Samples:
    """The samples of a sound; none, and a note, where it can't be played."""
    try:
        return sounds.read(sound.path)
    except InvalidInput as error:
        notes.append(error.message)
        return _silence(0.0)
