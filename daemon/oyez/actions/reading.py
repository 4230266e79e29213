"""From what someone sent to the typed request of an action. Everything raises InvalidInput, and nothing else."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from oyez.errors import InvalidInput
from oyez.outside import json_object, kind, known_only, refuse, text

if TYPE_CHECKING:
    from oyez.actions.action import Action, Request

MAX_TRANSACTION = 128  # characters
MAX_BINARY = 1_400_000  # bytes of a request with a file in it: 30 s of WAV at 16 kHz, in base64

Content = dict[str, Any] | str | bytes


def content(payload: bytes, action: Action[Any] | None) -> Content:
    """The JSON object of a payload, its text, or the file that it is, for actions that take one."""
    if action is None or action.binary is None:
        return _fields(text(payload))
    if payload.lstrip()[:1] in (b"", b"{"):
        return _fields(text(payload, most=MAX_BINARY))
    if len(payload) > MAX_BINARY:
        refuse(f"the payload has {len(payload):,} bytes; {MAX_BINARY:,} are the most")
    return payload


def _fields(whole: str) -> dict[str, Any] | str:
    if whole.startswith("{"):
        return json_object(whole)
    if whole.startswith('"'):
        try:
            return str(json.loads(whole))
        except ValueError:
            return whole
    return whole


def read(action: Action[Any], given: Content, *, strict: bool | None = None) -> Request:
    """The typed request of an action; not `strict`: numbers and the like may be text, as in a URL."""
    fields = given if isinstance(given, dict) else _plain(action, given)
    known_only([name for name in fields if name != "transaction"], action.request.model_fields)
    asked = {name: value for name, value in fields.items() if name != "transaction"}
    try:
        request: Request = action.request.model_validate(asked, strict=strict)
    except ValidationError as error:
        raise InvalidInput(sentence(error)) from None
    return request


def _plain(action: Action[Any], given: str | bytes) -> dict[str, Any]:
    """What bare content asks for: nothing in particular when it is empty, or what a Home Assistant button sends."""
    if given in ("", "PRESS"):
        return {}
    key = action.binary if isinstance(given, bytes) else action.plain
    if key is None:
        refuse(f"{action.name} takes nothing, or a JSON object")
    return {key: given}


def transaction(fields: Content) -> str | float | None:
    """The asker's mark, which goes back as it came."""
    given = fields.get("transaction") if isinstance(fields, dict) else None
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        refuse(f"transaction must be a string or a number, not {kind(given)}")
    if not 0 < len(str(given)) <= MAX_TRANSACTION:
        refuse(f"transaction must have 1 to {MAX_TRANSACTION} characters")
    if not str(given).isprintable() or (isinstance(given, float) and not math.isfinite(given)):
        refuse("transaction isn't a number, or has a control or invisible character")
    return given


def sentence(error: ValidationError) -> str:
    """The first thing that is wrong, in a sentence."""
    first = error.errors(include_url=False)[0]
    name = ".".join(
        str(part) for part in first["loc"] if not isinstance(part, int) and part not in ("str", "list[str]")
    )
    if first["type"] == "missing":
        return f"{name} is missing"
    return f"{name} {first['msg'].replace('Input should', 'should', 1)}"
