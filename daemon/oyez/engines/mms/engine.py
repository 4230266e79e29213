"""The port `Asr` on MMS: the parent's side, small and async."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from oyez.child.engine import EngineChild
from oyez.child.message import Message
from oyez.child.turns import Turns
from oyez.engines.mms.languages import several
from oyez.engines.mms.reader import Decoding
from oyez.errors import EngineFailed, ModelMissing
from oyez.model import HEARD_RATE, Recognition, Voiceprint, Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oyez.engines.mms.network import Precision
    from oyez.hot_words import HotWord
    from oyez.model import Samples

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
        voices: Path | None = None,
        memory_limit_bytes: int | None = None,
        **limits: Any,
    ) -> None:
        """`folder` and `precision`: see networks.opened; `threads` 0: one for each core; `limits` go to EngineChild.

        `voices` is the folder of the model that tells voices apart.
        """
        limits = {"start_deadline": START_DEADLINE, **limits}
        options = {
            "folder": str(folder), "threads": threads, "decoding": decoding.to_json(), "precision": precision,
            "voices": str(voices) if voices else None,
        }  # fmt: skip
        self._voices = voices
        self.child = EngineChild("recognition", WORKER, options, memory_limit_bytes=memory_limit_bytes, **limits)
        self._turns = Turns()

    @property
    def languages(self) -> tuple[str, ...]:
        """Installed languages; empty until it was ready once."""
        return tuple(self.child.ready.get("languages", ()))

    async def transcribe(
        self,
        samples: Samples,
        language: str,
        *,
        hot_words: Sequence[HotWord] = (),
        n_best: int = 1,
        voiceprint: bool = False,
    ) -> Recognition:
        """See ports.Asr. Also raises InvalidInput for samples that aren't finite numbers."""
        with self._turns.taken():
            return await self._ask(samples, language, hot_words, n_best, voiceprint=voiceprint)

    @property
    def busy(self) -> bool:
        """See ports.AheadAsr."""
        return self._turns.busy

    async def transcribe_ahead(
        self,
        samples: Samples,
        language: str,
        *,
        hot_words: Sequence[HotWord] = (),
        n_best: int = 1,
        voiceprint: bool = False,
    ) -> Recognition | None:
        """See ports.AheadAsr."""
        return await self._turns.give_way(self._ask(samples, language, hot_words, n_best, voiceprint=voiceprint))

    async def voiceprint(self, samples: Samples) -> Voiceprint | None:
        """See ports.Asr. Also raises InvalidInput for samples that aren't finite numbers."""
        if self._voices is None:
            raise ModelMissing("the engine has no model of voices", hint="asr.speakers: true in the configuration")
        with self._turns.taken():
            request = Message.with_audio("voiceprint", samples)
            return _voiceprint(await self._exchange(request, "voiceprint", len(samples) / HEARD_RATE))

    async def _ask(
        self, samples: Samples, language: str, hot_words: Sequence[HotWord], n_best: int, *, voiceprint: bool
    ) -> Recognition:
        phrases = [(one.phrase, one.weight) for one in hot_words]
        told = {"language": language, "hot_words": phrases, "n_best": n_best, "voiceprint": voiceprint}
        request = Message.with_audio("recognise", samples, **told)
        reply = await self._exchange(request, "recognition", len(samples) / HEARD_RATE * len(several(language)))
        return replace(recognition(reply.data), voiceprint=_voiceprint(reply))

    async def _exchange(self, request: Message, last: str, seconds: float) -> Message:
        """The reply to what takes as long as so many seconds of audio may."""
        deadline = BASE_DEADLINE + DEADLINE_PER_SECOND * seconds
        async with aclosing(self.child.exchange(request, last=last, deadline=deadline)) as replies:
            async for reply in replies:
                return reply
        raise EngineFailed(f"{self.child.name}: no answer")


def recognition(data: dict[str, Any]) -> Recognition:
    """What a child's message says."""
    words = tuple(Word(**word) for word in data["words"])
    others = tuple(recognition(other) for other in data["alternatives"])
    sure = data["language_confidence"]
    return Recognition(data["text"], data["language"], data["confidence"], words, others, sure)


def _voiceprint(reply: Message) -> Voiceprint | None:
    return Voiceprint(reply.audio, reply.data["seconds"]) if reply.payload else None
