"""What arrives from the broker: refused unread where it is too much, taken to who watches its topic, or queued."""

from __future__ import annotations

import asyncio
import shlex
import time
from typing import TYPE_CHECKING

from paho.mqtt.client import topic_matches_sub

from oyez import log
from oyez.flow import Channel, WhenFull
from oyez.mqtt import connection, payloads, receipts
from oyez.mqtt.connection import RECEIVE_MAXIMUM, Address
from oyez.mqtt.quotas import Quotas
from oyez.mqtt.topics import SAY, STOP, Topics
from oyez.outside import MAX_PAYLOAD, shown
from oyez.ports import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    import paho.mqtt.client as paho

    from oyez.health import PartHealth

logger = log.get(__name__)

LESSER = 64  # cancellations that find room beside a full load of announcements, or the weight of recordings
LARGEST = connection.MAX_PACKET / MAX_PAYLOAD  # weight of one more of them
TELL_S = 1.0  # how often it is told how many commands were refused unread


class Intake:
    """Of one broker. `deliveries` gets the commands; `answer` publishes what becomes of those that nobody reads.

    `warn` warns once of a kind of thing about something.
    """

    def __init__(
        self,
        topics: Topics,
        address: Address,
        health: PartHealth,
        *,
        answer: Callable[[str, bytes], None],
        warn: Callable[..., None],
    ) -> None:
        self.deliveries: Channel[Delivery] = Channel(
            "deliveries", RECEIVE_MAXIMUM + LESSER + LARGEST, WhenFull.REFUSE, weigh=_weight
        )
        self.watched: dict[str, Callable[[bytes], None]] = {}  # by topic
        self.patterns: dict[str, Callable[[str, bytes], None]] = {}  # by filter with wildcards
        self._topics = topics
        self._address = address
        self._health = health
        self._answer = answer
        self._warn = warn
        self._quotas = Quotas()

    def arrived(self, packet: paho.MQTTMessage, receipt: receipts.PacketReceipt) -> None:
        """Take a packet; never raises for what is in it."""
        try:
            topic = packet.topic
        except UnicodeDecodeError:
            topic = ""
        self._health.count("commands")
        if not self._quotas.admit(topic, packet.payload, time.monotonic()):
            receipt.acknowledge()
            self._refuse_unread()
        elif on_message := self.watched.get(topic):
            receipt.acknowledge()
            on_message(bytes(packet.payload))
        elif command := self._topics.parse(topic):
            self._deliver(command, packet, receipt)
        else:
            receipt.acknowledge()
            for pattern, on_matching in self.patterns.items():
                if topic_matches_sub(pattern, topic):
                    on_matching(topic, bytes(packet.payload))

    def _deliver(self, command: tuple[str, str], packet: paho.MQTTMessage, receipt: receipts.PacketReceipt) -> None:
        if packet.retain:
            self._warn_of_retained(packet.topic)
        told = receipts.properties(packet)
        delivery = Delivery(*command, bytes(packet.payload), receipt, packet.retain, packet.dup, **told)
        if not (self._has_room(delivery) and self.deliveries.put_now(delivery)):
            receipt.acknowledge()
            self._health.count("overflow")
            self._warn("overflow", "", "more commands at once than there is room for; some were dropped")

    def _has_room(self, delivery: Delivery) -> bool:
        """Whether a cancellation or a recording may come in: however many there are, announcements find room."""
        return not _lesser(delivery) or self.deliveries.weight_of(_lesser) < LESSER

    def _refuse_unread(self) -> None:
        """A command is over its topic's quota: told together with others, soon."""
        if self._quotas.refused.total() == 1:
            asyncio.get_running_loop().call_later(TELL_S, self._tell_unread)
        self._health.count("refused_unread")

    def _tell_unread(self) -> None:
        refused = self._quotas.told()
        for topic, count in refused.items():
            room, verb = self._topics.parse(topic) or ("", "")
            if verb == SAY:
                self._answer(self._topics.said(room), payloads.unread_announcements(room, count))
            elif verb and verb != STOP:
                self._answer(self._topics.response(verb), payloads.unread_requests(topic, count))
        busiest = shown(refused.most_common(1)[0][0])
        logger.warning("too many commands at once, refused unread", commands=refused.total(), most_on=busiest)

    def _warn_of_retained(self, topic: str) -> None:
        at = self._address
        clear = f"mosquitto_pub -h {at.host} -p {at.port} -r -n -t {shlex.quote(topic)}"
        self._warn("retained", topic, "a retained command is never obeyed", topic=topic, clear_with=clear)


def _weight(delivery: Delivery) -> float:
    """What a delivery takes of the room that there is: one that carries a recording as much as several others."""
    return max(1.0, len(delivery.payload) / MAX_PAYLOAD)


def _lesser(delivery: Delivery) -> bool:
    """What the broker holds back for nothing: a `stop`, which is QoS 0; and what takes the room of many."""
    return delivery.verb == STOP or len(delivery.payload) > MAX_PAYLOAD
