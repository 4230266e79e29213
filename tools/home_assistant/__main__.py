"""Try Oyez with the real Home Assistant: `HASS=/path/to/hass make home-assistant`.

    HASS=~/hass/bin/hass python -m tools.home_assistant
    HASS=~/hass/bin/hass python -m tools.home_assistant --only hands --folder /tmp/check

Starts mosquitto, PulseAudio with null sinks, the daemon (mms-mini hears, Kokoro speaks) and Home Assistant with a
configuration of its own, sets it up through its dialogues, works it through its WebSocket and REST API, and prints a
line for each thing that was tried. Some minutes; the first time longer, while Home Assistant installs what its
integrations need. Everything listens on this machine only.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from tools.home_assistant.checks import appear, assist, examples, hands, log, restarts, rooms
from tools.home_assistant.house import House
from tools.home_assistant.table import Table

MATTERS = {one.__name__.rpartition(".")[2]: one for one in (hands, examples, assist, restarts, rooms)}


async def attempt(command: str, folder: Path, only: list[str], repeat: int) -> Table:
    """All checks, `repeat` times, in one house."""
    table = Table()
    async with AsyncExitStack() as closing:
        house = House(command, folder)
        await house.open(closing)
        for check in appear.ALL:
            await table.tick(check, house)
        for number in range(repeat):
            for name in only or MATTERS:
                print(f"--- {name} {number + 1}", flush=True)
                for check in MATTERS[name].ALL:
                    await table.tick(check, house)
        for check in log.ALL:
            await table.tick(check, house)
    return table


def main() -> None:
    """Try, print, and end with 1 when something isn't as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hass", default=os.environ.get("HASS"), help="what starts Home Assistant; else $HASS")
    parser.add_argument("--folder", type=Path, help="where configuration and logs go; kept (else a temporary one)")
    parser.add_argument("--only", action="append", choices=list(MATTERS), help="these matters only")
    parser.add_argument("--repeat", type=int, default=1, help="how often everything is tried")
    asked = parser.parse_args()
    if not asked.hass:
        parser.error("where is Home Assistant? HASS=/path/to/hass (docs/home-assistant.md says how to get one)")
    with tempfile.TemporaryDirectory(prefix="oyez-hass-") as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        table = asyncio.run(attempt(asked.hass, folder.resolve(), asked.only or [], asked.repeat))
    print(table)
    sys.exit(bool(table.failed))


if __name__ == "__main__":
    main()
