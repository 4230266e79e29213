"""Speech kept for the next time: what was said once in full needn't be made again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from oyez import log
from oyez.script import Script, Sound
from oyez.speak.cache import entry
from oyez.speak.cache.begun import Begun
from oyez.speak.cache.making import Making
from oyez.speak.stream import Joined

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from oyez.health import PartHealth
    from oyez.model import SpeechChunk
    from oyez.ports import ScriptedTts
    from oyez.speak.cache.shelf import Shelf

logger = log.get(__name__)


class CachedTts:
    """A speaking engine that remembers; see ports.ScriptedTts.

    Speech goes on the shelf once it was made in full; it is found again by its script, its speed, the sounds in it and
    `maker`: all else that makes the sound (engine, model, versions). Its chunks come back as they were, but for 16 bits
    a sample. What is in the making when another room asks for it is made for both. A shelf that can't be read or
    written costs time, not speech: it is logged once, and told to `health`. Of a speech that was cut, what was made is
    kept for when it goes on: no sentence is made twice.
    """

    def __init__(self, tts: ScriptedTts, shelf: Shelf, *, maker: str, health: PartHealth) -> None:
        self._tts = tts
        self._shelf = shelf
        self._maker = maker
        self._health = health
        self._begun = Begun()
        self._making: WeakValueDictionary[str, Making] = WeakValueDictionary()
        health.state("ok")
        health.gauge("size_mb", lambda: shelf.size / 1e6)

    async def synthesise(
        self, text: str, *, voice: str, language: str | None = None, speed: float = 1.0
    ) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a text: from the shelf, or from the engine and onto the shelf."""
        async with aclosing(self.say(await self.script(text, voice=voice, language=language), speed=speed)) as speech:
            async for chunk in speech:
                yield chunk

    def reads(self, voice: str, language: str | None = None) -> str:
        """See ports.Scripted."""
        return self._tts.reads(voice, language)

    async def script(self, text: str, *, voice: str, language: str | None = None) -> Script:
        """See ports.Scripted."""
        return await self._tts.script(text, voice=voice, language=language)

    async def say(self, script: Script, *, speed: float = 1.0) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a script: from the shelf, or from the engine and onto the shelf."""
        key, kept, error = await asyncio.to_thread(self._find, script, speed)
        if error:
            self._failed(error)
        making = self._in_making(key)
        self._health.count("hits" if making or kept is not None else "misses")
        if kept is not None:
            for chunk in kept:
                yield chunk
            return
        making = making or Making(self._make(key, script, speed))
        self._making[key] = making
        async with aclosing(making.listen()) as speech:
            async for chunk in speech:
                yield chunk

    def _in_making(self, key: str) -> Making | None:
        making = self._making.get(key)
        return making if making and making.usable else None

    async def _make(self, key: str, script: Script, speed: float) -> AsyncGenerator[SpeechChunk, None]:
        said: list[SpeechChunk] = []
        size = 0
        try:
            async with aclosing(self._go_on(key, script, speed)) as speech:
                async for chunk in speech:
                    size += entry.size(chunk)
                    if size <= self._shelf.largest:
                        said.append(chunk)
                    yield chunk
        except (GeneratorExit, asyncio.CancelledError):
            self._begun.keep(key, said)
            raise
        if size <= self._shelf.largest:
            await self._keep(key, said)

    async def _go_on(self, key: str, script: Script, speed: float) -> AsyncGenerator[SpeechChunk, None]:
        """All of a speech: what is left of an earlier time, and the rest from the engine."""
        chunks, before, rest = self._begun.take(key, script)
        joined = Joined()
        if chunks:
            joined.to_the_one_before(before)
        for chunk in chunks:
            yield joined.told(chunk)
        rest = joined.to_the_one_before(rest)
        async with aclosing(self._tts.say(rest, speed=speed)) as speech:
            async for chunk in speech:
                yield joined.told(chunk)

    async def _keep(self, key: str, said: list[SpeechChunk]) -> None:
        try:
            await asyncio.to_thread(lambda: self._shelf.put(key, entry.pack(said)))
        except OSError as error:
            self._failed(error)
        else:
            self._health.state("ok")

    def _find(self, script: Script, speed: float) -> tuple[str, list[SpeechChunk] | None, OSError | None]:
        """What the speech of a script is known by; the speech, if it is kept; why it can't be read. Blocks."""
        key = self._key(script, speed)
        try:
            data = self._shelf.get(key)
            return key, entry.unpack(data) if data is not None else None, None
        except OSError as error:
            return key, None, error
        except ValueError:
            logger.warning("speech that was kept is damaged, and is made anew", entry=key)
            self._shelf.drop(key)
            return key, None, None

    def _key(self, script: Script, speed: float) -> str:
        """What the speech of a script is known by. Blocks: sound files are looked at."""
        sounds = [_state(item.path) for item in script.items if isinstance(item, Sound)]
        told = [entry.FORMAT, self._maker, asdict(script), speed, sounds]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _failed(self, error: OSError) -> None:
        if self._health.current == "ok":
            logger.warning("speech can't be kept for the next time", path=str(self._shelf.folder), why=error.strerror)
        self._health.state("failing", f"{self._shelf.folder}: {error.strerror}")


def _state(path: str) -> tuple[int, int] | None:
    """What tells that a file has changed; None when it isn't there."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
