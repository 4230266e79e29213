"""One text after another said as `oyez speak` is asked to, and what is told of each."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oyez.audio.loopback import Airs
from oyez.audio.speech import reading
from oyez.cli.output import raw_sound, sound_file, whole
from oyez.cli.source import STANDARD
from oyez.devices import open_speaker
from oyez.speak import subtitles
from oyez.speak.synthesise import ahead

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable
    from pathlib import Path

    from oyez.cli.jobs import Job
    from oyez.model import SpeechChunk
    from oyez.speech import Speech

LONG = 4_000  # characters


@dataclass
class Told:
    """What became of one text."""

    begun: float = field(default_factory=time.monotonic)
    first_audio: float | None = None
    minutes: subtitles.Minutes = field(default_factory=subtitles.Minutes)
    notes: list[str] = field(default_factory=list)

    def add(self, chunk: SpeechChunk) -> None:
        """Go on."""
        if self.first_audio is None and len(chunk.samples):
            self.first_audio = time.monotonic() - self.begun
        self.minutes.add(chunk)
        self.notes.extend(note for note in chunk.notes if note not in self.notes)

    def row(self, job: Job) -> dict[str, Any]:
        """The same for machines; times in seconds."""
        return {
            "source": str(job.source) if job.source else None,
            "output": str(job.output) if job.output else None,
            "seconds": round(self.minutes.seconds, 3),
            "first_audio": round(self.first_audio or 0.0, 3),
            "notes": self.notes,
        }


class Speaking:
    """A voice at work, and a speaker, from `start` (or the first text) until `close`."""

    def __init__(self, speech: Speech, volume: float, *, device: str, lead_in_ms: int) -> None:
        self._speech = speech
        self._volume = volume
        self._speaker = open_speaker(device, airs=Airs(), lead_in_ms=lead_in_ms)
        self._open: AsyncExitStack | None = None

    async def start(self) -> None:
        """Load the voice, if it isn't."""
        if self._open is None:
            async with AsyncExitStack() as opening:
                await opening.enter_async_context(self._speech)
                opening.push_async_callback(self._speaker.close)
                self._open = opening.pop_all()

    async def close(self) -> None:
        """End what was started."""
        if self._open:
            await self._open.aclose()

    async def say(self, text: str | AsyncIterable[str], job: Job) -> Told:
        """Say a text and write down what is asked for. Raises InvalidInput; nothing half-written is left then."""
        await self.start()
        told = Told()
        pieces = _slices(text) if isinstance(text, str) and len(text) > LONG else text
        speech = _taken_down(self._speech.stream(pieces), told)
        if job.output is None:
            async with ahead(speech) as chunks:
                await self._speaker.play(chunks, volume=self._volume)
        else:
            await self._write(speech, job.output)
        if job.subtitles:
            _write(job.subtitles, subtitles.FORMATS[job.subtitles.suffix.lower()](told.minutes.said))
        if job.words:
            _write(job.words, json.dumps(subtitles.data(told.minutes.said), ensure_ascii=False, indent=1) + "\n")
        return told

    async def _write(self, speech: AsyncGenerator[SpeechChunk, None], output: Path) -> None:
        with raw_sound() if output == STANDARD else sound_file(output) as write:
            async with reading(speech, self._volume) as chunks:
                async for samples in chunks:
                    await asyncio.to_thread(write, samples)


async def _slices(text: str) -> AsyncGenerator[str, None]:
    """A long text as if it arrived in pieces: its first sentence needn't wait for all of it to be made ready."""
    for start in range(0, len(text), LONG):
        yield text[start : start + LONG]


async def _taken_down(speech: AsyncGenerator[SpeechChunk, None], told: Told) -> AsyncGenerator[SpeechChunk, None]:
    async with aclosing(speech):
        async for chunk in speech:
            told.add(chunk)
            yield chunk


def _write(path: Path, text: str) -> None:
    with whole(path) as beside:
        beside.write_text(text, encoding="utf-8")
