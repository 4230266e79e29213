"""Requests from the broker to actions, and their answers back, also to the asker's own MQTT 5 response topic."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from oyez import log
from oyez.actions.action import Asked
from oyez.actions.receipts import Shared
from oyez.actions.table import ACTIONS
from oyez.errors import InvalidInput, OyezError
from oyez.mqtt import payloads, topics
from oyez.outside import json_object, kind, known_only, refuse, text

if TYPE_CHECKING:
    from oyez.actions.action import Action, Home, Request
    from oyez.mqtt.client import Broker
    from oyez.ports import Delivery

logger = log.get(__name__)

MAX_TRANSACTION = 128  # characters
RETAINED = "retained requests are never obeyed: publish without the retain flag"


class Switchboard:
    """Does what requests ask for, one after another, and answers each. `<room>/set` is `set` for that room.

    `closed` are trees besides our own that no answer may go to.
    """

    def __init__(self, home: Home, broker: Broker, *, closed: tuple[str, ...] = ()) -> None:
        self._home = home
        self._broker = broker
        self._closed = closed

    async def receive(self, delivery: Delivery) -> None:
        """Do what is asked and answer; never raises for what it says."""
        receipt = Shared(delivery.receipt)
        mine = receipt.share()
        transaction, back = None, None
        try:
            back = self._way_back(delivery)
            fields = _fields(delivery)
            transaction = _transaction(fields)
            answer = payloads.response(await self._do(delivery, fields, transaction, receipt), transaction=transaction)
        except OyezError as error:
            code = "invalid" if isinstance(error, InvalidInput) else "failed"
            logger.info("a request was refused", verb=delivery.verb[: topics.MAX_VERB], reason=error.message)
            answer = payloads.failure(error.message, code, transaction=transaction)
        self._broker.publish(self._broker.topics.response(delivery.verb), answer, droppable=True)
        if back:
            self._broker.publish(back, answer, droppable=True, correlation=delivery.correlation)
        mine.acknowledge()

    async def _do(
        self, delivery: Delivery, fields: dict[str, Any] | str, transaction: str | float | None, receipt: Shared
    ) -> dict[str, Any]:
        """The data of the answer. Raises OyezError."""
        known_only([delivery.verb], ACTIONS, what="verb")
        if delivery.retained:
            refuse(RETAINED)
        action = ACTIONS[delivery.verb]
        asked = Asked(
            read(action, fields),
            None if transaction is None else str(transaction),
            receipt,
            expires_in=delivery.expires_in,
            redelivered=delivery.redelivered,
        )
        return (await action.run(self._home, asked)).model_dump(mode="json")

    def _way_back(self, delivery: Delivery) -> str | None:
        """Where the asker wants the answer. Raises InvalidInput for where it may not go."""
        if delivery.response_topic is None:
            return None
        return topics.check_response(delivery.response_topic, self._broker.topics.base, *self._closed)


def read(action: Action[Any], fields: dict[str, Any] | str) -> Request:
    """The typed request of an action. Raises InvalidInput."""
    if isinstance(fields, str):
        fields = _plain(action, fields)
    known_only([name for name in fields if name != "transaction"], action.request.model_fields)
    try:
        request: Request = action.request.model_validate({n: v for n, v in fields.items() if n != "transaction"})
    except ValidationError as error:
        raise InvalidInput(_sentence(error)) from None
    return request


def _plain(action: Action[Any], content: str) -> dict[str, Any]:
    """What bare text asks for: nothing in particular when it is empty, or what a Home Assistant button sends."""
    if content in ("", "PRESS"):
        return {}
    if action.plain is None:
        refuse(f"{action.name} takes nothing, or a JSON object")
    return {action.plain: content}


def _fields(delivery: Delivery) -> dict[str, Any] | str:
    """The JSON object of a payload, or its text."""
    content = text(delivery.payload)
    if content.startswith("{"):
        fields = json_object(content)
        return fields if delivery.room == topics.BRIDGE else fields | {"rooms": delivery.room}
    if delivery.room != topics.BRIDGE:
        refuse('give a JSON object, as in {"volume": 0.5}')
    if content.startswith('"'):
        try:
            return str(json.loads(content))
        except ValueError:
            return content
    return content


def _transaction(fields: dict[str, Any] | str) -> str | float | None:
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


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, in a sentence."""
    first = error.errors(include_url=False)[0]
    name = ".".join(
        str(part) for part in first["loc"] if not isinstance(part, int) and part not in ("str", "list[str]")
    )
    if first["type"] == "missing":
        return f"{name} is missing"
    return f"{name} {first['msg'].replace('Input should', 'should', 1)}"
