"""The child process of MMS: loads the model, answers `recognise` with `recognition`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oyez.child.message import Message
from oyez.child.requests import requests
from oyez.engines.mms.network import Run, Stopped
from oyez.engines.mms.reader import Decoding
from oyez.engines.mms.recogniser import Recogniser
from oyez.errors import OyezError
from oyez.model import HotWord

if TYPE_CHECKING:
    from oyez.child.worker import Port


def serve(port: Port) -> None:
    """`start` {folder, threads, decoding, precision} is answered by `ready` {languages, cancels}.

    `recognise` {language, hot_words, n_best} with samples is answered by `recognition`; by `cancelled` after `cancel`.
    What a person can mend is answered as an error and the next request is taken; anything else ends the process.
    """
    recogniser: Recogniser | None = None
    for message, run in requests(port, Run):
        if recogniser is None:
            recogniser = _started(message.data)
            port.send(Message("ready", {"languages": recogniser.languages, "cancels": True}))
            continue
        try:
            hot_words = tuple(HotWord(*one) for one in message.data["hot_words"])
            recognition = recogniser.recognise(
                message.audio, message.data["language"], hot_words, n_best=message.data["n_best"], run=run
            )
        except Stopped:
            port.send(Message("cancelled"))
        except OyezError as error:
            port.fail(error)
        else:
            port.send(Message("recognition", asdict(recognition)))


def _started(options: dict[str, Any]) -> Recogniser:
    decoding = Decoding.from_json(options["decoding"])
    folder, precision = Path(options["folder"]), options["precision"]
    return Recogniser(folder, threads=options["threads"], decoding=decoding, precision=precision)
