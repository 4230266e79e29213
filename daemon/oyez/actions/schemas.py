"""JSON schemas of what actions take and give, for the documents that machines read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from oyez.actions.table import ACTIONS

if TYPE_CHECKING:
    from pydantic import BaseModel

SCHEMAS = "#/components/schemas/"
FAILED = "Failed"
TRANSACTION = {"type": ["string", "number"], "description": "the asker's mark, which comes back as it was"}
CODES = ("invalid", "busy", "failed", "unauthorised", "forbidden")


def schemas(*others: type[BaseModel]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """A reference for each model and mode, and the schemas that they refer to, `Failed` among them.

    The mode is `validation` for requests and `others`, `serialization` for answers and their parts.
    """
    requests = [(action.request, "validation") for action in ACTIONS.values()]
    answers = [(action.answer, "serialization") for action in ACTIONS.values()]
    parts = [(action.part, "serialization") for action in ACTIONS.values() if action.part]
    wanted = [*requests, *answers, *parts, *((other, "validation") for other in others)]
    references, whole = models_json_schema(wanted, ref_template=SCHEMAS + "{model}")  # type: ignore[arg-type]
    defined = whole["$defs"]
    for model, _ in requests:
        name = references[model, "validation"]["$ref"].removeprefix(SCHEMAS)
        defined[name].setdefault("properties", {})["transaction"] = TRANSACTION
    return dict(references), defined | {FAILED: _failed()}


def _failed() -> dict[str, Any]:
    told = {
        "status": {"const": "error"},
        "code": {"enum": list(CODES)},
        "error": {"type": "string", "description": "what and why, for people"},
        "data": {
            "type": "object",
            "description": "empty, but for requests refused unread: `topic`, `refused`",
        },
        "transaction": TRANSACTION,
    }
    return {"type": "object", "properties": told, "required": ["status", "code", "error", "data"]}
