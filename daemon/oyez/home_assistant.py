"""Makes the rooms appear in Home Assistant, keeps them there, and takes away what is no more.

What was announced is noted in the state folder, so that a room or entity that went while we were off is removed too.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from oyez import __version__, durable, log
from oyez.mqtt import discovery, payloads
from oyez.mqtt.topics import BRIDGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from oyez.config import HomeAssistantConfig
    from oyez.model import Transcript
    from oyez.mqtt.client import Broker

logger = log.get(__name__)

APART = 3.0  # seconds between two payloads of a device: Home Assistant passes over one that comes on another's heels
BIRTH = "homeassistant/status"  # where Home Assistant tells that it has started, unless told otherwise
BIRTH_DELAY = (2.0, 5.0)  # seconds after Home Assistant's start: not all bridges of the house at once


@dataclass(frozen=True)
class Record:
    """What was announced: when (wall clock), config topics and their components (platform by key), what is retained."""

    at: float = 0.0
    devices: dict[str, dict[str, str]] = field(default_factory=dict)
    retained: list[str] = field(default_factory=list)


class HomeAssistant:
    """Announces the bridge and what `rooms` tells.

    `path` is the record's; `engines` are the parts whose memory is told, `groups` the names for several rooms,
    `profiles` can be chosen.
    """

    def __init__(
        self,
        config: HomeAssistantConfig,
        broker: Broker,
        path: Path,
        *,
        rooms: Callable[[], Sequence[discovery.Room]],
        engines: Sequence[str],
        groups: Sequence[str] = (),
        profiles: Sequence[str] = (),
    ) -> None:
        self._config = config
        self._broker = broker
        self._path = path
        self._rooms = rooms
        self._engines = engines
        self._groups = groups
        self._profiles = profiles
        self._news = asyncio.Event()
        self._born = False
        self._told: dict[str, bytes] = {}  # by config topic
        self._transcripts: dict[str, bytes] = {}  # the last one of each topic
        if config.discovery:
            for topic in dict.fromkeys(
                (BIRTH, f"{config.prefix}/status")
            ):  # a prefix of one's own leaves it where it was
                broker.watch(topic, self._status)

    def heard(self, transcript: Transcript) -> None:
        """Tell a room's last transcript."""
        topic = self._broker.topics.transcript(transcript.room)
        self._transcripts[topic] = payloads.last_transcript(transcript)
        self._tell_transcript(topic)

    def changed(self) -> None:
        """A room was set: its voice may be one that isn't among the options yet."""
        self._news.set()

    async def run(self) -> None:
        """Announce, and again whenever Home Assistant starts, until cancelled."""
        before = await asyncio.to_thread(self._read)
        await asyncio.sleep(min(APART, max(0.0, before.at + APART - time.time())))
        devices = self._devices()
        await asyncio.to_thread(self._write, self._record(devices, before))  # killed from here on, none is forgotten
        for topic in [*before.devices, *before.retained]:
            if topic not in devices and topic not in self._retained():
                self._broker.publish(topic, b"", retain=True)
        self._announce(devices, before.devices)
        await self._broker.flushed()
        await asyncio.to_thread(self._write, self._record(devices))
        while True:
            await asyncio.sleep(APART)
            self._announce(self._devices())
            await self._news.wait()
            self._news.clear()
            if self._born:
                await self._greet()

    async def _greet(self) -> None:
        """Home Assistant has just started: availability, devices, states, in this order."""
        await asyncio.sleep(random.uniform(*BIRTH_DELAY))  # noqa: S311 - no secret
        self._born = False
        topics = self._broker.topics
        available = [topics.availability(room.name) for room in self._rooms()]
        self._broker.resend([topics.bridge_state, *available, *self._told])
        for topic in self._transcripts:
            self._tell_transcript(topic)

    def _announce(self, devices: dict[str, dict[str, Any]], before: dict[str, dict[str, str]] | None = None) -> None:
        """Publish the devices that aren't announced just so, without the components that were there `before`."""
        for topic, device in devices.items():
            once = (before or {}).get(topic, {})
            gone = {key: platform for key, platform in once.items() if key not in device["cmps"]}
            payload = discovery.payload(device, gone)
            if self._told.get(topic) != payload:
                self._told[topic] = payload
                self._broker.publish(topic, payload, retain=True)

    def _devices(self) -> dict[str, dict[str, Any]]:
        """All devices by config topic, the bridge first: the others refer to it."""
        if not self._config.discovery:
            return {}
        topics, prefix = self._broker.topics, self._config.prefix
        bridge = discovery.bridge(topics, __version__, self._engines, self._groups, self._profiles)
        devices = {discovery.config_topic(prefix, topics, BRIDGE): bridge}
        for room in self._rooms():
            devices[discovery.config_topic(prefix, topics, room.name)] = discovery.room(topics, __version__, room)
        return devices

    def _retained(self) -> list[str]:
        """The retained topics of the rooms."""
        topics = self._broker.topics
        kinds = [topics.state, topics.availability] + [topics.transcript] * self._config.retain_transcript
        return [kind(room.name) for room in self._rooms() for kind in kinds]

    def _tell_transcript(self, topic: str) -> None:
        retain = self._config.retain_transcript
        if self._config.discovery:
            self._broker.publish(topic, self._transcripts[topic], retain=retain, droppable=True)

    def _status(self, payload: bytes) -> None:
        if payload == b"online":
            self._born = True
            self._news.set()

    def _record(self, devices: dict[str, dict[str, Any]], before: Record | None = None) -> Record:
        """Of what is announced now, together with what was announced before."""
        told = {topic: {key: one["p"] for key, one in device["cmps"].items()} for topic, device in devices.items()}
        once = before or Record()
        merged = {topic: once.devices.get(topic, {}) | told.get(topic, {}) for topic in [*once.devices, *told]}
        return Record(time.time(), merged, [*dict.fromkeys([*once.retained, *self._retained()])])

    def _read(self) -> Record:
        try:
            kept = json.loads(self._path.read_bytes())
            devices = {str(topic): dict(components) for topic, components in kept["devices"].items()}
            return Record(float(kept["at"]), devices, [str(topic) for topic in kept["retained"]])
        except FileNotFoundError:
            return Record()
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            logger.warning("what Home Assistant was told can't be read", path=str(self._path), why=str(error))
            return Record()

    def _write(self, record: Record) -> None:
        try:
            durable.replace(self._path, json.dumps(asdict(record)).encode())
        except OSError as error:
            logger.warning("what Home Assistant is told can't be noted", path=str(self._path), why=error.strerror)
