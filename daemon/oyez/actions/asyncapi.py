"""The requests as an AsyncAPI 3.0 document, for generators and editors: `python -m oyez.actions.asyncapi` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from oyez import __version__
from oyez.actions.action import Action
from oyez.actions.table import ACTIONS
from oyez.mqtt.topics import Topics

FILE = Path("docs/asyncapi.json")
FAILED = "Failed"
_SCHEMAS = "#/components/schemas/"
_TRANSACTION = {"type": ["string", "number"], "description": "the asker's mark, which comes back as it was"}


def document() -> str:
    """The document as JSON text."""
    references, schemas = _schemas()
    told = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Oyez",
            "version": __version__,
            "description": "What can be asked of the running daemon over MQTT 5; all topics are in docs/mqtt.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: one for action in ACTIONS.values() for name, one in _channels(action, references).items()},
        "operations": {action.name: _operation(action) for action in ACTIONS.values()},
        "components": {"schemas": schemas},
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _schemas() -> tuple[dict[Any, Any], dict[str, Any]]:
    """A reference for each model, and the schemas that they refer to."""
    requests = [(action.request, "validation") for action in ACTIONS.values()]
    answers = [(action.answer, "serialization") for action in ACTIONS.values()]
    references, whole = models_json_schema([*requests, *answers], ref_template=_SCHEMAS + "{model}")  # type: ignore[list-item]
    schemas = whole["$defs"]
    for model, _ in requests:
        name = references[model, "validation"]["$ref"].removeprefix(_SCHEMAS)
        schemas[name]["properties"]["transaction"] = _TRANSACTION
    return dict(references), schemas | {FAILED: _failed()}


def _channels(action: Action[Any], references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    topics = Topics()
    request, answer = references[action.request, "validation"], references[action.answer, "serialization"]
    return {
        f"{action.name}_request": _channel(topics.request(action.name), action.does, request),
        f"{action.name}_response": _channel(topics.response(action.name), f"Answers {action.name}.", _answer(answer)),
    }


def _channel(address: str, summary: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"address": address, "summary": summary, "messages": {"message": {"payload": payload}}}


def _answer(data: dict[str, Any]) -> dict[str, Any]:
    """Done, or not."""
    done = {"status": {"const": "ok"}, "data": data, "transaction": _TRANSACTION}
    told = {"type": "object", "properties": done, "required": ["status", "data"]}
    return {"oneOf": [told, {"$ref": _SCHEMAS + FAILED}]}


def _failed() -> dict[str, Any]:
    told = {
        "status": {"const": "error"},
        "code": {"enum": ["invalid", "failed"]},
        "error": {"type": "string", "description": "what and why, for people"},
        "data": {"type": "object", "maxProperties": 0},
        "transaction": _TRANSACTION,
    }
    return {"type": "object", "properties": told, "required": ["status", "code", "error", "data"]}


def _operation(action: Action[Any]) -> dict[str, Any]:
    return {
        "action": "receive",
        "summary": action.does,
        "channel": {"$ref": f"#/channels/{action.name}_request"},
        "reply": {"channel": {"$ref": f"#/channels/{action.name}_response"}},
    }


def main() -> None:
    """Write the document."""
    FILE.write_text(document())


if __name__ == "__main__":
    main()
