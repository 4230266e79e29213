"""How soon something urgent is heard: in a silent room, and when it cuts what is being said and still being made.

The whole daemon, a real broker, a virtual room. Told is `first_audio` of the urgent announcement, in seconds from its
reception, and how often the speaking engine had to start anew (never, where it can be called off).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from tests.support.broker import Mosquitto, Person, eventually, person
from tests.support.daemon import running

PIECE = "The washing machine has finished, and the dryer has twenty minutes left. "
LONG = PIECE * 25
WITHIN = 120.0


class House:
    """A room, and someone who sends announcements to it."""

    def __init__(self, someone: Person) -> None:
        self._someone = someone

    async def say(self, name: str, text: str, **wishes: Any) -> None:
        """Send an announcement."""
        await self._someone.publish("oyez/crier/say", json.dumps({"id": name, "text": text, **wishes}))

    async def told(self, name: str, state: str) -> dict[str, Any]:
        """The step of an announcement, once it is told."""

        def found() -> list[dict[str, Any]]:
            steps = [json.loads(payload) for payload in self._someone.on("oyez/crier/said")]
            return [step for step in steps if (step["id"], step["state"]) == (name, state)]

        await eventually(found, within=WITHIN)
        return found()[0]

    async def urgent(self, number: str) -> float:
        """Seconds until something urgent is heard; it was never said before, so it has to be made."""
        await self.say(number, f"Smoke in room {number}!", priority="urgent")
        first: float = (await self.told(number, "started"))["first_audio"]
        await self.told(number, "spoken")
        return first


async def measure(folder: Path, tries: int) -> None:
    """Print what was found."""
    broker = Mosquitto(folder)
    broker.start()
    config = {
        "broker": {"host": broker.host, "port": broker.port},
        "rooms": {"crier": {"microphone": "none", "speaker": "loopback:hall"}},
    }
    try:
        async with person(broker, "oyez/#") as someone, running(folder / "daemon", config):
            house = House(someone)
            silent = [await house.urgent(f"1{number}") for number in range(tries)]
            cutting = []
            for number in range(tries):
                await house.say(f"long{number}", f"{number}. {LONG}", interrupted="drop")
                await house.told(f"long{number}", "started")
                cutting.append(await house.urgent(f"2{number}"))
            health = json.loads(someone.on("oyez/bridge/health")[-1])
            print(f"in a silent room: {statistics.median(silent):.2f} s in the median, {max(silent):.2f} at most")
            print(f"when it cuts: {statistics.median(cutting):.2f} s in the median, {max(cutting):.2f} at most")
            print(f"engine started anew {health['parts']['synthesis']['restarts']} times in {tries} cuts")
    finally:
        broker.stop()


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=5)
    with tempfile.TemporaryDirectory(prefix="oyez-urgent-") as folder:
        asyncio.run(measure(Path(folder), parser.parse_args().tries))


if __name__ == "__main__":
    main()
