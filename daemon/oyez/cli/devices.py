"""`oyez devices`: microphones and speakers by the names that the configuration takes."""

from __future__ import annotations

import asyncio

from oyez.audio.listing import list_devices
from oyez.cli import app, show
from oyez.cli.options import JsonOption


@app.command(epilog="Examples: oyez devices | oyez devices --json | jq -r '.[].name'")
def devices(as_json: JsonOption = False) -> None:
    """List microphones and speakers; the names go into `microphone:` and `speaker:` of a room."""
    found = asyncio.run(list_devices())
    if as_json:
        show.as_json([device.as_json() for device in found])
    elif found:
        rows = [(d.name, ", ".join(d.works_as), d.host_api, d.default_rate, d.id) for d in found]
        show.table(("Name", "Works as", "Through", "Rate", "Id"), rows)
    else:
        show.out.print("No sound devices here. Virtual ones always work: loopback:<name>, file:<path>, none.")
        show.out.print(
            "If there should be some: is the user in the group `audio`, does a sound server run? (oyez doctor)"
        )
