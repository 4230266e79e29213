"""`POST /v1/audio/speech` as OpenAI's clients ask for it: a text in, sound out while it is made."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oyez.actions.reading import sentence
from oyez.actions.sound import LONGEST, first_voice, voice
from oyez.audio.encode import FORMATS
from oyez.engines.kokoro import voices
from oyez.errors import InvalidInput, OyezError
from oyez.http.body import whole
from oyez.outside import MAX_PAYLOAD, json_object, text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from oyez.actions.action import Home
    from oyez.model import SpeechChunk

PATH = "/v1/audio/speech"
WRITE_S = 30.0  # for a client to take what was sent
# Kokoro's voices of the same names, and for the others the best that there is.
OPENAI_VOICES = {
    "alloy": "af_alloy",
    "echo": "am_echo",
    "fable": "bm_fable",
    "nova": "af_nova",
    "onyx": "am_onyx",
    "ash": "am_michael",
    "ballad": "bm_george",
    "coral": "af_bella",
    "sage": "af_heart",
    "shimmer": "af_sarah",
    "verse": "am_fenrir",
}


class SpeechRequest(BaseModel):
    """A text to be made into sound. Other keys that OpenAI has (`instructions`) are passed over."""

    model_config = ConfigDict(hide_input_in_errors=True, allow_inf_nan=False)

    input: str = Field(min_length=1, max_length=LONGEST, description="the text, plain or with markup")
    model: str = Field("kokoro", description="any: there is one")
    voice: str | None = Field(None, description="a voice or blend of ours, or one of OpenAI's; else the first room's")
    language: str | None = Field(None, description="ours: of the text, by its tag; else the voice's")
    response_format: Literal["mp3", "opus", "flac", "wav", "pcm"] = Field("mp3", description="`aac` isn't made")
    speed: float = Field(1.0, description="factor, 0.5 to 2")
    stream_format: Literal["audio"] = Field("audio", description="`sse` isn't made")


def routes(home: Home) -> Iterator[web.RouteDef]:
    """Where it is."""
    yield web.post(PATH, partial(_speak, home))
    yield web.get("/v1/audio/voices", _voices)


async def _speak(home: Home, request: web.Request) -> web.StreamResponse:
    asked = read(await whole(request, MAX_PAYLOAD))
    speech = voice(home).speak(asked.input, voice=_voice(home, asked), language=asked.language, speed=asked.speed)
    async with aclosing(speech) as chunks:
        first = await anext(chunks)  # what can't be said is told before anything has gone out
        response = web.StreamResponse(headers={"Content-Type": FORMATS[asked.response_format].media_type})
        await response.prepare(request)
        try:
            await _send(response, asked, first, chunks)
        except (OyezError, TimeoutError):
            if request.transport:
                request.transport.abort()  # the only way left to say that this isn't all of it
    return response


async def _send(
    response: web.StreamResponse, asked: SpeechRequest, first: SpeechChunk, rest: AsyncGenerator[SpeechChunk, None]
) -> None:
    encoder = FORMATS[asked.response_format].encoder()
    await _write(response, await asyncio.to_thread(encoder.feed, first.samples))
    async for chunk in rest:
        await _write(response, await asyncio.to_thread(encoder.feed, chunk.samples))
    await _write(response, await asyncio.to_thread(encoder.finish))
    await response.write_eof()


async def _write(response: web.StreamResponse, data: bytes) -> None:
    if data:
        async with asyncio.timeout(WRITE_S):
            await response.write(data)


def read(body: bytes) -> SpeechRequest:
    """The request of a body. Raises InvalidInput."""
    given = text(body)
    if not given.startswith("{"):
        raise InvalidInput('give a JSON object, as in {"input": "Dinner is ready.", "voice": "af_heart"}')
    fields: dict[str, Any] = json_object(given)
    try:
        return SpeechRequest.model_validate(fields)
    except ValidationError as error:
        raise InvalidInput(sentence(error)) from None


def _voice(home: Home, asked: SpeechRequest) -> str:
    if asked.voice is None:
        return first_voice(home)
    return OPENAI_VOICES.get(asked.voice, asked.voice)


async def _voices(_: web.Request) -> web.Response:
    """What Open WebUI and others ask for to offer a choice."""
    catalogue = await asyncio.to_thread(voices.catalogue)
    return web.json_response({"voices": [{"id": name, "name": name} for name in catalogue]})
