"""Recordings heard by MMS, files of any length: the parent's side. Its child isn't the one that hears the rooms."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oyez.child.engine import EngineChild
from oyez.child.message import MAX_PAYLOAD, Message
from oyez.engines.mms.engine import START_DEADLINE, recognition
from oyez.engines.mms.joined import joined
from oyez.engines.mms.reader import Decoding
from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from oyez.engines.mms.network import Precision
    from oyez.hot_words import HotWord
    from oyez.model import Recognition, Samples, Word

    Progress = Callable[[float, float], None]

WORKER = "oyez.engines.mms.recordings_worker"
DEADLINE = 300.0  # seconds for 30 s of audio, on the slowest machine
DEFAULT = Decoding()


@dataclass(frozen=True, slots=True)
class Heard:
    """What is said in a recording of so many seconds.

    `broken` says why it isn't all of it: the file breaks off. `notes` are what the hearing may have suffered from.
    """

    recognition: Recognition
    seconds: float
    broken: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All that is said."""
        return self.recognition.text

    @property
    def words(self) -> tuple[Word, ...]:
        """The words, with their times and confidences."""
        return self.recognition.words


class MmsRecordings:
    """Hears recordings, one after another. `child` tells how its process is."""

    def __init__(
        self, folder: Path, *, threads: int = 0, decoding: Decoding = DEFAULT, precision: Precision = "auto",
        hears: bool = True, **limits: Any,
    ) -> None:  # fmt: skip
        """`folder` and `precision`: see networks.opened; `threads` 0: one for each core; `limits` go to EngineChild.

        What hears is loaded at the start, or, where `hears` is false, when it is first asked for.
        """
        limits = {"start_deadline": START_DEADLINE, **limits}
        options = {
            "folder": str(folder), "threads": threads, "decoding": decoding.to_json(), "precision": precision,
            "hears": hears,
        }  # fmt: skip
        self.child = EngineChild("recognition", WORKER, options, **limits)

    async def hear(
        self,
        audio: Path | Samples,
        language: str,
        *,
        rate: int = HEARD_RATE,
        hot_words: Sequence[HotWord] = (),
        n_best: int = 1,
        progress: Progress | None = None,
    ) -> Heard:
        """Hear a file, or mono samples of any rate; `progress` gets the seconds done, and those there are.

        Of several languages, parted by commas, the one in which it begins is taken.
        Audio of at most 30 s has alternatives with `n_best` above 1. Cancelling ends the child's work.
        Raises InvalidInput for what isn't audio or has none in it, ModelMissing for a language without its adapter,
        EngineFailed.
        """
        data = {"language": language, "hot_words": [(one.phrase, one.weight) for one in hot_words], "n_best": n_best}
        parts: list[Recognition] = []
        sure: float | None = None
        survey: dict[str, Any] = {}
        replies = self.child.exchange(_request("hear", audio, rate, data), last="heard", deadline=DEADLINE)
        async with aclosing(replies):
            async for reply in replies:
                if reply.kind == "survey":
                    survey = reply.data
                elif reply.kind == "piece":
                    parts.append(recognition(reply.data["recognition"]))
                elif reply.kind == "heard":
                    language, sure = reply.data["language"], reply.data["language_confidence"]
                if progress and survey and reply.kind != "heard":
                    progress(reply.data.get("until", 0.0), survey["seconds"])
        whole = replace(joined(parts, language), language_confidence=sure)
        return Heard(whole, survey["seconds"], survey["broken"], tuple(survey["notes"]))

    async def frames(
        self,
        audio: Path | Samples,
        language: str,
        *,
        rate: int = HEARD_RATE,
        layer: int | None = None,
        progress: Progress | None = None,
    ) -> AsyncGenerator[NDArray[np.float32], None]:
        """The encoder's frames [frames, hidden], 50 a second, some at a time; see HiddenNetwork for `layer`.

        None is the encoder's end. Raises as `hear` does, and InvalidInput for a layer that isn't there.
        """
        data, seconds = {"language": language, "layer": layer}, 0.0
        replies = self.child.exchange(_request("embed", audio, rate, data), last="embedded", deadline=DEADLINE)
        async with aclosing(replies):
            async for reply in replies:
                seconds = reply.data["seconds"] if reply.kind == "survey" else seconds
                if reply.kind == "frames":
                    if progress:
                        progress(reply.data["until"], seconds)
                    yield reply.audio.reshape(-1, reply.data["width"])


def _request(kind: str, audio: Path | Samples, rate: int, data: dict[str, Any]) -> Message:
    if isinstance(audio, Path):
        return Message(kind, {**data, "path": str(audio), "rate": None})
    samples = np.asarray(audio, np.float32)
    if samples.nbytes > MAX_PAYLOAD:
        minutes = MAX_PAYLOAD / samples.itemsize / rate / 60
        raise InvalidInput(
            f"{len(samples) / rate / 60:.0f} minutes of samples are more than {minutes:.0f}, the most in one piece",
            hint="write them to a file and give its path",
        )
    return Message.with_audio(kind, samples, **data, path=None, rate=rate)
