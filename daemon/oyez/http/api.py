"""The actions as REST: `POST /api/<verb>`, and `GET` for those that only read."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from oyez.actions.action import Asked, failure_code
from oyez.actions.reading import MAX_BINARY, content, read, transaction
from oyez.actions.speaking import say
from oyez.actions.table import ACTIONS
from oyez.errors import OyezError
from oyez.http import arriving, openapi
from oyez.http.body import whole
from oyez.mqtt import payloads
from oyez.outside import MAX_PAYLOAD, known_only
from oyez.speak.receipts import NoReceipt, Shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.actions.action import Action, Answer, Home
    from oyez.actions.reading import Content

LINES = "application/x-ndjson"  # a JSON object a line


def routes(home: Home) -> Iterator[web.RouteDef]:
    """Where each action is."""
    yield web.get("/openapi.json", _openapi)
    for action in ACTIONS.values():
        yield web.post(f"/api/{action.name}", partial(_do, home, action))
        if action.reads:
            yield web.get(f"/api/{action.name}", partial(_do, home, action))
    yield web.route("*", "/api/{verb}", _unknown)


async def _openapi(_: web.Request) -> web.Response:
    return web.Response(text=await asyncio.to_thread(openapi.document), content_type="application/json")


async def _unknown(request: web.Request) -> web.Response:
    verb = request.match_info["verb"]
    try:
        known_only([verb], ACTIONS, what="verb")
    except OyezError as error:
        raise web.HTTPNotFound(text=error.message) from None
    allowed = ["GET", "POST"] if ACTIONS[verb].reads else ["POST"]
    raise web.HTTPMethodNotAllowed(request.method, allowed, text=f"{verb} is asked for by {' or '.join(allowed)}")


async def _do(home: Home, action: Action[Any], request: web.Request) -> web.StreamResponse:
    if action is say and arriving.arrives(request):
        return web.json_response((await arriving.say_as_it_comes(home, request, _query(request))).model_dump())
    given, strict = await _given(action, request)
    mark = transaction(given)
    asked = Asked(read(action, given, strict=strict), None if mark is None else str(mark), Shared(NoReceipt()))
    if action.part is None:
        return web.json_response((await action.run(home, asked)).model_dump(mode="json"))
    return await _bit_by_bit(home, action, request, asked)


async def _given(action: Action[Any], request: web.Request) -> tuple[Content, bool | None]:
    if request.method != "POST":
        return _query(request), False
    return content(await whole(request, MAX_BINARY if action.binary else MAX_PAYLOAD), action), None


def _query(request: web.Request) -> dict[str, Any]:
    query = request.query
    return {key: values if len(values := query.getall(key)) > 1 else values[0] for key in query}


async def _bit_by_bit(home: Home, action: Action[Any], request: web.Request, asked: Asked[Any]) -> web.StreamResponse:
    """Parts and answer as they come, a line each, as MQTT has them; nothing goes out before the first of them."""
    response = web.StreamResponse(headers={"Content-Type": LINES})
    parts = 0

    async def send(line: bytes) -> None:
        if not response.prepared:
            await response.prepare(request)
        await response.write(line + b"\n")

    async def tell(part: Answer) -> None:
        nonlocal parts
        await send(payloads.response(part.model_dump(mode="json"), part=parts))
        parts += 1

    try:
        answer = await action.run(home, Asked(asked.request, asked.transaction, asked.receipt, tell=tell))
    except OyezError as error:
        if not response.prepared:
            raise
        await send(payloads.failure(error.message, failure_code(error)))
    else:
        await send(payloads.response(answer.model_dump(mode="json")))
    return response
