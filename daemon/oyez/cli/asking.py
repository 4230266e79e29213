"""A request to the running daemon, and its answer."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

from oyez.cli.broker import ANSWER, nobody_answers
from oyez.errors import BrokerUnavailable, InvalidInput
from oyez.mqtt.talk import visit

if TYPE_CHECKING:
    from oyez.config import BrokerConfig


async def ask(settings: BrokerConfig, verb: str, wishes: dict[str, Any], *, within: float = ANSWER) -> dict[str, Any]:
    """The data of the answer. Raises InvalidInput when it is refused, BrokerUnavailable when none comes in time."""
    transaction = uuid.uuid4().hex
    async with visit(settings) as visitor:
        response = visitor.topics.response(verb)
        await visitor.subscribe(response)
        await visitor.publish(visitor.topics.request(verb), wishes | {"transaction": transaction})
        try:
            async with asyncio.timeout(within):
                async for _, fields in visitor.messages():
                    if fields.get("transaction") == transaction:
                        return _data(fields)
        except TimeoutError:
            raise nobody_answers(response, visitor.topics.base) from None
    raise BrokerUnavailable("the broker went away before the answer came")


def _data(fields: dict[str, Any]) -> dict[str, Any]:
    if fields["status"] != "ok":
        raise InvalidInput(fields["error"])
    data: dict[str, Any] = fields["data"]
    return data
