"""The child process of MMS: loads the model, answers `recognise` with `recognition`. Voices are told here, too."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oyez.child.message import Message
from oyez.child.requests import requests
from oyez.engines.ge2e.encoder import Encoder
from oyez.engines.mms.network import Run, Stopped
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recogniser import Recogniser
from oyez.errors import OyezError
from oyez.hot_words import HotWord

if TYPE_CHECKING:
    from oyez.child.worker import Port
    from oyez.model import Samples, Voiceprint


def serve(port: Port) -> None:
    """`start` {folder, threads, decoding, precision, voices} is answered by `ready` {languages, cancels}.

    `recognise` {language, hot_words, n_best, voiceprint} with samples is answered by `recognition`; by `cancelled`
    after `cancel`. `voiceprint` with samples is answered by `voiceprint`. A voiceprint is a payload, and `seconds`.
    What a person can mend is answered as an error and the next request is taken; anything else ends the process.
    """
    ear: Ear | None = None
    for message, run in requests(port, Run):
        if ear is None:
            ear = Ear(message.data)
            port.send(Message("ready", {"languages": ear.recogniser.languages, "cancels": True}))
            continue
        try:
            port.send(ear.voiceprint(message) if message.kind == "voiceprint" else ear.recognise(message, run))
        except Stopped:
            port.send(Message("cancelled"))
        except OyezError as error:
            port.fail(error)


class Ear:
    """The models, loaded; that of voices where `voices` names its folder."""

    def __init__(self, options: dict[str, Any]) -> None:
        decoding = Decoding.from_json(options["decoding"])
        folder, precision = Path(options["folder"]), options["precision"]
        self.recogniser = Recogniser(folder, threads=options["threads"], decoding=decoding, precision=precision)
        self._encoder = Encoder(Path(options["voices"])) if options["voices"] else None

    def recognise(self, message: Message, run: Run) -> Message:
        """The answer to `recognise`. Raises OyezError, Stopped."""
        asked = message.data
        hot_words = tuple(HotWord(*one) for one in asked["hot_words"])
        heard = self.recogniser.recognise(message.audio, asked["language"], hot_words, n_best=asked["n_best"], run=run)
        wanted = asked["voiceprint"] and heard.text.strip()
        return _answer("recognition", self._of(message.audio) if wanted else None, asdict(heard))

    def voiceprint(self, message: Message) -> Message:
        """The answer to `voiceprint`. Raises OyezError."""
        return _answer("voiceprint", self._of(message.audio), {})

    def _of(self, samples: Samples) -> Voiceprint | None:
        return self._encoder.voiceprint(samples) if self._encoder else None


def _answer(kind: str, voiceprint: Voiceprint | None, data: dict[str, Any]) -> Message:
    if voiceprint is None:
        return Message(kind, data)
    return Message.with_audio(kind, voiceprint.vector, **data, seconds=voiceprint.seconds)
