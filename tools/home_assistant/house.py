"""The house that is tried: a sound server, a broker, the daemon, Home Assistant, and someone who reads along.

- kitchen hears and speaks, and is an Assist satellite;
- office only hears;
- bedroom only speaks: into the microphone that kitchen and office listen to, so it is also who talks to them.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
from tests.support import daemon
from tests.support.broker import Mosquitto, Person, free_port, person
from tests.support.daemon import DaemonProcess
from tests.support.pulse import PulseServer
from tests.support.spoken import words

from oyez.supervise import running
from tools.home_assistant.client import Client
from tools.home_assistant.process import HomeAssistantProcess
from tools.home_assistant.table import WITHIN, Failed, until

daemon.READY_WITHIN = daemon.STOP_WITHIN = WITHIN  # whatever the machine does besides
SENTENCE = "Turn on the kitchen light."


class House:
    """All of it. `api` is Home Assistant's, `someone` a client at the broker who has everything of ours."""

    def __init__(self, command: str, folder: Path) -> None:
        self.folder = folder
        self.hass = HomeAssistantProcess(command, folder / "hass")
        self.wyoming, self.satellite = free_port(), free_port()
        self.someone: Person | None = None
        self.allowed: list[str] = []  # parts of log lines that Home Assistant must say, for what we did to it

    async def open(self, closing: AsyncExitStack) -> None:
        """Start everything; `closing` ends it."""
        for name in ("hass", "pulse", "broker", "daemon"):
            (self.folder / name).mkdir()
        # not in the folder: a unix socket's path is limited to 108 bytes
        self.pulse = PulseServer(Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="oyez-pulse-"))))
        os.environ |= self.pulse.env
        self.broker = Mosquitto(self.folder / "broker", persistence=True)
        self.broker.start()
        closing.callback(self.broker.stop)
        closing.push_async_callback(self.pulse.kill)
        await self.pulse.start()
        await closing.enter_async_context(running(self._rustle()))
        self.daemon = DaemonProcess(self.folder / "daemon", self.config())
        closing.push_async_callback(self.daemon.close)
        self.hass.configure()
        closing.push_async_callback(self.hass.stop)
        await self.daemon.start()
        self._reading = await closing.enter_async_context(AsyncExitStack())
        await self.read_along()
        await self.hass.start()
        self.api = Client(self.hass.url, await self.hass.onboard())
        await self.api.connect()
        closing.push_async_callback(self._hang_up)
        await self.api.call("http/config/promote")  # or it goes back to its usual port after five minutes
        self.api.token = await self.api.call("auth/long_lived_access_token", client_name="check", lifespan=3)

    async def read_along(self) -> None:
        """Begin to read at the broker, or begin again after it was away; what was read before is kept."""
        known = self.someone.received if self.someone else []
        await self._reading.aclose()
        self.someone = await self._reading.enter_async_context(person(self.broker, "oyez/#", "homeassistant/#"))
        self.someone.received[:0] = known

    def config(self, **rooms: Any) -> dict[str, Any]:
        """The daemon's; `rooms` takes the place of rooms, None takes them away."""
        ours: dict[str, Any] = {
            "kitchen": {"microphone": "microphone", "speaker": "speaker"},
            "office": {"microphone": "microphone", "speaker": "none", "language": ["eng", "spa"]},
            "bedroom": {"microphone": "none", "speaker": "mic"},
        }
        wanted = {name: room for name, room in (ours | rooms).items() if room}
        return {
            "broker": {"host": self.broker.host, "port": self.broker.port, "keepalive_s": 5},
            "rooms": wanted,
            "groups": {"upstairs": [name for name in ("kitchen", "bedroom") if name in wanted]},
            "profiles": {"night": {"all": {"quiet": True}}},
            "asr": {"model": "mms-mini", "min_confidence": 0.0},
            "wyoming": {
                "enabled": True,
                "port": self.wyoming,
                "end_commands": True,
                "satellites": {"kitchen": self.satellite} if "kitchen" in wanted else {},
            },
        }

    async def restart_home_assistant(self) -> None:
        """Stop it in order and start it again."""
        await self.api.close()
        await self.hass.stop()
        await self.hass.start()
        self.api = Client(self.hass.url, self.api.token)
        await self.api.connect()

    async def restart_daemon(self, config: dict[str, Any] | None = None) -> None:
        """Stop it in order, with another config perhaps, and start it again."""
        if self.daemon.alive:
            await self.daemon.stop()
        await self.start_daemon(config)

    async def start_daemon(self, config: dict[str, Any] | None = None) -> None:
        """Start it again after its end."""
        self.daemon.notified.clear()
        if config:
            self.daemon.configure(config)
        await self.daemon.start()

    async def retained(self, topics: str) -> list[str]:
        """What the broker keeps."""
        async with person(self.broker, topics, "oyez/bridge/state") as latecomer:
            await until(lambda: latecomer.on("oyez/bridge/state"), "the broker keeps no state of the bridge")
            return [str(one.topic) for one in latecomer.received if str(one.topic) != "oyez/bridge/state"]

    def told(self, topic: str) -> list[dict[str, Any]]:
        """What came on a topic of ours, in order."""
        return [json.loads(payload) for payload in self.someone.on(f"oyez/{topic}") if payload]

    def room(self, name: str) -> dict[str, Any]:
        """A room's state, as the daemon told it last."""
        return self.told(f"{name}/state")[-1]

    async def spoken(self, room: str, before: int) -> dict[str, Any]:
        """The outcome of the next announcement in a room; `before` is how many final ones there were."""
        await until(lambda: len(self.ends(room)) > before, f"no announcement ended in {room}")
        ended = self.ends(room)[before]
        if ended["state"] != "spoken":
            raise Failed(str(ended))
        return ended

    def ends(self, room: str) -> list[dict[str, Any]]:
        """The final outcomes in a room."""
        return [one for one in self.told(f"{room}/said") if one["state"] not in ("accepted", "started", "interrupted")]

    async def talk(self, text: str = SENTENCE) -> dict[str, Any]:
        """Someone talks, three times at most until all understand; the transcript of the kitchen."""
        for _ in range(3):
            await self.quiet()
            before = {room: len(self.told(f"{room}/heard")) for room in ("kitchen", "office")}
            said = {"text": text, "id": f"talk-{os.urandom(4).hex()}"}
            await self.someone.publish("oyez/bedroom/say", json.dumps(said))
            for room, count in before.items():
                await until(
                    lambda room=room, count=count: len(self.told(f"{room}/heard")) > count, f"{room} heard nothing"
                )
            heard = {room: self.told(f"{room}/heard")[count] for room, count in before.items()}
            if all(words(one.get("text", "")) == words(text) for one in heard.values()):
                return heard["kitchen"]
        raise Failed(f"{text!r} was heard as {heard}")

    async def quiet(self) -> None:
        """Wait until nobody speaks and nothing waits."""
        speaking = ("kitchen", "bedroom")
        await until(
            lambda: all(not self.room(name)["speaking"] and not self.room(name)["queue"] for name in speaking),
            "the house doesn't fall silent",
        )
        await asyncio.sleep(1.0)

    async def _rustle(self) -> None:
        """A microphone that gives nothing but zeros is called silent, and its room unavailable: this one rustles."""
        noise = np.random.default_rng(1).normal(0, 1e-3, 60 * 16_000)
        while True:
            await self.pulse.feed(noise)

    async def _hang_up(self) -> None:
        await self.api.close()
