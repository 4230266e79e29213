"""The whole daemon through a sound server of its own: delays, memory, idle CPU. `python -m benchmarks.house [--json]`.

The rig is the tests': mosquitto, PulseAudio with a null sink, the daemon as a process; one room speaks to the sink,
another listens to its monitor. Delays are as a client at the broker sees them, medians over the sentences.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from tests.support.broker import Mosquitto, Person, eventually, person
from tests.support.daemon import DaemonProcess, running
from tests.support.pulse import PulseServer

SENTENCES = (
    "Turn on the kitchen light.",
    "Set a timer for ten minutes.",
    "The washing machine has finished.",
    "Close the garage door.",
    "What is the temperature in the bedroom?",
)
IDLE_SECONDS = 30.0


async def measure() -> dict[str, Any]:
    """All figures, with the whole rig started and ended here."""
    with tempfile.TemporaryDirectory(prefix="oyez-bench-") as name:
        folder = Path(name)
        (folder / "pulse").mkdir()
        (folder / "broker").mkdir()
        pulse, broker = PulseServer(folder / "pulse"), Mosquitto(folder / "broker")
        os.environ |= pulse.env
        broker.start()
        try:
            await pulse.start()
            started = time.monotonic()
            async with person(broker, "oyez/#") as someone, running(folder / "d", _config(broker)) as daemon:
                figures = {"ready_s": round(time.monotonic() - started, 2)}
                figures |= await _sentences(someone)
                figures |= await _idle(daemon)
                return figures
        finally:
            await pulse.kill()
            broker.stop()


async def _sentences(someone: Person) -> dict[str, Any]:
    rows = []
    for number, text in enumerate(SENTENCES):
        await someone.publish("oyez/crier/say", json.dumps({"id": str(number), "text": text}))
        await eventually(lambda count=number + 1: len(_ends(someone)) == count, within=60)
        await eventually(lambda count=number + 1: len(someone.on("oyez/house/heard")) >= count, within=10)
        heard = json.loads(someone.on("oyez/house/heard")[-1])
        first = next(o["first_audio"] for o in _outcomes(someone) if o["id"] == str(number) and o["state"] == "started")
        delay = time.time() - datetime.fromisoformat(heard["ended"]).timestamp()
        rows.append({"said": text, "heard": heard["text"], "first_audio_s": first, "heard_after_s": round(delay, 2)})
    return {
        "first_audio_s": statistics.median(row["first_audio_s"] for row in rows),
        "heard_after_end_of_speech_s": statistics.median(row["heard_after_s"] for row in rows),
        "sentences": rows,
    }


async def _idle(daemon: DaemonProcess) -> dict[str, Any]:
    """CPU and memory of each process while the house is quiet."""
    processes = [psutil.Process(daemon.pid), *psutil.Process(daemon.pid).children(recursive=True)]
    names = {process: _name(process) for process in processes}
    before = {process: sum(process.cpu_times()[:2]) for process in processes}
    begun = time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    seconds = time.monotonic() - begun
    rows = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # a passing one
            rows[names[process]] = {
                "rss_mb": round(process.memory_info().rss / 1e6),
                "idle_cpu_percent": round(100 * (sum(process.cpu_times()[:2]) - before[process]) / seconds, 2),
            }
    return {"idle_cpu_percent": round(sum(row["idle_cpu_percent"] for row in rows.values()), 2), "processes": rows}


def _config(broker: Mosquitto) -> dict[str, Any]:
    return {
        "broker": {"host": broker.host, "port": broker.port},
        "rooms": {
            "crier": {"microphone": "none", "speaker": "speaker"},
            "house": {"microphone": "speaker.monitor", "speaker": "none"},
        },
        "asr": {"min_confidence": 0.0},
    }


def _outcomes(someone: Person) -> list[dict[str, Any]]:
    return [json.loads(payload) for payload in someone.on("oyez/crier/said")]


def _ends(someone: Person) -> list[dict[str, Any]]:
    return [outcome for outcome in _outcomes(someone) if outcome["state"] not in ("accepted", "started")]


def _name(process: psutil.Process) -> str:
    module = process.cmdline()[-1]
    return module.removeprefix("oyez.") if module.startswith("oyez.") else Path(process.cmdline()[0]).name


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = asyncio.run(measure())
    if asked.json:
        print(json.dumps(figures, indent=2))
        return
    for row in figures.pop("sentences"):
        delays = f"{row['first_audio_s']:6.2f} s to first sound, {row['heard_after_s']:5.2f} s to text"
        print(f"{delays}: {row['said']} -> {row['heard']}")
    for name, row in figures.pop("processes").items():
        print(f"{row['rss_mb']:6} MB  {row['idle_cpu_percent']:5.2f} % of a core when quiet  {name}")
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
