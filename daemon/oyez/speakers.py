"""Who is enrolled: the voiceprint of each, in a file of state. No sound of theirs is kept.

`oyez speakers` changes the file while the daemon runs, so it is looked at before each use.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez import durable, log
from oyez.errors import InvalidInput
from oyez.model import Speaker, Voiceprint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from oyez.model import Samples

logger = log.get(__name__)

FILE = "speakers.json"  # in the folder of state
LEAST_S = 3.0  # of voice, to be enrolled by
MOST = 100  # people
MARGIN = 0.03  # by which a voice must be nearer to one than to any other
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Someone whose voice is known, by so many seconds of it, as the model named by `model` has voices."""

    name: str
    seconds: float
    model: str
    vector: Samples


class Speakers:
    """Those who are enrolled, in the file `path`. What isn't by `model` counts for nobody: voiceprints differ.

    `min_score` is the least cosine of one and the same voice. All that looks at the file blocks.
    """

    def __init__(self, path: Path, *, model: str, min_score: float) -> None:
        self.model = model
        self._path = path
        self._min_score = min_score
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None  # of the file, when it was read
        self._everyone: dict[str, Enrolled] = {}

    def everyone(self) -> list[Enrolled]:
        """All who are enrolled, by name; those of another model, too. Blocks."""
        with self._lock:
            self._look()
            return sorted(self._everyone.values(), key=lambda one: one.name.casefold())

    def anyone(self) -> bool:
        """Whether there is somebody to be told. Blocks, for an instant."""
        return any(one.model == self.model for one in self.everyone())

    def who(self, voiceprint: Voiceprint) -> Speaker | None:
        """Whose voice it is, as of the last look: see `nearest`."""
        known = {one.name: one.vector for one in self._everyone.values() if one.model == self.model}
        return nearest(known, voiceprint.vector, self._min_score)

    def enrol(self, name: str, voiceprints: Sequence[Voiceprint]) -> Enrolled:
        """Have somebody known by these voiceprints, and by those before. Blocks. Raises InvalidInput, OSError."""
        check_name(name)
        with self._lock:
            self._look()
            if name not in self._everyone and len(self._everyone) >= MOST:
                raise InvalidInput(f"{MOST} people are enrolled, the most there can be", hint="oyez speakers forget")
            before = self._everyone.get(name)
            parts = [*voiceprints]
            parts += [Voiceprint(before.vector, before.seconds)] if before and before.model == self.model else []
            seconds = sum(one.seconds for one in parts)
            if seconds < LEAST_S:
                raise InvalidInput(
                    f"{seconds:.1f} s of voice are too little to know {name} by",
                    hint=f"at least {LEAST_S:.0f} s; better three sentences or more, of half a minute",
                )
            one = Enrolled(name, seconds, self.model, mean(parts))
            self._write(self._everyone | {name: one})
            return one

    def forget(self, name: str) -> None:
        """Know somebody no more. Blocks. Raises InvalidInput for who isn't enrolled, OSError."""
        with self._lock:
            self._look()
            if name not in self._everyone:
                known = ", ".join(sorted(self._everyone)) or "nobody"
                raise InvalidInput(f"{name} isn't enrolled; enrolled: {known}", hint="oyez speakers list")
            self._write({key: one for key, one in self._everyone.items() if key != name})

    def _look(self) -> None:
        """Read the file, if it isn't as it was."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._everyone, self._seen = {}, None
            return
        seen = stat.st_mtime_ns, stat.st_ino
        if seen == self._seen:
            return
        self._everyone, self._seen = self._read(), seen
        if strange := sum(one.model != self.model for one in self._everyone.values()):
            logger.warning("some were enrolled with another model: enrol them again: oyez speakers list", count=strange)

    def _read(self) -> dict[str, Enrolled]:
        try:
            told = json.loads(self._path.read_bytes())
            return {name: _enrolled(name, kept) for name, kept in told.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            logger.warning("who is enrolled can't be read; nobody is told", path=str(self._path), why=str(error))
            return {}

    def _write(self, everyone: dict[str, Enrolled]) -> None:
        told = {
            one.name: {"seconds": one.seconds, "model": one.model, "vector": one.vector.tolist()}
            for one in everyone.values()
        }
        durable.replace(self._path, json.dumps(told).encode())
        self._look()


def check_name(name: str) -> None:
    """Raise InvalidInput unless it can be somebody's."""
    if not NAME.fullmatch(name) or not name.strip():
        raise InvalidInput(f"{name!r} can't be a name", hint="1 to 64 characters, as on a doorbell")


def nearest(known: Mapping[str, Samples], vector: Samples, min_score: float) -> Speaker | None:
    """Whose voice it is: the nearest's, if it is near enough, and no other nearly as near. Vectors are of length 1."""
    scores = sorted(((float(one @ vector), name) for name, one in known.items()), reverse=True)
    if not scores or scores[0][0] < min_score or (scores[1:] and scores[0][0] - scores[1][0] < MARGIN):
        return None
    return Speaker(scores[0][1], scores[0][0])


def mean(voiceprints: Sequence[Voiceprint]) -> Samples:
    """The voice that they have in common, of length 1; each counts as much as it has seconds."""
    total = np.sum([one.vector * one.seconds for one in voiceprints], axis=0)
    return np.asarray(total / np.linalg.norm(total), np.float32)


def _enrolled(name: str, kept: dict[str, Any]) -> Enrolled:
    vector = np.asarray(kept["vector"], np.float32)
    length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or not np.isfinite(length) or not length:
        raise ValueError(f"the voiceprint of {name} is none")
    return Enrolled(name, float(kept["seconds"]), str(kept["model"]), vector / np.float32(length))
