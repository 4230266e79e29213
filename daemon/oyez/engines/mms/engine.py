"""The port `Asr` on MMS: the parent's side, small and async."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from oyez.child.engine import EngineChild
from oyez.child.message import Message
from oyez.child.turns import Turns
from oyez.engines.mms.languages import several
from oyez.engines.mms.reader import Decoding
from oyez.errors import EngineFailed
from oyez.model import HEARD_RATE, Recognition, Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oyez.engines.mms.network import Precision
    from oyez.model import HotWord, Samples

WORKER = "oyez.engines.mms.worker"
START_DEADLINE = 120.0  # a gigabyte from a slow disk
BASE_DEADLINE = 10.0
DEADLINE_PER_SECOND = 3.0  # of audio; 15 times what two slow cores need
DEFAULT = Decoding()


class MmsAsr:
    """Speech recognition in a child process, one utterance at a time, the language chosen for each: see ports.AheadAsr.

    `child` tells how its process is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        decoding: Decoding = DEFAULT,
        precision: Precision = "auto",
        memory_limit_bytes: int | None = None,
        **limits: Any,
    ) -> None:
        """`folder` and `precision`: see networks.opened; `threads` 0: one for each core; `limits` go to EngineChild."""
        limits = {"start_deadline": START_DEADLINE, **limits}
        options = {
            "folder": str(folder), "threads": threads, "decoding": decoding.to_json(), "precision": precision
        }  # fmt: skip
        self.child = EngineChild("recognition", WORKER, options, memory_limit_bytes=memory_limit_bytes, **limits)
        self._turns = Turns()

    @property
    def languages(self) -> tuple[str, ...]:
        """Installed languages; empty until it was ready once."""
        return tuple(self.child.ready.get("languages", ()))

    async def transcribe(
        self, samples: Samples, language: str, *, hot_words: Sequence[HotWord] = (), n_best: int = 1
    ) -> Recognition:
        """See ports.Asr. Also raises InvalidInput for samples that aren't finite numbers."""
        with self._turns.taken():
            return await self._ask(samples, language, hot_words, n_best)

    @property
    def busy(self) -> bool:
        """See ports.AheadAsr."""
        return self._turns.busy

    async def transcribe_ahead(
        self, samples: Samples, language: str, *, hot_words: Sequence[HotWord] = (), n_best: int = 1
    ) -> Recognition | None:
        """See ports.AheadAsr."""
        return await self._turns.give_way(self._ask(samples, language, hot_words, n_best))

    async def _ask(self, samples: Samples, language: str, hot_words: Sequence[HotWord], n_best: int) -> Recognition:
        phrases = [(one.phrase, one.weight) for one in hot_words]
        request = Message.with_audio("recognise", samples, language=language, hot_words=phrases, n_best=n_best)
        seconds = len(samples) / HEARD_RATE * len(several(language))
        deadline = BASE_DEADLINE + DEADLINE_PER_SECOND * seconds
        async with aclosing(self.child.exchange(request, last="recognition", deadline=deadline)) as replies:
            async for reply in replies:
                return recognition(reply.data)
        raise EngineFailed(f"{self.child.name}: no answer")


def recognition(data: dict[str, Any]) -> Recognition:
    """What a child's message says."""
    words = tuple(Word(**word) for word in data["words"])
    others = tuple(recognition(other) for other in data["alternatives"])
    sure = data["language_confidence"]
    return Recognition(data["text"], data["language"], data["confidence"], words, others, sure)
