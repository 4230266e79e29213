"""The child process of MMS: loads the model, answers `recognise` with `recognition`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.child.message import Message
from oyez.engines.mms.recogniser import Recogniser
from oyez.errors import OyezError

if TYPE_CHECKING:
    from oyez.child.worker import Port


def serve(port: Port) -> None:
    """`start` {folder, threads} is answered by `ready` {languages}; `recognise` {language} + samples by `recognition`.

    What a person can mend is answered as an error and the next request is taken; anything else ends the process.
    """
    recogniser: Recogniser | None = None
    for message in port:
        if recogniser is None:
            recogniser = Recogniser(Path(message.data["folder"]), threads=message.data["threads"])
            port.send(Message("ready", {"languages": recogniser.languages}))
            continue
        try:
            recognition = recogniser.recognise(message.audio, message.data["language"])
        except OyezError as error:
            port.fail(error)
        else:
            port.send(Message("recognition", asdict(recognition)))
