"""What has to do with sound: transcribe a recording, make a text into sound, tell what is expected to be heard."""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from oyez import hot_words as phrase
from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.audio import encode
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.outside import known_only, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.guests.hearing import GuestAsr
    from oyez.guests.speaking import GuestTts
    from oyez.hot_words import HotWord

LONGEST = 4_096  # characters of a text to synthesise
PART_BYTES = 24_000  # of sound in one part of an answer: 32 kB in base64, half a second of WAV
Form = Literal["wav", "pcm", "mp3", "opus", "flac"]


def _from_base64(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("should be base64") from None


File = Annotated[bytes, BeforeValidator(_from_base64), WithJsonSchema({"type": "string", "contentEncoding": "base64"})]


class Recording(Request):
    """A recording to transcribe."""

    audio: File = Field(min_length=1, description="a file, WAV or FLAC, OGG, MP3: in base64, or as the whole payload")
    language: str | None = Field(None, description="spoken in it, as in `languages`; else that of the first room")
    hot_words: list[str] = Field([], max_length=1000, description="phrases to listen for, as on `hot_words/set`")


class HeardWord(Answer):
    """A word; times are seconds from the start of the recording."""

    word: str
    start: float
    end: float
    confidence: float


class Transcribed(Answer):
    """What is said in a recording."""

    text: str
    language: str
    confidence: float
    seconds: float
    words: list[HeardWord]


class Text(Request):
    """A text to make into sound."""

    text: str = Field(min_length=1, max_length=LONGEST, description="plain or with markup")
    voice: str | None = Field(None, description="as in `voices`; else that of the first room")
    language: str | None = Field(None, description="of the text, by its tag; else the voice's")
    speed: float = Field(1.0, description="factor, 0.5 to 2")
    format: Form = Field("wav", description="`wav`, `pcm` (16 bits, 24 kHz, mono), `mp3`, `opus` or `flac`")


class Sound(Answer):
    """A piece of the sound, in base64; the pieces joined are the file."""

    audio: str


class Made(Answer):
    """The sound that was sent."""

    seconds: float
    sample_rate: int
    format: str
    bytes: int
    notes: list[str]


class Phrases(Request):
    """What to expect; left out, nothing is changed."""

    room: str | None = Field(None, description="a room; all where it is left out")
    phrases: list[str] | None = Field(
        None, description="in place of those sent before, until the next start; `[]`: none. Those of the config stay"
    )


class Expected(Answer):
    """What is expected to be heard, the config's phrases included."""

    room: str | None
    phrases: list[str]


@action(Recording, Transcribed, binary="audio", slow=True)
async def transcribe(home: Home, asked: Asked[Recording]) -> Transcribed:
    """Write down what is said in a recording of up to ten minutes; rooms are heard first."""
    request = asked.request
    heard = await ears(home).transcribe(
        request.audio, language=request.language, hot_words=listened_for(request.hot_words)
    )
    words = [
        HeardWord(word=one.word, start=round(one.start, 3), end=round(one.end, 3), confidence=round(one.confidence, 3))
        for one in heard.words
    ]
    return Transcribed(
        text=heard.text,
        language=heard.language,
        confidence=round(heard.confidence, 3),
        seconds=round(heard.seconds, 3),
        words=words,
    )


@action(Text, Made, plain="text", part=Sound, slow=True)
async def synthesise(home: Home, asked: Asked[Text]) -> Made:
    """Make a text into sound, which comes in parts while it is made; announcements come first."""
    request = asked.request
    encoder, samples, notes = encode.FORMATS[request.format].encoder(), 0, list[str]()
    ready, size = b"", 0
    speech = voice(home).speak(
        request.text, voice=request.voice or first_voice(home), language=request.language, speed=request.speed
    )
    async with aclosing(speech) as chunks:
        async for chunk in chunks:
            samples += len(chunk.samples)
            notes += chunk.notes
            ready += await asyncio.to_thread(encoder.feed, chunk.samples)
            while len(ready) >= PART_BYTES:
                await asked.tell(_sound(ready[:PART_BYTES]))
                ready, size = ready[PART_BYTES:], size + PART_BYTES
    ready += await asyncio.to_thread(encoder.finish)
    for start in range(0, len(ready), PART_BYTES):
        await asked.tell(_sound(ready[start : start + PART_BYTES]))
    return Made(
        seconds=round(samples / SPEECH_RATE, 3),
        sample_rate=SPEECH_RATE,
        format=request.format,
        bytes=size + len(ready),
        notes=notes,
    )


@action(Phrases, Expected)
async def hot_words(home: Home, asked: Asked[Phrases]) -> Expected:
    """Tell or change what is expected to be heard, in a room or in all."""
    room, phrases = asked.request.room, asked.request.phrases
    if room is not None:
        known_only([room], home.expected.rooms, what="room that hears")
    if phrases is not None:
        home.expected.expect(room, phrases)
    return Expected(room=room, phrases=[phrase.written(one) for one in home.expected.of(room)])


def ears(home: Home) -> GuestAsr:
    """The hearing engine. Raises InvalidInput where there is none."""
    return home.asr or refuse("no room hears in this house: there is no engine to transcribe with")


def voice(home: Home) -> GuestTts:
    """The speaking engine. Raises InvalidInput where there is none."""
    return home.tts or refuse("no room speaks in this house: there is no engine to make sound with")


def first_voice(home: Home) -> str:
    """The voice of the first room that speaks, as it is set now."""
    return home.settings.rooms[next(iter(home.speaking or home.settings.rooms))].voice


def listened_for(phrases: Sequence[str]) -> list[HotWord]:
    """Hot words as they are written. Raises InvalidInput."""
    try:
        return [phrase.parse(one) for one in phrases]
    except ValueError as error:
        raise InvalidInput(f"hot_words {error}") from None


def _sound(data: bytes) -> Sound:
    return Sound(audio=base64.b64encode(data).decode())
