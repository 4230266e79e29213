"""The event loop in a flood of garbage: `python -m benchmarks.flood [--json]`.

A real mosquitto, a real house in this process (virtual rooms, real engines), and a process that publishes 1,000
messages a second: what isn't UTF-8 or JSON, is nested deeply or large, unknown verbs, recordings that are none. The lag
is how late a timer of 5 ms comes, before the flood and in it; `own` is without the time in which the process was ready
to run and others had the processor, and the longest callback is counted in CPU time: these say the same on a machine
that is busy with other things. In the middle of the flood something urgent cuts a long announcement, which is stopped
when it goes on. Every message must be accounted for: read, refused unread, or dropped and counted; `lost` tells, by
topic, what never came from the broker (`stop` is QoS 0, and brokers drop that while their way to us is full).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from asyncio.events import Handle
from collections import Counter
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from tests.support.broker import Mosquitto
from tests.support.house import Process

from oyez import log
from oyez.app import House
from oyez.config import load
from oyez.daemon import keep_memory
from oyez.mqtt.client import Broker
from oyez.mqtt.receipts import PacketReceipt

SECONDS, RATE = 10.0, 1_000
WITHIN = 60.0
MINE = 3  # commands besides the flood
TICK = 0.005
FLOOD = (
    ("oyez/crier/say", b"\xff\xfe garbage"),
    ("oyez/crier/say", b'{"text": '),
    ("oyez/crier/say", b'{"text": ' + b"[" * 5_000),
    ("oyez/crier/say", b'{"text": "x", "speed": NaN}'),
    ("oyez/crier/say", b"x" * 60_000),
    ("oyez/crier/stop", b"nobody"),
    ("oyez/crier/set", b'{"volume": "loud"}'),
    ("oyez/attic/say", b"Nobody is there."),
    ("oyez/bridge/request/say", b'{"rooms": "attic", "text": "x"}'),
    ("oyez/bridge/request/make/coffee", b"now"),
    ("oyez/bridge/request/history", b'{"limit": 1e400}'),
    ("oyez/bridge/request/voices", b"english"),
    ("oyez/bridge/request/transcribe", b"RIFF" + b"x" * 100_000),
    ("oyez/crier/hot_words/set", b'["' + b"a" * 50_000 + b'"]'),
)
LONG = "The washing machine has finished, and the dryer has twenty minutes left. " * 20


class Watch:
    """How late timers come, and how long callbacks take."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.own: list[float] = []
        self.longest: Counter[str] = Counter()
        self._run = Handle._run  # noqa: SLF001

    async def ticking(self) -> None:
        """Look how late timers are, until cancelled."""
        while True:
            due, waited = time.monotonic() + TICK, _waited()
            await asyncio.sleep(TICK)
            self.late.append(time.monotonic() - due)
            self.own.append(max(0.0, self.late[-1] - (_waited() - waited)))

    def __enter__(self) -> None:
        def timed(handle: Handle) -> None:
            begun = time.thread_time()
            self._run(handle)
            name = _name(handle)
            self.longest[name] = max(self.longest[name], round((time.thread_time() - begun) * 1e3, 1))  # type: ignore[assignment]

        Handle._run = timed  # type: ignore[method-assign]  # noqa: SLF001

    def __exit__(self, *_: object) -> None:
        Handle._run = self._run  # type: ignore[method-assign]  # noqa: SLF001

    def figures(self) -> dict[str, Any]:
        """What was seen."""
        late, own = sorted(self.late), sorted(self.own)
        return {
            "lag_median_ms": round(statistics.median(late) * 1e3, 1),
            "lag_99_ms": round(late[int(len(late) * 0.99)] * 1e3, 1),
            "lag_most_ms": round(late[-1] * 1e3, 1),
            "own_lag_99_ms": round(own[int(len(own) * 0.99)] * 1e3, 1),
            "own_lag_most_ms": round(own[-1] * 1e3, 1),
            "longest_callbacks_cpu_ms": dict(self.longest.most_common(5)),
        }


def _waited() -> float:
    """Seconds for which this thread was ready to run, and others had the processor."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


def _name(handle: Handle) -> str:
    """Whose work it is: a task's name, or a function's."""
    callback = handle._callback  # noqa: SLF001
    owner = getattr(callback, "__self__", None)
    return owner.get_name() if isinstance(owner, asyncio.Task) else getattr(callback, "__qualname__", repr(callback))


async def measure() -> dict[str, Any]:
    """All figures, with the whole rig started and ended here."""
    with tempfile.TemporaryDirectory(prefix="oyez-flood-") as name:
        broker = Mosquitto(Path(name), options="max_queued_messages 0\nmax_inflight_messages 0")
        broker.start()
        try:
            return await _flooded(Path(name), broker)
        finally:
            broker.stop()


async def _flooded(folder: Path, broker: Mosquitto) -> dict[str, Any]:
    path = folder / "oyez.yaml"
    rooms = {"crier": {"microphone": "loopback:hall", "speaker": "loopback:hall"}}
    path.write_text(json.dumps({"broker": {"host": broker.host, "port": broker.port}, "rooms": rooms}))
    config = await asyncio.to_thread(load, path, dict(os.environ) | {"STATE_DIRECTORY": str(folder)})
    stop, up = asyncio.Event(), asyncio.Event()
    house = House(config)
    arrived = _counted(house.broker)
    running = asyncio.create_task(house.run(stop, ready=up.set, orderly=lambda: False, control=Process()))
    await up.wait()
    keep_memory()
    try:
        figures = {"before": await _watched(asyncio.sleep(SECONDS / 3))}
        figures["in_the_flood"] = await _watched(_flood(broker, arrived))
        part = house.health.snapshot()["parts"]["broker"]
        return figures | {
            name: part.get(name, 0) for name in ("commands", "refused_unread", "overflow", "outbox_dropped")
        }
    finally:
        stop.set()
        await running


def _counted(broker: Broker) -> Counter[str]:
    """What arrives from now on, by topic."""
    arrived: Counter[str] = Counter()
    intake = broker._intake  # noqa: SLF001
    take = intake.arrived

    def count(packet: paho.MQTTMessage, receipt: PacketReceipt) -> None:
        arrived[packet.topic] += 1
        take(packet, receipt)

    intake.arrived = count  # type: ignore[method-assign]
    return arrived


async def _watched(work: Any) -> dict[str, Any]:
    watch, begun = Watch(), time.process_time()
    with watch:
        ticking = asyncio.create_task(watch.ticking())
        told = await work
        ticking.cancel()
    return watch.figures() | {"cpu_s": round(time.process_time() - begun, 1)} | (told or {})


async def _flood(broker: Mosquitto, arrived: Counter[str]) -> dict[str, Any]:
    """Be flooded; what became of it, in seconds and messages."""
    someone = Someone(broker.port)
    try:
        someone.publish("say", {"id": "long", "text": LONG})
        await someone.told("long", "started")
        command = (sys.executable, "-m", "benchmarks.flood", "--flood", str(broker.port))
        flood = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        await asyncio.sleep(SECONDS / 2)
        seconds = await _urgent(someone)
        told, _ = await flood.communicate()
        over = time.monotonic()
        while arrived.total() < int(told) + MINE and time.monotonic() < over + WITHIN:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        seconds["all_arrived_after_s"] = time.monotonic() - over
    finally:
        await asyncio.to_thread(someone.leave)
    sent = Counter(FLOOD[number % len(FLOOD)][0] for number in range(int(told)))
    lost = {topic: count - arrived[topic] for topic, count in sent.items() if count > arrived[topic]}
    return {name: round(value, 2) for name, value in seconds.items()} | {"messages": int(told) + MINE, "lost": lost}


def _client(port: int, client_id: str) -> paho.Client:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(0)  # it doesn't wait for the broker: that would be no flood
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def flood(port: int, seconds: float) -> int:
    """Publish at `RATE`; how many."""
    client = _client(port, "flood")
    begun, sent = time.monotonic(), 0
    while (past := time.monotonic() - begun) < seconds:
        while sent < past * RATE:
            topic, payload = FLOOD[sent % len(FLOOD)]
            last = client.publish(topic, payload, qos=1)
            sent += 1
        time.sleep(0.001)
    last.wait_for_publish(WITHIN)
    client.disconnect()
    client.loop_stop()
    return sent


class Someone:
    """Who announces, and hears what becomes of it."""

    def __init__(self, port: int) -> None:
        self._told: dict[tuple[str, str], float] = {}  # when a step of an announcement was told, by id and state
        self._client = _client(port, "someone")
        self._client.on_message = self._on_said
        self._client.subscribe("oyez/crier/said", qos=1)

    def publish(self, verb: str, fields: dict[str, Any]) -> float:
        """Publish to the room; when."""
        now = time.monotonic()
        self._client.publish(f"oyez/crier/{verb}", json.dumps(fields), qos=1)
        return now

    async def told(self, name: str, state: str) -> float:
        """When it was told; after too long, now."""
        until = time.monotonic() + WITHIN
        while (name, state) not in self._told and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return self._told.get((name, state), time.monotonic())

    def leave(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_said(self, _: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        told = json.loads(message.payload)
        self._told.setdefault((told["id"], told["state"]), time.monotonic())


async def _urgent(someone: Someone) -> dict[str, float]:
    """How soon something urgent is taken, and heard, and what it cut is stopped; seconds."""
    asked = someone.publish("say", {"id": "fire", "text": "Fire!", "priority": "urgent"})
    told = {"urgent_taken_after_s": await someone.told("fire", "accepted") - asked}
    told["urgent_heard_after_s"] = await someone.told("fire", "started") - asked
    await someone.told("fire", "spoken")
    asked = someone.publish("stop", {"id": "long"})
    return told | {"stopped_after_s": await someone.told("long", "cancelled") - asked}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--flood", type=int, metavar="PORT", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flood:
        print(flood(given.flood, SECONDS))
        return
    log.configure("error")
    figures = asyncio.run(measure())
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
