"""Kokoro's child process.

`start` {folder, g2p, threads} is answered with `ready` {g2p}. `say` {sentences, voice, language, speed} is answered
with a `chunk` {text, notes} and its audio for each piece, then `done`; `text` null goes on with the sentence before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from oyez.child.message import Message
from oyez.engines.kokoro import g2p, voices
from oyez.engines.kokoro.synthesiser import Synthesiser
from oyez.errors import OyezError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.child.worker import Port

WARM_UP_VOICE = "af_heart"


def serve(port: Port) -> None:
    """Serve one parent."""
    messages = iter(port)
    start = next(messages).data
    name, reader = g2p.choose(start["g2p"])
    synthesiser = Synthesiser(Path(start["folder"]), reader, threads=start["threads"])
    synthesiser.warm_up(voices.find(WARM_UP_VOICE))
    port.send(Message("ready", {"g2p": name}))
    for request in messages:
        try:
            for reply in _say(synthesiser, request):
                port.send(reply)
        except OyezError as error:
            port.fail(error)


def _say(synthesiser: Synthesiser, request: Message) -> Iterator[Message]:
    asked = request.data
    language = voices.languages()[asked["language"]]
    pieces, unsaid = synthesiser.plan(asked["sentences"], language)
    notes = [f"left out, has no sound in {language.name}: {sentence}" for sentence in unsaid]
    audio = synthesiser.say(pieces, voices.find(asked["voice"]), asked["speed"])
    for piece, samples in zip(pieces, audio, strict=True):
        yield Message.with_audio("chunk", samples, text=piece.text, notes=notes)
        notes = []
    yield Message("done")
