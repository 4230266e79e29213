"""What Hermes says, in both directions. Keys are camelCase, as Rhasspy 2.5 has them; unknown ones pass. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oyez.errors import InvalidInput
from oyez.outside import json_object, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oyez.model import Outcome, Transcript

SAY = "hermes/tts/say"
SAY_FINISHED = "hermes/tts/sayFinished"
SAY_ERROR = "hermes/error/tts"
START_LISTENING, STOP_LISTENING = "hermes/asr/startListening", "hermes/asr/stopListening"
TEXT_CAPTURED = "hermes/asr/textCaptured"
LISTEN_ERROR = "hermes/error/asr"
LISTEN_ON, LISTEN_OFF = "hermes/asr/toggleOn", "hermes/asr/toggleOff"
SET_VOLUME = "rhasspy/audioServer/setVolume"
PLAY, PLAYED = "hermes/audioServer/{}/playBytes/{}", "hermes/audioServer/{}/playFinished"
GET_VOICES, VOICES = "rhasspy/tts/getVoices", "rhasspy/tts/voices"
START_SESSION = "hermes/dialogueManager/startSession"
SESSION_STARTED = "hermes/dialogueManager/sessionStarted"
SESSION_ENDED = "hermes/dialogueManager/sessionEnded"

SITE = "default"
MAX_NAME = 128


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False, hide_input_in_errors=True)


class Site(_Message):
    """For a site, for several (`kitchen,hall`), or for all (`*`)."""

    siteId: str = Field(SITE, max_length=1_000)  # noqa: N815 - as Hermes has it

    @property
    def sites(self) -> list[str]:
        """The sites that are meant, each once."""
        return list(dict.fromkeys(site.strip() for site in self.siteId.split(",") if site.strip()))


class Say(Site):
    """A text to say."""

    text: str
    lang: str | None = None
    id: str | None = Field(None, max_length=MAX_NAME)
    sessionId: str | None = Field(None, max_length=MAX_NAME)  # noqa: N815
    volume: float | None = Field(None, ge=0, le=1)


class Listen(Site):
    """A session whose words are waited for, or no more."""

    sessionId: str | None = Field(None, max_length=MAX_NAME)  # noqa: N815


class Volume(Site):
    """How loud a site is from now on."""

    volume: float = Field(ge=0, le=1)


class Play(Site):
    """A recording to play."""

    id: str


class Voices(Site):
    """Which voices there are."""

    id: str | None = Field(None, max_length=MAX_NAME)


class Init(_Message):
    """What a session begins with."""

    type: Literal["action", "notification"]
    text: str | None = None


class Session(Site):
    """A session to start."""

    init: Init
    customData: str | None = Field(None, max_length=4_096)  # noqa: N815
    lang: str | None = None


Message = TypeVar("Message", bound=_Message)

MODELS: dict[str, type[Site]] = {
    SAY: Say,
    START_LISTENING: Listen,
    STOP_LISTENING: Listen,
    LISTEN_ON: Site,
    LISTEN_OFF: Site,
    SET_VOLUME: Volume,
    GET_VOICES: Voices,
    START_SESSION: Session,
}

SPEAKS = (SAY, GET_VOICES)  # what goes wrong with them is told on `SAY_ERROR`


def read(payload: bytes, model: type[Message]) -> Message:
    """A message. Raises InvalidInput."""
    content = text(payload)
    fields = json_object(content) if content.startswith("{") else _no_object(content)
    known = {name: value for name, value in fields.items() if value is not None}
    try:
        return model.model_validate(known)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise InvalidInput(f"{name}: {first['msg']}") from None


def _no_object(content: str) -> dict[str, Any]:
    if content:
        raise InvalidInput("a Hermes message is a JSON object")
    return {}


def said(site: str, name: str | None, session: str | None) -> bytes:
    """For `sayFinished`."""
    return _json({"id": name, "siteId": site, "sessionId": session})


def play(topic: str) -> Play:
    """Which site is to play the WAV that came on a topic of `PLAY`, and the request's id. Raises InvalidInput."""
    _, _, site, _, name = topic.split("/")
    if not all(0 < len(level) <= MAX_NAME and level.isprintable() for level in (site, name)):
        raise InvalidInput(f"site and id of a playBytes have 1 to {MAX_NAME} printable characters")
    return Play(siteId=site, id=name)


def played(name: str, session: str | None = None) -> bytes:
    """For `playFinished`."""
    return _json({"id": name, "sessionId": session})


def error(site: str, reason: str, session: str | None = None, context: str | None = None) -> bytes:
    """For `hermes/error/...`."""
    return _json({"error": reason, "context": context, "siteId": site, "sessionId": session})


def captured(site: str, heard: Transcript, session: str | None) -> bytes:
    """For `textCaptured`."""
    tokens, at = [], 0
    for word in heard.words:
        end = at + len(word.word)
        time = {"start": round(word.start, 3), "end": round(word.end, 3)}
        tokens.append(
            {
                "value": word.word,
                "confidence": round(word.confidence, 3),
                "rangeStart": at,
                "rangeEnd": end,
                "time": time,
            }
        )
        at = end + 1
    told = {
        "text": heard.text,
        "likelihood": round(heard.confidence, 3),
        "seconds": round(heard.ended_at - heard.started_at, 3),
        "siteId": site,
        "sessionId": session,
        "wakewordId": None,
        "lang": heard.language,
        "asrTokens": [tokens],
    }
    return _json(told)


def voices(site: str, name: str | None, known: Iterable[tuple[str, str]]) -> bytes:
    """For `voices`: names, each with what it is."""
    told = [{"voiceId": voice, "description": what} for voice, what in known]
    return _json({"voices": told, "id": name, "siteId": site})


def session(site: str, name: str, custom: str | None, outcome: Outcome | None = None, why: str | None = None) -> bytes:
    """For `sessionStarted`; with an outcome of what was said, or the reason for nothing, for `sessionEnded`."""
    told: dict[str, Any] = {"sessionId": name, "siteId": site, "customData": custom}
    if outcome:
        ends = {"spoken": "nominal", "cancelled": "abortedByUser"}
        told["termination"] = {"reason": ends.get(str(outcome.state), "error"), "error": outcome.reason}
    elif why:
        told["termination"] = {"reason": "error", "error": why}
    return _json(told)


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()
