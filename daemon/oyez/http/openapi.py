"""What can be asked over HTTP as an OpenAPI 3.1 document: `python -m oyez.http.openapi` writes it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oyez import __version__
from oyez.actions.schemas import SCHEMAS, schemas
from oyez.actions.table import ACTIONS
from oyez.audio.encode import FORMATS
from oyez.http import speech, transcriptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.actions.action import Action

FILE = Path("docs/openapi.json")
FAILED = {"$ref": f"{SCHEMAS}Failed"}
OPENAI_FAILED = {"type": "object", "properties": {"error": {"type": "object"}}, "required": ["error"]}
_BINARY = {"type": "string", "format": "binary"}
_FORM = {
    "file": {**_BINARY, "description": "WAV, FLAC, OGG, MP3; up to 25 MiB and ten minutes"},
    "model": {"type": "string", "description": "any: there is one"},
    "language": {"type": "string", "description": "spoken in it; else that of the first room"},
    "response_format": {"enum": list(transcriptions.FORMATS), "default": "json"},
    "timestamp_granularities[]": {"type": "array", "items": {"enum": ["word", "segment"]}},
}


@cache
def document() -> str:
    """The document as JSON text."""
    references, defined = schemas(speech.SpeechRequest)
    told = {
        "openapi": "3.1.0",
        "info": {
            "title": "Oyez",
            "version": __version__,
            "description": "What can be asked of the running daemon over HTTP: docs/http.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": {f"/api/{action.name}": _path(action, references) for action in ACTIONS.values()}
        | dict(_others(references)),
        "components": {
            "schemas": defined,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _path(action: Action[Any], references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    request, answer = references[action.request, "validation"], references[action.answer, "serialization"]
    body = {"application/json": {"schema": request}}
    if action.plain:
        body["text/plain"] = {"schema": {"type": "string", "description": f"the same as `{action.plain}` alone"}}
    if action.binary:
        body["application/octet-stream"] = {"schema": {**_BINARY, "description": f"the same as `{action.binary}`"}}
    content = {"application/json": {"schema": answer}}
    if action.part:
        lines = {"oneOf": [references[action.part, "serialization"], answer]}
        content = {"application/x-ndjson": {"schema": {**lines, "description": "`data` of each line"}}}
    operation = {
        "operationId": action.name,
        "summary": action.does,
        "requestBody": {"content": body},
        "responses": _responses(content),
    }
    if not action.reads:
        return {"post": operation}
    query = [
        {"name": name, "in": "query", "description": field.description, "schema": {"type": "string"}}
        for name, field in action.request.model_fields.items()
    ]
    read = {"operationId": f"get_{action.name}", "summary": action.does, "parameters": query}
    return {"get": read | {"responses": _responses(content)}, "post": operation}


def _others(references: dict[Any, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What isn't an action."""
    sound = {form.media_type: {"schema": _BINARY} for form in FORMATS.values()}
    yield (
        speech.PATH,
        {
            "post": {
                "operationId": "speech",
                "summary": "Make a text into sound, sent while it is made (as OpenAI's).",
                "requestBody": {
                    "content": {"application/json": {"schema": references[speech.SpeechRequest, "validation"]}}
                },
                "responses": _responses(sound, OPENAI_FAILED),
            }
        },
    )
    form = {"type": "object", "properties": _FORM, "required": ["file"]}
    words = {"application/json": {"schema": {"type": "object"}}, "text/plain": {"schema": {"type": "string"}}}
    yield (
        transcriptions.PATH,
        {
            "post": {
                "operationId": "transcriptions",
                "summary": "Write down what is said in a recording (as OpenAI's).",
                "requestBody": {"content": {"multipart/form-data": {"schema": form}}},
                "responses": _responses(words, OPENAI_FAILED),
            }
        },
    )
    for path, name, summary in (
        ("/v1/models", "list_models", "Tell the models in use (as OpenAI's)."),
        ("/v1/audio/voices", "list_voices", "Tell the voices, as Open WebUI asks for them."),
        ("/openapi.json", "openapi", "This document."),
    ):
        yield path, _get(name, summary, "application/json")
    yield "/metrics", _get("metrics", "Numbers for Prometheus.", "text/plain")
    for path, name, summary in (
        ("/healthz", "lives", "Whether it works: 503 when a part is stuck, and a restart would help."),
        ("/readyz", "ready", "Whether it can do all that it is there for: 503 while a part starts or is in trouble."),
    ):
        yield path, {"get": _get(name, summary, "text/plain")["get"] | {"security": []}}


def _get(name: str, summary: str, media_type: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "object" if "json" in media_type else "string"}}}
    return {"get": {"operationId": name, "summary": summary, "responses": _responses(content)}}


def _responses(content: dict[str, Any], failed: dict[str, Any] = FAILED) -> dict[str, Any]:
    failed = {"description": "not done, and why", "content": {"application/json": {"schema": failed}}}
    return {"200": {"description": "done", "content": content}, "default": failed}


def main() -> None:
    """Write the document."""
    FILE.write_text(document())


if __name__ == "__main__":
    main()
