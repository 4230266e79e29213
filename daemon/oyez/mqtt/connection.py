"""One connection to the broker: how it is opened, what is asked of it, and why it failed, in words."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from oyez import log
from oyez.errors import BrokerUnavailable
from oyez.mqtt import payloads

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from oyez.config import BrokerConfig
    from oyez.mqtt.topics import Topics

logger = log.get(__name__)

MAX_PACKET = 1_500_000  # bytes, for a recording: the broker withholds what is larger. mosquitto 2.1 passes 2 MB on
RECEIVE_MAXIMUM = 256  # announcements the broker may have on the way; all of them find room in our channel
WILL_DELAY_S = 5  # a restart of ours shorter than that isn't shown as offline
ANSWER_S = 5.0  # for CONNACK
RETAINED_TOO = 0  # retain handling: send retained messages at each subscribe
NEVER_RETAINED = 2  # retain handling: don't send retained messages at subscribe

# Reason codes (MQTT 5, table 2-6) that trying again soon won't change.
BAD_PROTOCOL, BAD_CLIENT_ID, BAD_PASSWORD, NOT_AUTHORISED, BANNED = 0x84, 0x85, 0x86, 0x87, 0x8A
LASTING = (BAD_PROTOCOL, BAD_CLIENT_ID, BAD_PASSWORD, NOT_AUTHORISED, BANNED)
TAKEN_OVER = 0x8E

NEEDED = "Oyez needs a broker that speaks MQTT 5, as mosquitto since 1.6 and RabbitMQ since 3.13 do"
SPEECHLESS = f"the port may want TLS or websockets (broker.tls, broker.transport), or know only MQTT 3.1.1: {NEEDED}"

NOBODY = "is it running there? broker.host and broker.port in the config say where; `host: embedded` brings one along"

WORDLESS = ("Operation timed out", "WebSocket handshake error")  # aiomqtt's and paho's words for no answer that fits

QUIET = logging.getLogger("oyez.mqtt.aiomqtt")
QUIET.setLevel(logging.ERROR)  # what it warns of, we tell ourselves, once and in our words


class Refused(BrokerUnavailable):
    """The broker is there but won't have us: a person must change something."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def client_id(config: BrokerConfig) -> str:
    """The configured id, or one that lasts: of this machine and base topic. Two daemons must not share one."""
    if config.client_id:
        return config.client_id
    try:
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except OSError:
        machine = Path("/proc/sys/kernel/hostname").read_text(encoding="ascii").strip()
    # machine-id(5): not to be shown to others as it is
    return "oyez-" + hashlib.sha256(f"oyez {machine} {config.base_topic}".encode()).hexdigest()[:16]


def properties(packet: int, **values: object) -> Properties:
    """MQTT 5 properties of a kind of packet, by their names in the standard."""
    made = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(made, name, value)
    return made


async def open_client(config: BrokerConfig, address: Address, topics: Topics, identifier: str) -> aiomqtt.Client:
    """A client for one connection, not yet connected. Raises Refused when the TLS files can't be used."""
    try:
        way = await asyncio.to_thread(way_to, config)
    except (OSError, ValueError) as error:
        raise Refused(f"broker {address}: {error}", hint="see broker.tls in the config") from error
    will = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=WILL_DELAY_S)
    asked = {
        "SessionExpiryInterval": config.session_expiry_s,
        "ReceiveMaximum": RECEIVE_MAXIMUM,
        "MaximumPacketSize": MAX_PACKET,
    }
    return aiomqtt.Client(
        address.host,
        address.port,
        identifier=identifier,
        logger=QUIET,
        will=aiomqtt.Will(topics.bridge_state, payloads.bridge_state("offline"), qos=1, retain=True, properties=will),
        clean_start=False,
        keepalive=config.keepalive_s,
        properties=properties(PacketTypes.CONNECT, **asked),
        **way,
    )


def way_to(config: BrokerConfig) -> dict[str, Any]:
    """What aiomqtt is told of how to get in (blocking: reads files). Raises OSError, ValueError."""
    web = config.transport == "websockets"
    return {
        "protocol": aiomqtt.ProtocolVersion.V5,
        "username": config.username,
        "password": config.password.get_secret_value() if config.password else None,
        "timeout": ANSWER_S,
        "transport": config.transport,
        "websocket_path": config.websocket_path if web else None,
        "tls_context": tls_context(config),
    }


def patience(config: BrokerConfig) -> float:
    """Seconds for SUBACK and PUBACK: they come behind all that the broker sends us, however slowly we take it."""
    return 2.0 * config.keepalive_s


async def subscribe(client: aiomqtt.Client, topics: Topics, within: float) -> None:
    """Ask for the commands. Raises Refused.

    One filter for each purpose, since brokers may send a copy for each filter that matches. `stop` is QoS 0: it must
    not wait behind announcements that the broker holds back until we acknowledge others. The retain flag is kept as
    the sender set it, so that a retained command can be refused when it is sent, not only when it would be replayed.
    """
    filters = ((topics.say_filter, 1), (topics.stop_filter, 0), (topics.set_filter, 1), (topics.request_filter, 1))
    for topic, qos in filters:
        options = SubscribeOptions(qos=qos, noLocal=True, retainAsPublished=True, retainHandling=NEVER_RETAINED)
        codes = await client.subscribe(topic, options=options, timeout=within)
        code = codes[0]
        if isinstance(code, ReasonCode) and code.is_failure:
            raise Refused(f"the broker refused to subscribe us to {topic}: {code}")
        granted = code.value if isinstance(code, ReasonCode) else code
        if granted < qos:
            raise Refused(f"the broker grants {topic} only QoS {granted}; announcements could be lost")


async def subscribe_others(
    client: aiomqtt.Client, filters: Iterable[str], lasting: Collection[str], within: float
) -> None:
    """Ask for what is good to have, of the `lasting` also what is retained; the log tells what isn't granted."""
    for topic in filters:
        handling = RETAINED_TOO if topic in lasting else NEVER_RETAINED
        options = SubscribeOptions(qos=1, retainHandling=handling)
        (code,) = await client.subscribe(topic, options=options, timeout=within)
        if isinstance(code, ReasonCode) and code.is_failure:
            logger.warning("the broker refused a subscription; we do without", topic=topic, reason=str(code))


def explain(error: aiomqtt.MqttError, config: BrokerConfig, address: Address) -> BrokerUnavailable:
    """What an error of aiomqtt means to a person; Refused when waiting won't help."""
    code = error.rc if isinstance(error, aiomqtt.MqttCodeError) else None
    if not isinstance(error, MqttConnectError) or not isinstance(code, ReasonCode):
        before = error.__context__  # aiomqtt raises its own in an OSError's place
        system = before if isinstance(before, OSError) and not isinstance(before, ssl.SSLError) else None
        why = (system and system.strerror) or error
        hint = SPEECHLESS if str(error) in WORDLESS else NOBODY if system else None
        return BrokerUnavailable(f"no connection to the broker {address}: {why}", hint=hint)
    if code.value == BAD_PROTOCOL:
        return Refused(f"the broker {address} doesn't speak MQTT 5: {code}", hint=NEEDED)
    if code.value not in LASTING:
        return BrokerUnavailable(f"the broker {address} isn't ready: {code}")
    who = f"user {config.username!r}" if config.username else "an anonymous client"
    users = "check broker.username and broker.password_file in the config, and the broker's users"
    hint = "set another broker.client_id in the config" if code.value == BAD_CLIENT_ID else users
    return Refused(f"the broker {address} refused {who}: {code}", hint=hint)


def tls_context(config: BrokerConfig) -> ssl.SSLContext | None:
    """The TLS settings, None without TLS (blocking: reads files). Raises OSError, ValueError."""
    if not config.tls.enabled:
        return None
    context = ssl.create_default_context(cafile=config.tls.ca_file)  # 1.2 or newer, checks name and dates
    if config.tls.ca_file is not None:
        # Home-made certificates lack key usages and identifiers of keys, on which Python insists from 3.13 on.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if config.tls.cert_file is not None:
        context.load_cert_chain(config.tls.cert_file, config.tls.key_file)
    if config.tls.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
