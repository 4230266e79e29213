"""The broker: connected for as long as it is there, come what may. Commands in, publications out."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from typing import TYPE_CHECKING

import aiomqtt
from paho.mqtt.packettypes import PacketTypes

from oyez import log
from oyez.errors import BrokerUnavailable
from oyez.mqtt import connection, payloads, receipts
from oyez.mqtt.connection import Address, Refused
from oyez.mqtt.evictions import Evictions
from oyez.mqtt.intake import Intake
from oyez.mqtt.outbox import LIFETIME_S, Item, Outbox
from oyez.mqtt.topics import Topics
from oyez.supervise import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from oyez.config import BrokerConfig
    from oyez.health import PartHealth

logger = log.get(__name__)

LONGEST_WAIT = 3.5  # seconds between two tries: with jitter and connecting, back within 5 s of the broker's return
REFUSED_WAIT = 60.0  # seconds after a refusal that only a person can mend
BEAT_S = 1.0
FAREWELL_S = 0.5
STOP_S = 2.0


class Broker:
    """The connection to the MQTT broker, kept up by `run`.

    `deliveries` gets the commands. `publish` never waits: what can't go out yet waits in the outbox.
    """

    def __init__(self, config: BrokerConfig, health: PartHealth, *, address: Address | None = None) -> None:
        self.topics = Topics(config.base_topic)
        self._config = config
        self.address = address or Address(config.host, config.port)
        self._health = health
        # Not droppable: what the intake says stands for all that it refused within a second.
        self._intake = Intake(self.topics, self.address, health, answer=self.publish, warn=self._warn_once)
        self.deliveries = self._intake.deliveries
        self._outbox = Outbox()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._backoff = Backoff(0.5, LONGEST_WAIT)
        self._client_id = connection.client_id(config)
        self._patience = connection.patience(config)
        self._evictions = Evictions(self.address, self._client_id)
        self._told: set[tuple[str, str]] = set()  # what was warned of already
        self._sending = ""
        self._lasting: set[str] = set()  # topics of which also what the broker retains is wanted
        self._sent = asyncio.Event()
        self._outbox.put(Item(self.topics.bridge_state, payloads.bridge_state("online"), retain=True))
        health.gauge("outbox", lambda: len(self._outbox))
        health.gauge("outbox_dropped", lambda: self._outbox.dropped)
        health.gauge("outbox_expired", lambda: self._outbox.expired)

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        retain: bool = False,
        qos: int = 1,
        expiry: float = LIFETIME_S,
        droppable: bool = False,
        correlation: bytes | None = None,
    ) -> None:
        """Publish now, or when the broker is back.

        What is not retained waits at most `expiry` seconds, and the broker passes it on no later than that; of a
        retained topic the latest is kept and sent again on each connection. `droppable` goes first when too much waits.
        `correlation` is the MQTT 5 correlation data of the request that this answers.
        """
        expires = None if retain else time.monotonic() + expiry
        self._outbox.put(Item(topic, payload, qos, retain, expires, droppable, correlation))
        self._wake.set()

    def watch(self, topic: str, on_message: Callable[[bytes], None], *, retained: bool = False) -> None:
        """Get the payloads of a topic that has no commands, also a `retained` one; to be called before `run`."""
        self._intake.watched[topic] = on_message
        if retained:
            self._lasting.add(topic)

    def watch_all(self, pattern: str, on_message: Callable[[str, bytes], None]) -> None:
        """Get topics and payloads of what matches a filter and is no command; to be called before `run`."""
        self._intake.patterns[pattern] = on_message

    def resend(self, first: Iterable[str]) -> None:
        """Send all retained topics again, these first."""
        self._outbox.again(first)
        self._wake.set()

    async def flushed(self) -> None:
        """Until all that was published has gone out; that may be when the broker is back."""
        self._sent.clear()
        self._wake.set()
        await self._sent.wait()

    async def run(self) -> None:
        """Connect, and connect again, until stopped. Cancelled, it says `stopped` as well, but sends nothing else."""
        if self._config.tls.insecure:
            logger.warning("the broker's certificate isn't looked at: broker.tls.insecure is set")
        try:
            while not self._stopping.is_set():
                try:
                    await self._session()
                except BrokerUnavailable as error:
                    self._tell(error)
                    await self._pause(REFUSED_WAIT if isinstance(error, Refused) else self._backoff.next())
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Send what waits, say `stopped` and disconnect; returns when that is done, or after 2 s."""
        self._stopping.set()
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), STOP_S)

    async def _session(self) -> None:
        """One connection, from its start to its end. Raises BrokerUnavailable, unless it was stopped."""
        client = await connection.open_client(self._config, self.address, self.topics, self._client_id)
        receipts.take_over(client, on_message=self._intake.arrived, on_refused=self._refused)
        try:
            async with client:
                try:
                    await self._serve(client)
                finally:
                    if self._stopping.is_set() or _cancelled():
                        await self._say_stopped(client)
        except aiomqtt.MqttError as error:
            evicted = await self._evictions.by(error)
            raise evicted or connection.explain(error, self._config, self.address) from error
        except UnicodeError as error:  # from the resolver, which aiomqtt doesn't expect
            raise Refused(f"{self.address.host!r} can't be a host's name", hint="check broker.host") from error
        finally:
            self._evictions.disconnected()
            receipts.hang_up(client)

    async def _greet(self, client: aiomqtt.Client) -> None:
        await connection.subscribe(client, self.topics, self._patience)
        others = (*self._intake.watched, *self._intake.patterns)
        await connection.subscribe_others(client, others, self._lasting, self._patience)
        self._outbox.connected()
        self._evictions.connected()
        self._backoff.reset()
        self._told.clear()
        self._health.state("ok")
        logger.info("connected to the broker", address=str(self.address))

    async def _serve(self, client: aiomqtt.Client) -> None:
        """Send what is to be sent until stopped. Raises MqttError when the connection is lost, Refused."""
        failures: list[aiomqtt.MqttError | Refused] = []
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(_until_lost(client), name="mqtt connection")
                await self._greet(client)
                await self._send_all(client)
                watch.cancel()
        except* (aiomqtt.MqttError, Refused) as several:
            failures += [one for one in several.exceptions if isinstance(one, aiomqtt.MqttError | Refused)]
        if failures:
            raise failures[0]

    async def _send_all(self, client: aiomqtt.Client) -> None:
        while (item := self._outbox.take(time.monotonic())) or not self._stopping.is_set():
            self._health.beat()
            if _cancelled():  # before Python 3.12 a cancellation that comes together with an answer is lost
                raise asyncio.CancelledError
            if item is None:
                self._sent.set()
                await self._wait(self._wake, BEAT_S)
                self._wake.clear()
                continue
            self._sending = item.topic
            told = _properties(item)
            await client.publish(
                item.topic, item.payload, item.qos, item.retain, properties=told, timeout=self._patience
            )
            self._outbox.done(item)

    async def _say_stopped(self, client: aiomqtt.Client) -> None:
        """A clean end, which the last will (`offline`) would not tell."""
        state = payloads.bridge_state("stopped")
        with contextlib.suppress(aiomqtt.MqttError):
            await client.publish(self.topics.bridge_state, state, qos=1, retain=True, timeout=FAREWELL_S)

    def _refused(self, reason: ReasonCode) -> None:
        """The broker took a publication of ours but won't pass it on."""
        self._health.count("refused_publications")
        user = self._config.username or "anonymous"
        text = "the broker refused what we published"
        self._warn_once(str(reason), self._sending, text, user=user, topic=self._sending, reason=str(reason))

    def _tell(self, error: BrokerUnavailable) -> None:
        self._health.state("refused" if isinstance(error, Refused) else "away", error.message)
        hint = {"hint": error.hint} if error.hint else {}
        self._warn_once("away", error.message, error.message, **hint)

    def _warn_once(self, kind: str, about: str, text: str, **fields: str) -> None:
        """Warn the first time (until connected anew), then only at debug level."""
        first = (kind, about) not in self._told
        self._told.add((kind, about))
        (logger.warning if first else logger.debug)(text, **fields)

    async def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and (left := until - time.monotonic()) > 0:
            self._health.beat()
            await self._wait(self._stopping, min(left, BEAT_S))

    @staticmethod
    async def _wait(event: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)


async def _until_lost(client: aiomqtt.Client) -> None:
    """Raises MqttError when the connection is lost. No message comes this way: we take them from paho."""
    async for _ in client.messages:
        pass


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _properties(item: Item) -> Properties:
    told: dict[str, object] = {"PayloadFormatIndicator": 1, "ContentType": "application/json"}  # 1: UTF-8
    if item.expires_mono is not None:
        told["MessageExpiryInterval"] = max(1, math.ceil(item.expires_mono - time.monotonic()))
    if item.correlation is not None:
        told["CorrelationData"] = item.correlation
    return connection.properties(PacketTypes.PUBLISH, **told)
