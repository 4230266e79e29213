"""`oyez devices`: microphones and speakers by the names that the configuration takes."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from oyez.audio.listing import list_devices
from oyez.cli import app, meter, show
from oyez.cli.options import JsonOption

EXAMPLES = (
    "Examples: oyez devices | oyez devices --json | jq -r '.[].name' | oyez devices --meter default | "
    "oyez devices --meter 'USB Audio' --json"
)


@app.command(epilog=EXAMPLES)
def devices(
    metered: Annotated[
        str | None,
        typer.Option(
            "--meter",
            metavar="NAME",
            help="Show how loud this microphone is (before any gain_db), whether it clips or is dead, and whether that "
            "is speech, until Ctrl-C. With --json a line every tenth of a second.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List microphones and speakers; the names go into `microphone:` and `speaker:` of a room."""
    if metered is not None:
        asyncio.run(meter.watch(metered, as_json=as_json))
        return
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
