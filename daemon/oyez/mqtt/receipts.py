"""Acknowledge when the outcome is known, not when a packet has arrived: the one place that reaches under aiomqtt.

aiomqtt 2.5 lets paho acknowledge as soon as its callback returns, and hides the dup flag and the broker's reason codes.
Here paho is told to leave acknowledging to us, and its packets come to us directly. A client is used for one connection
only, so a receipt of an old connection can't acknowledge a packet of a new one that happens to have the same id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import Callable

    import paho.mqtt.client as paho
    from paho.mqtt.reasoncodes import ReasonCode


CONNECT_S = 3.0  # a thread waits so long for an address that doesn't answer, and the daemon can't end before it


class PacketReceipt:
    """The receipt of one packet on one connection."""

    __slots__ = ("_client", "_mid", "_open", "_qos")

    def __init__(self, client: paho.Client, mid: int, qos: int) -> None:
        self._client = client
        self._mid = mid
        self._qos = qos
        self._open = True

    @property
    def live(self) -> bool:
        """Whether the connection that it came on is still there."""
        return self._client.socket() is not None

    def acknowledge(self) -> None:
        """Tell the broker that it is dealt with; once."""
        if self._open and self.live:
            self._client.ack(self._mid, self._qos)
        self._open = False


def take_over(
    client: aiomqtt.Client,
    *,
    on_message: Callable[[paho.MQTTMessage, PacketReceipt], None],
    on_refused: Callable[[ReasonCode], None],
) -> None:
    """Get a client's packets with their receipts, and the broker's refusals of what we published.

    To be called before connecting: a resumed session delivers at once. Neither callback may raise: that would end the
    connection, and the broker would bring the same packet again.
    """
    raw = client._client  # noqa: SLF001 - see above
    raw.manual_ack_set(True)
    raw.connect_timeout = CONNECT_S

    def message(_: paho.Client, __: Any, packet: paho.MQTTMessage) -> None:
        on_message(packet, PacketReceipt(raw, packet.mid, packet.qos))

    def published(paho_client: paho.Client, data: Any, mid: int, reason: ReasonCode, properties: Any) -> None:
        if reason.is_failure:
            on_refused(reason)
        client._on_publish(paho_client, data, mid, reason, properties)  # noqa: SLF001 - wakes who waits for it

    raw.on_message = message
    raw.on_publish = published


def hang_up(client: aiomqtt.Client) -> None:
    """Close what aiomqtt leaves open when connecting failed half-way: a socket and a task; and hear its last words."""
    client._client.disconnect()  # noqa: SLF001
    lost = client._disconnected  # noqa: SLF001 - asyncio complains of an exception that nobody looked at
    if lost.done() and not lost.cancelled():
        lost.exception()


def properties(message: paho.MQTTMessage) -> dict[str, Any]:
    """The MQTT 5 properties of a packet that a Delivery has."""
    given = message.properties
    return {
        "expires_in": getattr(given, "MessageExpiryInterval", None),
        "correlation": getattr(given, "CorrelationData", None),
        "response_topic": getattr(given, "ResponseTopic", None),
    }
