"""Every parser of what comes from outside, with texts to begin from. Each returns, or raises one of OyezError."""

from __future__ import annotations

import asyncio
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from oyez import hot_words, hours, volume
from oyez.actions.reading import content, read, transaction
from oyez.actions.table import ACTIONS
from oyez.audio import decode
from oyez.config import load
from oyez.errors import InvalidInput
from oyez.hermes import messages as hermes
from oyez.http import speech
from oyez.listen import expected
from oyez.mqtt.topics import Topics, check_response
from oyez.ports import Role
from oyez.speak import announce, script
from oyez.wyoming import wire

EXAMPLE = Path("config/oyez.yaml").read_bytes()
SAY = b'{"text": "[[play ding]] [[pause 1s]] [[fr:Bon]] 21.5", "id": "a", "speed": 1.2, "volume": "-6 dB", "expires_in": 60}'
PIECE = b'{"id": "a", "text": " is ", "more": true, "piece": 1}'
SSML = b'<speak>One <break time="1s"/><prosody rate="slow" volume="-6dB">two</prosody> <say-as interpret-as="date">1 May</say-as></speak>'
EVENT = b'{"type": "transcribe", "data": {"language": "en"}, "data_length": 2, "payload_length": 3}\n{}abc'


@dataclass(frozen=True)
class Parser:
    """A parser of bytes, and what it takes."""

    parse: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _request(payload: bytes) -> None:
    for action in ACTIONS.values():
        given = content(payload, action)
        transaction(given)
        read(action, given)


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda payload: parse(payload.decode(errors="surrogateescape"))


def _worded(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    """For those whose ValueError is the config's to tell."""

    def parsed(payload: bytes) -> object:
        try:
            return parse(payload.decode(errors="replace"))
        except ValueError as error:
            raise InvalidInput(str(error)) from None

    return parsed


def _cast(voice: str | None = None, language: str | None = None) -> Role:
    return Role(voice or "af_heart", language if language in ("es", "fr-FR", "hi") else "en-US")


def _config(payload: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "oyez.yaml"
        path.write_bytes(payload)
        return load(path, {})


def _event(payload: bytes) -> object:
    async def parsed() -> object:
        stream = asyncio.StreamReader(limit=wire.MOST_JSON)
        stream.feed_data(payload)
        stream.feed_eof()
        return await wire.read(stream)

    return asyncio.run(parsed())


def _hermes(payload: bytes) -> None:
    for model in hermes.MODELS.values():
        hermes.read(payload, model)


def _wav() -> bytes:
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(bytes(200))
    return made.getvalue()


PARSERS = {
    "announcement": Parser(
        lambda payload: announce.parse(payload, room="kitchen", now=0.0), (SAY, PIECE, b"Dinner.", b'"a"')
    ),
    "stop": Parser(announce.parse_stop, (b"", b"all", b'{"id": "a"}')),
    "request": Parser(_request, (SAY, b'{"rooms": ["a", "b"], "transaction": 5}', b"", b'{"key": "rooms.a"}')),
    "hot words": Parser(expected.read, (b'["kitchen lamp", "Anna*2"]', b"")),
    "hot word": Parser(_worded(hot_words.parse), (b"Anna*2.5", b"kitchen lamp")),
    "hours": Parser(_worded(hours.parse), (b"22:00-07:00 quiet", b"sat,sun 7:00-9:00 30%")),
    "volume": Parser(_worded(volume.parse), (b"40%", b"-6 dB", b"0.5")),
    "topic": Parser(_text(Topics().parse), (b"oyez/kitchen/say", b"oyez/bridge/request/say")),
    "response topic": Parser(_text(lambda topic: check_response(topic, "oyez")), (b"me/answers",)),
    "script": Parser(
        _text(lambda text: script.prepare(text, _cast)),
        (SSML, SAY, b"It is 7:45 PM, 21.5 \xc2\xb0C. Dr. No", b"<speak>"),
    ),
    "config": Parser(_config, (EXAMPLE, b"rooms: {kitchen: {}}\n")),
    "speech request": Parser(
        speech.read, (b'{"input": "Dinner.", "voice": "nova", "speed": 1, "response_format": "mp3"}',)
    ),
    "WAV": Parser(lambda payload: decode.read_wav(payload, 10.0), (_wav(),)),
    "Wyoming event": Parser(_event, (EVENT,)),
    "Hermes": Parser(
        _hermes,
        (
            b'{"text": "Dinner.", "siteId": "kitchen", "volume": 0.5}',
            b'{"init": {"type": "notification", "text": "a"}}',
        ),
    ),
}
