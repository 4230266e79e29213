"""The event loop in a flood of garbage: `python -m benchmarks.flood [--json]`.

A real mosquitto, a real house in this process (virtual rooms, real engines), and a process that publishes 1,000
messages a second: what isn't UTF-8 or JSON, is nested deeply or large, unknown verbs, recordings that are none. The lag
is how late a timer of 5 ms comes, before the flood and in it; the longest callback is counted in CPU time, which says
the same on a machine that is busy with other things. Meanwhile something urgent is announced.
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
import threading
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

SECONDS, RATE = 15.0, 1_000
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


class Watch:
    """How late timers come, and how long callbacks take."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.longest: Counter[str] = Counter()
        self._run = Handle._run  # noqa: SLF001

    async def ticking(self) -> None:
        """Look how late timers are, until cancelled."""
        while True:
            due = time.monotonic() + TICK
            await asyncio.sleep(TICK)
            self.late.append(time.monotonic() - due)

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
        late = sorted(self.late)
        return {
            "lag_median_ms": round(statistics.median(late) * 1e3, 1),
            "lag_99_ms": round(late[int(len(late) * 0.99)] * 1e3, 1),
            "lag_most_ms": round(late[-1] * 1e3, 1),
            "longest_callbacks_cpu_ms": dict(self.longest.most_common(5)),
        }


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
    running = asyncio.create_task(house.run(stop, ready=up.set, orderly=lambda: False, control=Process()))
    await up.wait()
    keep_memory()
    try:
        figures = {"before": await _watched(asyncio.sleep(SECONDS / 3))}
        figures["in_the_flood"] = await _watched(_flood(broker))
    finally:
        stop.set()
        await running
    part = house.health.snapshot()["parts"]["broker"]
    return figures | {"overflow": part.get("overflow", 0), "answers_dropped": part["outbox_dropped"]}


async def _watched(work: Any) -> dict[str, Any]:
    watch, begun = Watch(), time.process_time()
    with watch:
        ticking = asyncio.create_task(watch.ticking())
        told = await work
        ticking.cancel()
    return watch.figures() | {"cpu_s": round(time.process_time() - begun, 1)} | (told or {})


async def _flood(broker: Mosquitto) -> dict[str, Any]:
    command = (sys.executable, "-m", "benchmarks.flood", "--flood", str(broker.port))
    flood = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    told, _ = await flood.communicate()
    figures: dict[str, Any] = json.loads(told)
    return figures


def flood(port: int) -> None:
    """Publish at `RATE` for `SECONDS`, something urgent in its middle; prints how many, and when that was heard."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.connect("127.0.0.1", port)
    begun, sent, asked, heard = time.monotonic(), 0, 0.0, threading.Event()

    def on_said(_: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        told = json.loads(message.payload)
        if told["id"] == "fire" and "seconds" in told:
            figures["urgent_heard_after_s"] = round(time.monotonic() - asked - told["seconds"], 2)
            heard.set()

    figures: dict[str, float] = {}
    client.on_message = on_said
    client.subscribe("oyez/crier/said", qos=1)
    client.loop_start()
    while (past := time.monotonic() - begun) < SECONDS:
        if not asked and past > SECONDS / 2:
            asked = time.monotonic()
            client.publish("oyez/crier/say", '{"id": "fire", "text": "Fire!", "priority": "urgent"}', qos=1)
        while sent < past * RATE:
            topic, payload = FLOOD[sent % len(FLOOD)]
            client.publish(topic, payload, qos=1)
            sent += 1
        time.sleep(0.001)
    heard.wait(60)
    client.disconnect()
    client.loop_stop()
    print(json.dumps(figures | {"messages": sent}))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--flood", type=int, metavar="PORT", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.flood:
        flood(given.flood)
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
