"""What is published, as JSON in UTF-8: one function for each kind of payload. Pure.

Numbers are rounded to what they mean: times and durations to milliseconds, confidences to three digits.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oyez.model import Answer, NoMatch, Outcome, Partial, Transcript

MAX_LINE = 2_000  # characters of a message

BridgeState = Literal["online", "offline", "stopped"]


def transcript(heard: Transcript) -> bytes:
    """For `<room>/heard`. `event_type` lets a Home Assistant event entity take it as it is."""
    words = [
        {
            "word": word.word,
            "start": round(word.start, 3),
            "end": round(word.end, 3),
            "confidence": round(word.confidence, 3),
        }
        for word in heard.words
    ]
    others = [{"text": one.text, "confidence": round(one.confidence, 3)} for one in heard.alternatives]
    sure = heard.language_confidence
    fields = _heard("transcript", heard) | {"text": heard.text, "words": words} | _speaker(heard)
    return _json(
        _with(fields, alternatives=others or None, language_confidence=None if sure is None else round(sure, 3))
    )


def no_match(heard: NoMatch) -> bytes:
    """For `<room>/heard`: speech that has no transcript, and why."""
    return _json(_heard("no_match", heard) | {"reason": heard.reason})


def partial(heard: Partial) -> bytes:
    """For `<room>/hearing`: what someone who still speaks has said so far."""
    return _json(_about(heard) | {"text": heard.text})


def _heard(event_type: str, heard: Transcript | NoMatch) -> dict[str, Any]:
    """What every event of `<room>/heard` tells."""
    return {"event_type": event_type} | _about(heard)


def _about(heard: Transcript | NoMatch | Partial) -> dict[str, Any]:
    return {
        "id": heard.id,
        "room": heard.room,
        "language": heard.language,
        "confidence": round(heard.confidence, 3),
        "started": timestamp(heard.started_at),
        "ended": timestamp(heard.ended_at),
        "duration": round(heard.ended_at - heard.started_at, 3),
    }


def last_transcript(heard: Transcript) -> bytes:
    """For `<room>/transcript`: what a sensor has room for."""
    return _json(
        {
            "id": heard.id,
            "text": heard.text,
            "language": heard.language,
            "confidence": round(heard.confidence, 3),
            "started": timestamp(heard.started_at),
            "ended": timestamp(heard.ended_at),
        }
        | _speaker(heard)
    )


def _speaker(heard: Transcript) -> dict[str, Any]:
    """Who spoke, where that is known."""
    speaker = heard.speaker
    return {"speaker": {"name": speaker.name, "score": round(speaker.score, 3)}} if speaker else {}


def outcome(told: Outcome) -> bytes:
    """For `<room>/said`; what isn't known is left out."""
    fields: dict[str, Any] = {
        "id": told.id,
        "room": told.room,
        "state": str(told.state),
        "reason": told.reason,
        "transaction": told.transaction,
        "first_audio": told.first_audio,
        "seconds": told.seconds,
        "notes": list(told.notes) or None,
        "answer": _answer(told.answer) if told.answer else None,
    }
    return _json({name: value for name, value in fields.items() if value is not None})


def unread_announcements(room: str, count: int) -> bytes:
    """For `<room>/said`: so many within a second were refused without being read."""
    reason = f"too many at once: {count:,} were refused unread"
    return _json({"id": "", "room": room, "state": "refused", "reason": reason, "refused": count})


def unread_requests(topic: str, count: int) -> bytes:
    """For `bridge/response/<verb>`: so many on a topic within a second were refused without being read."""
    error = f"too many at once: {count:,} were refused unread"
    told = {"topic": topic, "refused": count}
    return _json({"status": "error", "code": "busy", "error": error, "data": told})


def _answer(given: Answer) -> dict[str, Any]:
    """Text, language, confidence; or, where there was none, the reason."""
    if given.text is None:
        return {"text": None, "reason": given.reason}
    return {"text": given.text, "language": given.language, "confidence": round(given.confidence or 0.0, 3)}


def log_line(level: str, name: str, message: str, about: Mapping[str, Any], repeated: int) -> bytes:
    """For `bridge/logging`; `repeated` is how often it was suppressed since it was told last."""
    told = {key: value if isinstance(value, bool | int | str) else str(value) for key, value in about.items()}
    line = {"level": level, "message": message[:MAX_LINE], "namespace": name, "about": told}
    return _json(_with(line, repeated=repeated or None))


def response(data: Mapping[str, Any], *, transaction: str | float | None = None, part: int | None = None) -> bytes:
    """For `bridge/response/<verb>`: it was done, or the next part of what is done bit by bit."""
    return _json(_with({"status": "ok", "data": dict(data)}, transaction=transaction, part=part))


def failure(error: str, code: str, *, transaction: str | float | None = None) -> bytes:
    """For `bridge/response/<verb>`: it was not done; `code` is for machines, `error` for people."""
    return _json(_with({"status": "error", "code": code, "error": error, "data": {}}, transaction=transaction))


def bridge_state(state: BridgeState) -> bytes:
    """For `bridge/state`; `offline` is the last will, `stopped` a clean end."""
    return _json({"state": state})


def status(fields: Mapping[str, Any]) -> bytes:
    """For the retained objects: `<room>/state`, `bridge/health`, `bridge/info`. Raises ValueError for NaN and inf."""
    return _json(dict(fields))


def timestamp(at: float) -> str:
    """ISO 8601 in UTC with milliseconds: `2026-11-23T10:37:41.123Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _with(fields: dict[str, Any], **known: Any) -> dict[str, Any]:
    """The fields, and those of `known` that are."""
    return fields | {name: value for name, value in known.items() if value is not None}


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
