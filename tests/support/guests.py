"""Engines that can be held up, and what is recorded for them."""

from __future__ import annotations

import asyncio
import io
import wave

import numpy as np

from oyez.errors import InvalidInput
from oyez.guests.hearing import GuestAsr
from oyez.guests.speaking import GuestTts
from oyez.guests.turns import Turns
from oyez.hot_words import HotWord
from oyez.listen.rewrite import Rewriting
from oyez.model import HEARD_RATE, Recognition, SpeechChunk, Word
from oyez.script import Line, Part, Pause, Script

CHUNK = np.full(2_400, 0.1, np.float32)


class Engine:
    """Says each sentence in two chunks (or more), one request at a time, the second when it may."""

    def __init__(self) -> None:
        self.chunk, self.chunks = CHUNK, 2
        self.said: list[str] = []
        self.ended: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.error: Exception | None = None
        self.lock = asyncio.Lock()

    def reads(self, voice, language=None):
        return "en-US"

    async def script(self, text, *, voice, language=None):
        if not text.strip():
            raise InvalidInput("nothing to say")
        if voice == "nobody":
            raise InvalidInput("no voice is called 'nobody'")
        sentences = [sentence.strip() for sentence in text.split(".") if sentence.strip()]
        return Script(tuple(Line((Part(one, "en"),), voice, volume=0.5) for one in sentences), ("a note",))

    async def say(self, script, *, speed=1.0):
        async with self.lock:
            text = script.sentences[0]
            self.said.append(text)
            if isinstance(script.items[0], Pause):
                yield SpeechChunk(np.zeros(int(script.items[0].seconds * 24_000), np.float32))
            yield SpeechChunk(self.chunk, text, notes=script.notes, volume=script.items[-1].volume)
            await self.go_on.wait()
            if self.error:
                raise self.error
            for _ in range(self.chunks - 1):
                yield SpeechChunk(self.chunk, volume=script.items[-1].volume)
            self.ended.append(text)


class Ear:
    """Hears two words in each piece, a while apart."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def transcribe(self, samples, language, *, hot_words=(), n_best=1):
        self.asked.append((language, [one.phrase for one in hot_words]))
        await self.go_on.wait()
        return Recognition("the lamb", language, 0.5, (Word("the", 0.1, 0.2, 0.4), Word("lamb", 1.0, 1.5, 0.6)))


def guest_tts(engine: Engine) -> GuestTts:
    return GuestTts(engine, Turns("synthesis"))


def guest_asr(ear: Ear) -> GuestAsr:
    return GuestAsr(
        ear,
        Turns("recognition"),
        installed=("eng", "spa"),
        default=lambda: "spa",
        expected=lambda: [HotWord("kitchen")],
        rewrite=Rewriting({"all": {"lamb": "lamp"}}),
    )


def wav(samples, rate=HEARD_RATE) -> bytes:
    """A WAV file as a client would send it."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((np.asarray(samples) * 32767).astype("<i2").tobytes())
    return made.getvalue()
