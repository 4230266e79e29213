"""Kokoro behind the Tts port: the parent's side of its child process."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from oyez.child.engine import EngineChild
from oyez.child.message import Message
from oyez.engines.kokoro import voices, wire
from oyez.engines.kokoro.plan import FASTEST, SLOWEST
from oyez.engines.kokoro.split import LIMIT
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from oyez.engines.kokoro.g2p import Choice
    from oyez.engines.kokoro.models import Device
    from oyez.model import SpeechChunk
    from oyez.ports import Gather, Prepare
    from oyez.script import Script

WORKER = "oyez.engines.kokoro.worker"
START_DEADLINE = 180.0  # torch takes long to import
DEADLINE = 30.0  # seconds for any piece, the whole graph loaded for it if need be,
DEADLINE_PER_CHARACTER = 0.25  # and for each of its characters: four times what a Raspberry Pi 4 needs


class KokoroTts:
    """The speaking engine of all rooms; one text after another.

    `folder` is the model's in the store, or one as the model hub has it, which torch computes on `device`. `prepare`
    turns a text into a script (speak.script), once `gather` has brought the sounds in it. `child` tells how its
    process is.
    """

    def __init__(
        self,
        folder: Path,
        *,
        prepare: Prepare,
        gather: Gather | None = None,
        g2p: Choice = "auto",
        threads: int = 2,
        device: Device = "auto",
        memory_limit_bytes: int | None = None,
        unload_after: float | None = None,
    ) -> None:
        self._prepare = prepare
        self._gather = gather
        options = {"folder": str(folder), "g2p": g2p, "threads": threads, "device": device}
        self.child = EngineChild(
            "synthesis",
            WORKER,
            options,
            memory_limit_bytes=memory_limit_bytes,
            unload_after=unload_after,
            start_deadline=START_DEADLINE,
        )

    async def synthesise(
        self, text: str, *, voice: str, language: str | None = None, speed: float = 1.0
    ) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a text, a sentence at a time; see Tts. `language` is a BCP-47 tag or an ISO 639-3 code."""
        async with aclosing(self.say(await self.script(text, voice=voice, language=language), speed=speed)) as speech:
            async for chunk in speech:
                yield chunk

    def reads(self, voice: str, language: str | None = None) -> str:
        """The tag of the language that a voice reads; see ScriptedTts."""
        return voices.spoken_language(voices.find(voice), language).tag

    async def script(self, text: str, *, voice: str, language: str | None = None) -> Script:
        """Make a text ready to be said; see ScriptedTts."""
        if self._gather:
            await self._gather(text)
        # Off the loop: catalogue and rules are read the first time, and sounds are looked for.
        return await asyncio.to_thread(self._script, text, voice, language)

    async def say(self, script: Script, *, speed: float = 1.0) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a script; see ScriptedTts."""
        if not SLOWEST <= speed <= FASTEST:  # refuses NaN too
            raise InvalidInput(f"a speed of {speed} is not between {SLOWEST} and {FASTEST}")
        request = Message("say", {"script": wire.pack(script.items), "speed": speed})
        longest = min(LIMIT, max(map(len, script.sentences), default=0))
        notes = script.notes
        replies = self.child.exchange(request, last="done", deadline=DEADLINE + DEADLINE_PER_CHARACTER * longest)
        async with aclosing(replies):
            async for reply in replies:
                if reply.kind == "chunk":
                    yield wire.unpack_chunk(reply, notes)
                    notes = ()

    def _script(self, text: str, voice: str, language: str | None) -> Script:
        own = voices.find(voice)
        return self._prepare(text, partial(voices.cast, own, voices.spoken_language(own, language)))
