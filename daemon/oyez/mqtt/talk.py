"""A visitor at the broker: how commands talk with a running daemon, or watch it. Not the daemon's own client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from oyez.errors import BrokerUnavailable
from oyez.mqtt import connection
from oyez.mqtt.connection import Address
from oyez.mqtt.topics import Topics

if TYPE_CHECKING:
    from oyez.config import BrokerConfig


class Visitor:
    """A connection of one command. Topics are our own; payloads are JSON objects."""

    def __init__(self, client: aiomqtt.Client, topics: Topics) -> None:
        self.topics = topics
        self._client = client

    async def subscribe(self, *topics: str) -> None:
        """Ask for topics (filters), at QoS 1."""
        for topic in topics:
            await self._client.subscribe(topic, qos=1)

    async def publish(self, topic: str, payload: dict[str, Any] | str, *, expiry_s: int | None = None) -> None:
        """Publish a command, at QoS 1."""
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        await self._client.publish(topic, text.encode(), qos=1, properties=properties)

    async def messages(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Topic and payload of what arrives; what isn't a JSON object is passed over."""
        async for message in self._client.messages:
            try:
                fields = json.loads(message.payload)
            except ValueError:
                continue
            if isinstance(fields, dict):
                yield str(message.topic), fields


@asynccontextmanager
async def visit(config: BrokerConfig, address: Address | None = None) -> AsyncIterator[Visitor]:
    """Connect for the length of the block. Raises BrokerUnavailable, also when the connection is lost inside."""
    address = address or Address(config.host, config.port)
    try:
        way = await asyncio.to_thread(connection.way_to, config)
    except (OSError, ValueError) as error:
        raise BrokerUnavailable(f"broker {address}: {error}", hint="see broker.tls in the config") from error
    try:
        async with aiomqtt.Client(address.host, address.port, clean_start=True, **way) as client:
            yield Visitor(client, Topics(config.base_topic))
    except aiomqtt.MqttError as error:
        raise connection.explain(error, config, address) from error
    except UnicodeError as error:
        raise BrokerUnavailable(f"{address.host!r} can't be a host's name", hint="check broker.host") from error
