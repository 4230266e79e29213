"""`POST /v1/audio/transcriptions` as OpenAI's clients ask for it: a recording in, its text out, or subtitles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from oyez.actions.sound import ears
from oyez.errors import InvalidInput
from oyez.http.body import TooLarge, field, in_time
from oyez.model import SpokenWord
from oyez.outside import known_only, refuse, text
from oyez.speak.subtitles import Said, srt, vtt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from oyez.actions.action import Home
    from oyez.guests.hearing import Heard
    from oyez.model import Word

PATH = "/v1/audio/transcriptions"
MOST_BYTES = 25 << 20  # of a file, as OpenAI has it
MOST_TEXT = 4_096  # of another field
MOST_FIELDS = 20
PAUSE = 0.7  # seconds between words that part two segments
FORMATS = ("json", "text", "srt", "vtt", "verbose_json")


def routes(home: Home) -> Iterator[web.RouteDef]:
    """Where it is."""
    yield web.post(PATH, partial(_transcribe, home))
    yield web.get("/v1/models", partial(_models, home))


async def _transcribe(home: Home, request: web.Request) -> web.Response:
    if request.content_type != "multipart/form-data":
        refuse("give a form (multipart/form-data) with the recording as its field `file`")
    if (request.content_length or 0) > MOST_BYTES + (1 << 16):
        raise TooLarge(f"that is too large: {MOST_BYTES:,} bytes are the most")
    file, fields = await _form(request)
    form = fields.get("response_format", "json")
    known_only([form], FORMATS, what="response_format")
    heard = await ears(home).transcribe(file, language=fields.get("language") or None)
    return _answer(heard, form, words="word" in fields.get("timestamp_granularities[]", ""))


async def _form(request: web.Request) -> tuple[bytes, dict[str, str]]:
    """The recording, and the other fields. Raises InvalidInput."""
    file, fields = b"", dict[str, str]()
    try:
        async with in_time():
            reader = await request.multipart()
            for _ in range(MOST_FIELDS):
                part = await reader.next()
                if part is None:
                    break
                if not isinstance(part, BodyPartReader) or part.name is None:
                    refuse("a form in a form, or a field without a name")
                if part.name == "file":
                    file = await field(part, MOST_BYTES)
                else:
                    fields[part.name] = f"{fields.get(part.name, '')} {text(await field(part, MOST_TEXT))}".strip()
    except (ValueError, AssertionError) as error:  # of aiohttp's reader
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"not a form that can be read: {error}") from None
    if not file:
        refuse("file is missing: the recording")
    return file, fields


def _answer(heard: Heard, form: str, *, words: bool) -> web.Response:
    match form:
        case "text":
            return web.Response(text=heard.text + "\n")
        case "srt":
            return web.Response(text=srt(_subtitles(heard)), content_type="application/x-subrip")
        case "vtt":
            return web.Response(text=vtt(_subtitles(heard)), content_type="text/vtt")
        case "verbose_json":
            return web.json_response(_verbose(heard, words=words))
        case _:
            return web.json_response({"text": heard.text})


def _verbose(heard: Heard, *, words: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "task": "transcribe",
        "language": heard.language,
        "duration": round(heard.seconds, 3),
        "text": heard.text,
        "segments": [
            {
                "id": number,
                "start": round(said[0].start, 3),
                "end": round(said[-1].end, 3),
                "text": " ".join(word.word for word in said),
                "confidence": round(sum(word.confidence for word in said) / len(said), 3),
            }
            for number, said in enumerate(_segments(heard.words))
        ],
    }
    if words:
        told["words"] = [
            {"word": word.word, "start": round(word.start, 3), "end": round(word.end, 3)} for word in heard.words
        ]
    return told


def _subtitles(heard: Heard) -> list[Said]:
    return [
        Said(
            " ".join(word.word for word in said),
            said[0].start,
            said[-1].end,
            words=tuple(SpokenWord(word.word, word.start, word.end) for word in said),
        )
        for said in _segments(heard.words)
    ]


def _segments(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words in groups without a long pause in them."""
    group: list[Word] = []
    for word in words:
        if group and word.start - group[-1].end > PAUSE:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


async def _models(home: Home, _: web.Request) -> web.Response:
    names = [home.config.asr.model] if home.asr else []
    names += [home.config.tts.model] if home.tts else []
    told = [{"id": name, "object": "model", "created": 0, "owned_by": "oyez"} for name in names]
    return web.json_response({"object": "list", "data": told})
