"""A real mosquitto on a free port, with options, that can be killed, frozen and started again; and people who use it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiomqtt
import paho.mqtt.client as paho
import pytest

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
DEADLINE = 10.0


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def eventually(condition: Callable[[], object], *, within: float = DEADLINE) -> None:
    """Wait until a condition holds; fail when it doesn't in time."""
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "it never came true"
        await asyncio.sleep(0.01)


class Mosquitto:
    """A broker of one test."""

    def __init__(self, folder: Path, *, persistence: bool = False, options: str = "", listener: str = "") -> None:
        self.port = free_port()
        self.host = "127.0.0.1"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "mosquitto.log"
        self._config = folder / "mosquitto.conf"
        anonymous = "" if "password_file" in options else "allow_anonymous true"
        kept = f"persistence true\npersistence_location {folder}/"
        lines = ["user root", f"listener {self.port} 127.0.0.1", listener, anonymous, options]
        self._config.write_text(
            "\n".join([*lines, kept if persistence else "persistence false", "log_type all"]) + "\n"
        )

    def start(self) -> None:
        assert MOSQUITTO, "mosquitto isn't installed: make setup"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stdout=log, stderr=log)
        until = time.monotonic() + DEADLINE
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), timeout=1):
                return
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, "mosquitto never listened"
            time.sleep(0.01)

    def kill(self) -> None:
        """As a power cut would."""
        self._signal(signal.SIGKILL)
        self._gone()

    def stop(self) -> None:
        """In order."""
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        self._gone()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def save(self) -> None:
        """Ask it to write its database, which it does soon."""
        self._signal(signal.SIGUSR1)

    def _signal(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)

    def _gone(self) -> None:
        if self._process:
            self._process.wait(DEADLINE)
            self._process = None


@pytest.fixture
def make_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Makes a broker with options (lines of mosquitto.conf); it isn't started yet."""
    made: list[Mosquitto] = []

    def make(**options: object) -> Mosquitto:
        folder = tmp_path / f"broker{len(made)}"
        folder.mkdir()
        made.append(Mosquitto(folder, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def mosquitto(make_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A running broker without persistence, open to all."""
    broker = make_mosquitto()
    broker.start()
    return broker


@dataclass
class Person:
    """Someone at the broker: publishes, and keeps what arrives on a filter."""

    client: aiomqtt.Client
    received: list[aiomqtt.Message] = field(default_factory=list)

    async def publish(
        self, topic: str, payload: str | bytes, *, qos: int = 1, retain: bool = False, **properties: object
    ) -> None:
        given = paho.Properties(paho.PacketTypes.PUBLISH) if properties else None
        for name, value in properties.items():
            setattr(given, name, value)
        await self.client.publish(topic, payload, qos=qos, retain=retain, properties=given)

    def on(self, topic: str) -> list[bytes]:
        """The payloads received on a topic, in order."""
        return [bytes(message.payload) for message in self.received if str(message.topic) == topic]


@contextlib.asynccontextmanager
async def person(broker: Mosquitto, *filters: str, **options: object) -> AsyncIterator[Person]:
    """Someone connected to the broker and subscribed (QoS 1, retained ones too)."""
    client = aiomqtt.Client(broker.host, broker.port, protocol=aiomqtt.ProtocolVersion.V5, **options)  # type: ignore[arg-type]
    async with client:
        someone = Person(client)
        for topic in filters:
            await client.subscribe(topic, qos=1)

        async def keep() -> None:
            with contextlib.suppress(aiomqtt.MqttError):  # the broker went: what came before is kept
                async for message in client.messages:
                    someone.received.append(message)

        keeper = asyncio.create_task(keep())
        try:
            yield someone
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
