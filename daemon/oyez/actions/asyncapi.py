"""The requests as an AsyncAPI 3.0 document, for generators and editors: `python -m oyez.actions.asyncapi` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oyez import __version__
from oyez.actions.action import Action
from oyez.actions.schemas import FAILED, SCHEMAS, TRANSACTION, schemas
from oyez.actions.table import ACTIONS
from oyez.model import Partial
from oyez.mqtt import payloads
from oyez.mqtt.topics import Topics

FILE = Path("docs/asyncapi.json")
HEARING = "Tells what is heard so far, while someone speaks (QoS 0); what comes on `heard` with the same id is final."
_TYPES = {str: "string", float: "number"}


def document() -> str:
    """The document as JSON text."""
    references, defined = schemas()
    told = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Oyez",
            "version": __version__,
            "description": "What can be asked of the running daemon over MQTT 5; all topics are in docs/mqtt.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {name: one for action in ACTIONS.values() for name, one in _channels(action, references).items()}
        | {"hearing": _hearing()},
        "operations": {action.name: _operation(action) for action in ACTIONS.values()}
        | {"hearing": {"action": "send", "summary": HEARING, "channel": {"$ref": "#/channels/hearing"}}},
        "components": {"schemas": defined | {"Partial": _partial()}},
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _channels(action: Action[Any], references: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    topics = Topics()
    request, answer = references[action.request, "validation"], _answer(references[action.answer, "serialization"])
    if action.part:
        answer["oneOf"].append(_done(references[action.part, "serialization"], part={"type": "integer"}))
    return {
        f"{action.name}_request": _channel(topics.request(action.name), action.does, request),
        f"{action.name}_response": _channel(topics.response(action.name), f"Answers {action.name}.", answer),
    }


def _hearing() -> dict[str, Any]:
    channel = _channel(Topics().hearing("{room}"), HEARING, {"$ref": f"{SCHEMAS}Partial"})
    return channel | {"parameters": {"room": {"description": "as the config names it"}}}


def _partial() -> dict[str, Any]:
    example = Partial("u-5", "kitchen", "turn on the", "eng", 0.88, 1.0, 2.0)
    told = {name: {"type": _TYPES[type(value)]} for name, value in json.loads(payloads.partial(example)).items()}
    return {"type": "object", "properties": told, "required": list(told)}


def _channel(address: str, summary: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"address": address, "summary": summary, "messages": {"message": {"payload": payload}}}


def _answer(data: dict[str, Any]) -> dict[str, Any]:
    """Done, or not."""
    return {"oneOf": [_done(data), {"$ref": SCHEMAS + FAILED}]}


def _done(data: dict[str, Any], **more: dict[str, Any]) -> dict[str, Any]:
    told = {"status": {"const": "ok"}, "data": data, "transaction": TRANSACTION, **more}
    return {"type": "object", "properties": told, "required": ["status", "data", *more]}


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
