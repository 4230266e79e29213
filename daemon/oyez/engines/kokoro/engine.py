"""Kokoro behind the Tts port: the parent's side of its child process."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from oyez.child.engine import EngineChild
from oyez.child.message import Message
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.split import LIMIT
from oyez.errors import InvalidInput
from oyez.model import SpeechChunk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from oyez.engines.kokoro.g2p import Choice
    from oyez.ports import Prepare

WORKER = "oyez.engines.kokoro.worker"
SLOWEST, FASTEST = 0.5, 2.0
DEADLINE = 10.0  # seconds for any piece,
DEADLINE_PER_CHARACTER = 0.25  # and for each of its characters: four times what a Raspberry Pi 4 needs


class KokoroTts:
    """The speaking engine of all rooms; one text after another.

    `folder` is the model's in the store, `prepare` turns a text into sentences (speak.text). `child` tells how its
    process is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prepare: Prepare,
        g2p: Choice = "auto",
        threads: int = 2,
        memory_limit_bytes: int | None = None,
    ) -> None:
        self._prepare = prepare
        options = {"folder": str(folder), "g2p": g2p, "threads": threads}
        self.child = EngineChild("synthesis", WORKER, options, memory_limit_bytes=memory_limit_bytes)

    async def synthesise(
        self, text: str, *, voice: str, language: str | None = None, speed: float = 1.0
    ) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a text, a sentence at a time; see Tts. `language` is a BCP-47 tag or an ISO 639-3 code."""
        chosen = voices.find(voice)
        spoken = voices.spoken_language(chosen, language)
        if not SLOWEST <= speed <= FASTEST:  # refuses NaN too
            raise InvalidInput(f"a speed of {speed} is not between {SLOWEST} and {FASTEST}")
        script = await asyncio.to_thread(self._prepare, text, spoken.tag)  # reads a language's rules the first time
        request = Message(
            "say", {"sentences": script.sentences, "voice": chosen.name, "language": spoken.tag, "speed": speed}
        )
        longest = min(LIMIT, max(map(len, script.sentences)))
        notes = script.notes
        replies = self.child.exchange(request, last="done", deadline=DEADLINE + DEADLINE_PER_CHARACTER * longest)
        async with aclosing(replies):
            async for reply in replies:
                if reply.kind == "chunk":
                    yield SpeechChunk(reply.audio, reply.data["text"], (*notes, *reply.data["notes"]))
                    notes = ()
