"""The daemon's way from the broker to a room's agenda and back, with a room that says nothing aloud."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from oyez.actions.action import Home
from oyez.actions.switchboard import Switchboard
from oyez.config import BrokerConfig, Config, HttpConfig
from oyez.errors import ConfigError, InvalidInput
from oyez.health import Health
from oyez.listen.expected import Expected
from oyez.model import Outcome, OutcomeState, Quiet
from oyez.mqtt import client as client_module
from oyez.mqtt import payloads
from oyez.mqtt.client import Broker
from oyez.mqtt.topics import BRIDGE, SET
from oyez.settings import Settings
from oyez.speak.agenda import Agenda
from oyez.speak.announce import Stop
from oyez.speak.desk import Desk
from oyez.speak.finished import Finished
from oyez.speak.together import Together
from tests.support.broker import eventually


class Voice:
    """A room that says nothing aloud: `speak` ends its current announcement."""

    def __init__(self, outcomes, capacity: int) -> None:
        self.agenda = Agenda("kitchen", capacity)
        self.spoken: list[str] = []
        self.stopped: list[Stop] = []
        self._outcomes = outcomes

    async def offer(self, announcement):
        self._outcomes += self.agenda.offer(announcement, announcement.received_mono)

    async def settle(self, config):
        self._outcomes += self.agenda.be_quiet(Quiet.REFUSE if config.quiet else Quiet.NO, 0.0)

    async def stop(self, wanted, *, waiting_only=False):
        self.stopped.append(wanted)
        self._outcomes += self.agenda.cancel(wanted, 0.0)

    def speak(self, **told):
        announcement, _ = self.agenda.next(0.0)
        assert announcement
        self.spoken.append(announcement.text)
        outcome = Outcome(announcement.id, "kitchen", OutcomeState.SPOKEN, transaction=announcement.transaction, **told)
        self.agenda.finished(announcement, outcome, announcement.received_mono)
        self._outcomes.append(outcome)


class Process:
    """The process around a house: remembers what it is asked for."""

    log_level = "info"
    restarts = 0

    def log_from(self, level):
        self.log_level = level

    def restart(self):
        self.restarts += 1

    async def reread(self):
        if self.log_level == "error":
            raise ConfigError("oyez.yaml:1:1: a mistake")
        return ["rooms.kitchen.volume"]


class House:
    """The daemon's way from and to the broker, with a room that speaks when it is told to."""

    def __init__(
        self, broker: Any, folder: Path, *, capacity: int = 16, engines: Any = (), http: Any = None, **options: Any
    ) -> None:
        config = BrokerConfig(**{"host": broker.host, "port": broker.port} | options)
        self.health = Health()
        self.broker = Broker(config, self.health.part("broker"))
        self.topics = self.broker.topics
        self.outcomes: list[Outcome] = []
        self.kitchen = Voice(self.outcomes, capacity)
        self.clients: list[Any] = []
        finished = Finished(folder / "finished.jsonl")
        with ThreadPoolExecutor(1) as thread:  # a constructor can't await
            thread.submit(finished._read).result()
        finished.restore({"kitchen": self.kitchen.agenda}, wall=time.time(), now=time.monotonic())
        rooms = {"kitchen": self.kitchen}
        groups = {"all": ["kitchen"]}
        self.desk = Desk(rooms, finished, self._publish, groups=groups, together=Together())
        self.process = Process()
        config_of_all = Config(broker=config, rooms={"kitchen": {}}, http=http or HttpConfig())
        self.settings = Settings(folder / "settings.json", config_of_all.rooms, check=self._check, apply=self._settle)
        home = Home(
            config=config_of_all,
            desk=self.desk,
            speaking=rooms,
            agendas={"kitchen": self.kitchen.agenda},
            health=self.health,
            languages=("eng", "spa"),
            settings=self.settings,
            info=lambda: {"version": "1"},
            control=self.process,
            expected=Expected([], {"kitchen": []}, self.health.part("hot words")),
            **dict(engines),
        )
        self.home = home
        self.switchboard = Switchboard(home, self.broker)

    @staticmethod
    def _check(room):
        if room.voice == "nobody":
            raise InvalidInput("no voice is called 'nobody'")

    async def _settle(self, room):
        await self.kitchen.settle(self.settings.rooms[room])

    def _publish(self, outcome):
        refused = outcome.state is OutcomeState.REFUSED
        self.broker.publish(self.topics.said("kitchen"), payloads.outcome(outcome), droppable=refused)

    async def work(self):
        """Receive, and conclude what was received."""
        async for delivery in self.broker.deliveries:
            request = delivery.room == BRIDGE or delivery.verb == SET
            await (self.switchboard if request else self.desk).receive(delivery)
            await self.conclude()

    async def conclude(self):
        while self.outcomes:
            await self.desk.conclude(self.outcomes.pop(0))

    async def speak(self):
        self.kitchen.speak()
        await self.conclude()

    @property
    def receipts_live(self) -> bool:
        """Whether every announcement without an outcome has a receipt of the present connection."""
        return all(receipt.live for held in self.desk._held.values() for receipt in held.receipts)

    async def cut(self) -> None:
        """The connection breaks as by a router, without a word; returns when it is up again."""
        self.clients[-1]._client.socket().shutdown(socket.SHUT_RDWR)
        await eventually(lambda: self.state == "away")
        await eventually(lambda: self.state == "ok")

    @property
    def state(self) -> str:
        return self.health.snapshot()["parts"]["broker"]["state"]

    @contextlib.asynccontextmanager
    async def living(self, *, until: str = "ok"):
        """Run it for the length of the block."""
        real = client_module.receipts.take_over

        def take_over(client, **callbacks):
            self.clients.append(client)
            real(client, **callbacks)

        client_module.receipts.take_over = take_over
        tasks = [asyncio.create_task(one) for one in (self.broker.run(), self.work(), self.switchboard.run())]
        try:
            await eventually(lambda: self.state == until)
            yield self
        finally:
            client_module.receipts.take_over = real
            await self.broker.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def states(received: list[bytes]) -> list[str]:
    return [json.loads(payload)["state"] for payload in received]


def outcomes(received: list[bytes]) -> list[tuple[str, str]]:
    return [(told["id"], told["state"]) for told in map(json.loads, received)]
