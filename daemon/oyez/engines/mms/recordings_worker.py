"""The child process that hears recordings. It reads files itself: memory stays flat, a broken one harms nobody."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oyez.child.message import Message
from oyez.engines.mms import long
from oyez.engines.mms.languages import resolve
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recogniser import Recogniser
from oyez.errors import OyezError
from oyez.model import HotWord
from oyez.recording import Given, Recording, Survey, survey

if TYPE_CHECKING:
    from oyez.child.worker import Port

TELL_EVERY = 60.0  # seconds of audio between two signs of life while a file is surveyed


def serve(port: Port) -> None:
    """`start` {folder, threads, decoding} is answered by `ready` {languages}.

    `hear` {path, rate, language, hot_words, n_best}, with samples where the path is None, is answered by `reading`s, a
    `survey` {seconds, broken, notes}, a `piece` {recognition, until} for each piece, and `heard` {language}.
    What a person can mend is answered as an error and the next request is taken; anything else ends the process.
    """
    recogniser: Recogniser | None = None
    for message in port:
        if recogniser is None:
            recogniser = _started(message.data)
            port.send(Message("ready", {"languages": recogniser.languages}))
            continue
        try:
            language = resolve(message.data["language"], recogniser.languages)
            recording = _recording(message)
            _hear(port, recogniser, recording, language, message.data)
        except OyezError as error:
            port.fail(error)


def _hear(port: Port, recogniser: Recogniser, recording: Recording, language: str, asked: dict[str, Any]) -> None:
    found = _surveyed(port, recording)
    hot_words = tuple(HotWord(*one) for one in asked["hot_words"])
    for piece in long.hear(recogniser, recording.blocks(), found, language, hot_words, n_best=asked["n_best"]):
        port.send(Message("piece", {"recognition": asdict(piece.recognition), "until": piece.until}))
    port.send(Message("heard", {"language": language}))


def _recording(message: Message) -> Recording:
    path = message.data["path"]
    return Recording(Path(path)) if path is not None else Given(message.audio, message.data["rate"])


def _surveyed(port: Port, recording: Recording) -> Survey:
    told = 0.0
    for step in survey(recording):
        if isinstance(step, Survey):
            port.send(Message("survey", {"seconds": step.seconds, "broken": step.broken, "notes": step.notes}))
            return step
        if step - told >= TELL_EVERY:
            told = step
            port.send(Message("reading", {"seconds": step}))
    raise AssertionError


def _started(options: dict[str, Any]) -> Recogniser:
    decoding = Decoding.from_json(options["decoding"])
    return Recogniser(Path(options["folder"]), threads=options["threads"], decoding=decoding)
