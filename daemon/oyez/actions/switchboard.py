"""Requests from the broker to actions, and their answers back, also to the asker's own MQTT 5 response topic."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from oyez import log
from oyez.actions.action import Asked, failure_code
from oyez.actions.reading import content, read, transaction
from oyez.actions.table import ACTIONS
from oyez.errors import Busy, EngineFailed, OyezError
from oyez.flow import Channel, WhenFull
from oyez.mqtt import payloads, topics
from oyez.outside import known_only, refuse
from oyez.speak.receipts import Shared

if TYPE_CHECKING:
    from oyez.actions.action import Answer, Home
    from oyez.mqtt.client import Broker
    from oyez.ports import Delivery

logger = log.get(__name__)

MOST_WAITING = 4  # requests that take their time; others are told that we are busy
PART_S = 30.0  # for a part of an answer to go out
RETAINED = "retained requests are never obeyed: publish without the retain flag"


class Switchboard:
    """Does what requests ask for, one after another, and answers each. `<room>/set` is `set` for that room.

    What takes its time waits for `run`, so that the others needn't wait for it; it is acknowledged at once, and not
    done again after a restart. `closed` are trees besides our own that no answer may go to.
    """

    def __init__(self, home: Home, broker: Broker, *, closed: tuple[str, ...] = ()) -> None:
        self._home = home
        self._broker = broker
        self._closed = closed
        self._waiting: Channel[Delivery] = Channel("slow requests", MOST_WAITING, WhenFull.REFUSE)

    async def receive(self, delivery: Delivery) -> None:
        """Do what is asked and answer, or see that it is done; never raises for what it says."""
        action = ACTIONS.get(delivery.verb)
        if not (action and action.slow):
            await self._answer(delivery)
        elif self._waiting.put_now(delivery):
            delivery.receipt.acknowledge()
        else:
            await self._answer(delivery, turned_away=True)

    async def run(self) -> None:
        """Do what takes its time, one after another, until cancelled; may run more than once."""
        async for delivery in self._waiting:
            await self._answer(delivery)

    async def _answer(self, delivery: Delivery, *, turned_away: bool = False) -> None:
        exchange = _Exchange(self._broker, delivery)
        receipt = Shared(delivery.receipt)
        mine = receipt.share()
        try:
            exchange.open(self._closed)
            if turned_away:
                raise Busy(f"{MOST_WAITING} such requests wait already; try again soon")
            answer = payloads.response(await self._do(delivery, exchange, receipt), transaction=exchange.transaction)
        except OyezError as error:
            logger.info("a request was refused", verb=delivery.verb[: topics.MAX_VERB], reason=error.message)
            answer = payloads.failure(error.message, failure_code(error), transaction=exchange.transaction)
        exchange.close(answer)
        mine.acknowledge()

    async def _do(self, delivery: Delivery, exchange: _Exchange, receipt: Shared) -> dict[str, Any]:
        """The data of the answer. Raises OyezError."""
        known_only([delivery.verb], ACTIONS, what="verb")
        if delivery.retained:
            refuse(RETAINED)
        action = ACTIONS[delivery.verb]
        asked = Asked(
            read(action, exchange.content),
            None if exchange.transaction is None else str(exchange.transaction),
            receipt,
            expires_in=delivery.expires_in,
            redelivered=delivery.redelivered,
            tell=exchange.tell,
        )
        return (await action.run(self._home, asked)).model_dump(mode="json")


class _Exchange:
    """One request and where its answers go."""

    def __init__(self, broker: Broker, delivery: Delivery) -> None:
        self.content: dict[str, Any] | str | bytes = ""
        self.transaction: str | float | None = None
        self._broker = broker
        self._delivery = delivery
        self._back: str | None = None
        self._parts = 0

    def open(self, closed: tuple[str, ...]) -> None:
        """Read what came, and where the asker wants the answer. Raises InvalidInput, also for where it may not go."""
        delivery = self._delivery
        if delivery.response_topic is not None:
            self._back = topics.check_response(delivery.response_topic, self._broker.topics.base, *closed)
        self.content = content(delivery.payload, ACTIONS.get(delivery.verb))
        if delivery.room != topics.BRIDGE:
            if not isinstance(self.content, dict):
                refuse('give a JSON object, as in {"volume": 0.5}')
            self.content["rooms"] = delivery.room
        self.transaction = transaction(self.content)

    async def tell(self, part: Answer) -> None:
        """Send a part of the answer: to the asker's own topic where it named one. Raises EngineFailed."""
        data = part.model_dump(mode="json")
        payload = payloads.response(data, transaction=self.transaction, part=self._parts)
        self._parts += 1
        self._publish(self._back or self._broker.topics.response(self._delivery.verb), payload)
        try:
            async with asyncio.timeout(PART_S):  # at the asker's pace, or the broker's
                await self._broker.flushed()
        except TimeoutError:
            raise EngineFailed(f"a part of the answer didn't reach the broker within {PART_S:.0f} s") from None

    def close(self, answer: bytes) -> None:
        """Send the answer, for all to see and to the asker."""
        self._publish(self._broker.topics.response(self._delivery.verb), answer)
        if self._back:
            self._publish(self._back, answer)

    def _publish(self, topic: str, payload: bytes) -> None:
        correlation = self._delivery.correlation if topic == self._back else None
        self._broker.publish(topic, payload, droppable=True, correlation=correlation)
