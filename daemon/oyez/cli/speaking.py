"""One text after another said as `oyez speak` is asked to, and what is told of each."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oyez.audio.devices import open_speaker
from oyez.audio.loopback import Airs
from oyez.audio.speech import reading
from oyez.cli.output import raw_sound, sound_file, whole
from oyez.cli.source import STANDARD
from oyez.engines.kokoro import voices
from oyez.speak import subtitles
from oyez.speak.stream import stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable
    from pathlib import Path

    from oyez.cli.jobs import Job
    from oyez.engines.kokoro.engine import KokoroTts
    from oyez.model import SpeechChunk

LONG = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Manner:
    """Who says it, and how; see ports.Tts."""

    voice: str
    language: str | None
    speed: float
    volume: float


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
    """An engine at work, and a speaker, until `close`."""

    def __init__(self, tts: KokoroTts, manner: Manner, *, device: str, lead_in_ms: int) -> None:
        self._tts = tts
        self._manner = manner
        self._speaker = open_speaker(device, airs=Airs(), lead_in_ms=lead_in_ms)

    async def start(self) -> None:
        """Load the voice, if it isn't."""
        await self._tts.child.start()

    async def close(self) -> None:
        """End what was started."""
        await self._speaker.close()
        await self._tts.child.close()

    async def say(self, text: str | AsyncIterable[str], job: Job) -> Told:
        """Say a text and write down what is asked for. Raises InvalidInput; nothing half-written is left then."""
        await self.start()
        told = Told()
        speech = _taken_down(self._speech(text), told)
        if job.output is None:
            await self._speaker.play(speech, volume=self._manner.volume)
        else:
            await self._write(speech, job.output)
        if job.subtitles:
            _write(job.subtitles, subtitles.FORMATS[job.subtitles.suffix.lower()](told.minutes.said))
        if job.words:
            _write(job.words, json.dumps(subtitles.data(told.minutes.said), ensure_ascii=False, indent=1) + "\n")
        return told

    async def _write(self, speech: AsyncGenerator[SpeechChunk, None], output: Path) -> None:
        with raw_sound() if output == STANDARD else sound_file(output) as write:
            async with reading(speech, self._manner.volume) as chunks:
                async for samples in chunks:
                    await asyncio.to_thread(write, samples)

    def _speech(self, text: str | AsyncIterable[str]) -> AsyncGenerator[SpeechChunk, None]:
        """The speech of a text; of one that is long, or still arrives, sentence by sentence."""
        tts, manner = self._tts, self._manner
        voice, language, speed = manner.voice, manner.language, manner.speed
        if isinstance(text, str) and len(text) <= LONG:
            return tts.synthesise(text, voice=voice, language=language, speed=speed)
        pieces = _slices(text) if isinstance(text, str) else text
        reads = voices.spoken_language(voices.find(voice), language).tag
        return stream(tts, pieces, reads=reads, voice=voice, language=language, speed=speed)


async def _slices(text: str) -> AsyncGenerator[str, None]:
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
