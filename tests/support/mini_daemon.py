"""A daemon that accepts announcements and never gets to speak: `python -m tests.support.mini_daemon PORT FOLDER`."""

import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

from tests.support.house import House


async def main() -> None:
    house = House(SimpleNamespace(host="127.0.0.1", port=int(sys.argv[1])), Path(sys.argv[2]))
    async with house.living():
        await asyncio.Event().wait()


asyncio.run(main())
