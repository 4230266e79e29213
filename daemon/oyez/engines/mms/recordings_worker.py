"""The child process that hears recordings. It reads files itself: memory stays flat, a broken one harms nobody."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.child.message import Message
from oyez.engines.mms import long
from oyez.engines.mms.decode import FRAME_SECONDS
from oyez.engines.mms.kept import Kept
from oyez.engines.mms.languages import installed, resolve, resolve_all
from oyez.engines.mms.network import Run
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recogniser import Recogniser
from oyez.errors import OyezError
from oyez.hot_words import HotWord
from oyez.model import HEARD_RATE
from oyez.recording import Given, Recording, Survey, survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.child.worker import Port
    from oyez.engines.mms.hidden import HiddenNetwork
    from oyez.model import Samples

BEGINNING = 20.0  # seconds that tell the language
TELL_EVERY = 60.0  # seconds of audio between two signs of life while a file is surveyed


def serve(port: Port) -> None:
    """`start` {folder, threads, decoding, precision, hears} is answered by `ready` {languages}; `hears`: once it can.

    `hear` {path, rate, language, hot_words, n_best}, with samples where the path is None, is answered by `reading`s, a
    `survey` {seconds, broken, notes}, a `piece` {recognition, until} for each piece, and `heard` {language,
    language_confidence}: of several languages, the one in which it begins.
    `embed` {path, rate, language, layer} is answered by `reading`s, a `survey`, `frames` {until, width} with their
    numbers for each window, and `embedded` {language, layer}.
    What a person can mend is answered as an error and the next request is taken; anything else ends the process.
    """
    ear: Ear | None = None
    for message in port:
        if ear is None:
            ear = Ear(message.data)
            port.send(Message("ready", {"languages": ear.languages}))
            continue
        try:
            (ear.embed if message.kind == "embed" else ear.hear)(port, message)
        except OyezError as error:
            port.fail(error)


class Ear:
    """A model, as much of it as was asked for: the whole to hear, its encoder up to one layer for embeddings."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._folder = Path(options["folder"])
        self._threads = options["threads"]
        self._decoding = Decoding.from_json(options["decoding"])
        self._precision = options["precision"]
        self._hidden = Kept(self._network, 1)
        self.languages = installed(self._folder)
        if options["hears"]:
            self._recogniser  # noqa: B018 - loads it

    def hear(self, port: Port, message: Message) -> None:
        """Answer `hear`."""
        asked, recording = message.data, _recording(message)
        codes = resolve_all(asked["language"], self.languages)
        found = _surveyed(port, recording)
        language, sure = self._likeliest(recording, codes)
        hot_words = tuple(HotWord(*one) for one in asked["hot_words"])
        pieces = long.hear(self._recogniser, recording.blocks(), found, language, hot_words, n_best=asked["n_best"])
        for piece in pieces:
            port.send(Message("piece", {"recognition": asdict(piece.recognition), "until": piece.until}))
        port.send(Message("heard", {"language": language, "language_confidence": sure}))

    def _likeliest(self, recording: Recording, codes: Sequence[str]) -> tuple[str, float | None]:
        """Of several languages the one in which the beginning is likeliest, and how sure that is."""
        if len(codes) == 1:
            return codes[0], None
        beginning: list[Samples] = []
        with closing(recording.blocks()) as blocks:
            for block in blocks:
                beginning.append(block)
                if sum(map(len, beginning)) >= BEGINNING * HEARD_RATE:
                    break
        found = self._recogniser.recognise(np.concatenate(beginning), ", ".join(codes))
        return found.language, found.language_confidence

    def embed(self, port: Port, message: Message) -> None:
        """Answer `embed`."""
        asked, recording = message.data, _recording(message)
        language = resolve(asked["language"], self.languages)
        network = self._hidden("end" if asked["layer"] is None else str(asked["layer"]))
        found, done = _surveyed(port, recording), 0
        for frames in long.computed(recording.blocks(), found, lambda batch: network.compute(batch, language, Run())):
            done += len(frames)
            told = {"until": done * FRAME_SECONDS, "width": frames.shape[1]}
            port.send(Message.with_audio("frames", frames, **told))
        port.send(Message("embedded", {"language": language, "layer": network.layer}))

    @cached_property
    def _recogniser(self) -> Recogniser:
        decoding, precision = self._decoding, self._precision
        return Recogniser(self._folder, threads=self._threads, decoding=decoding, precision=precision)

    def _network(self, layer: str) -> HiddenNetwork:
        from oyez.engines.mms.hidden import HiddenNetwork  # noqa: PLC0415 - onnx, which hearing doesn't need

        return HiddenNetwork(self._folder, None if layer == "end" else int(layer), threads=self._threads)


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
