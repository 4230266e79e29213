"""The library: speech for other programs. `from oyez import Speech`; docs/api.md shows it at work."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self

from oyez.audio.volume import apply
from oyez.config.places import default_models_dir
from oyez.engines import sounds
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.engine import KokoroTts
from oyez.errors import InvalidInput
from oyez.models import store
from oyez.speak.lexicon import Lexicon
from oyez.speak.script import prepare
from oyez.speak.stream import stream
from oyez.volume import MOST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from oyez.engines.kokoro.g2p import Choice
    from oyez.engines.kokoro.models import Device
    from oyez.model import SpeechChunk


class Speech:
    """Text to speech: an async context manager, which has the engine as a child process while it is open.

    `voice` is a name or a blend (`oyez voices`), `language` a BCP-47 tag (None: the voice's own), `speed` 0.5 to 2.
    `models_dir` None is where `oyez models install` puts them. `pronounce` is as in the config: how words are said, by
    language tag or `all`. `media_dir` holds the sounds that markup may play. `threads` are the engine's. A
    `model` with a slash in it is a folder as the model hub has Kokoro: torch computes it, on `device`.

    Raises ModelMissing (its hint is the command that installs it), ModelDamaged, InvalidInput for an unknown voice or
    language; all of them are OyezError.
    """

    def __init__(
        self,
        voice: str = "af_heart",
        *,
        language: str | None = None,
        speed: float = 1.0,
        model: str = "kokoro-v1.0-int8",
        models_dir: Path | None = None,
        pronounce: Mapping[str, Mapping[str, str]] | None = None,
        media_dir: Path | None = None,
        g2p: Choice = "auto",
        threads: int = 2,
        device: Device = "auto",
    ) -> None:
        self._voice, self._language, self._speed = voice, language, speed
        self._model = model
        self._models_dir = models_dir
        find_sound = partial(sounds.find, media_dir) if media_dir else None
        reading = partial(prepare, lexicon=Lexicon(pronounce or {}), find_sound=find_sound)
        self._engine = partial(KokoroTts, prepare=reading, g2p=g2p, threads=threads, device=device)
        self._tts: KokoroTts | None = None

    async def __aenter__(self) -> Self:
        self._tts = await asyncio.to_thread(self._make)
        await self._tts.child.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tts:
            await self._tts.child.close()

    async def stream(
        self,
        text: str | AsyncIterable[str],
        *,
        voice: str | None = None,
        language: str | None = None,
        speed: float | None = None,
    ) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a text, or what comes of it piece by piece: chunks of audio, the first as soon as there is a sentence.

        Samples are 24 kHz, float32, mono, markup's volume applied. `text`, `phonemes` and `words` come with the chunk
        that begins a sentence; the times of words count from the start of the whole speech. `notes` tell what could not
        be said. Whoever leaves the loop early closes the generator (`contextlib.aclosing`). Raises InvalidInput when
        nothing of the text can be said, EngineFailed when the engine died; the next call starts it anew.
        """
        if self._tts is None:
            raise InvalidInput("the speech isn't open", hint="async with Speech() as speech: ...")
        voice = self._voice if voice is None else voice
        language = self._language if language is None else language
        speed = self._speed if speed is None else speed
        chunks = (
            self._tts.synthesise(text, voice=voice, language=language, speed=speed)
            if isinstance(text, str)
            else stream(self._tts, text, voice=voice, language=language, speed=speed)
        )
        async with aclosing(chunks):
            async for chunk in chunks:
                yield replace(chunk, samples=apply(chunk.samples, min(MOST, chunk.volume)), volume=1.0)

    def _make(self) -> KokoroTts:
        """Blocks: reads the catalogue, and looks for the model."""
        _reads(self._voice, self._language)
        return self._engine(store.model_path(self._models_dir or default_models_dir(), self._model))


def _reads(voice: str, language: str | None) -> str:
    """The tag of the language that a voice speaks. Raises InvalidInput."""
    return voices.spoken_language(voices.find(voice), language).tag
