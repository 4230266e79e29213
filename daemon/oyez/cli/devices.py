"""`oyez devices`: microphones and speakers by the names that the configuration takes."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import typer

from oyez import trial
from oyez.audio.listing import Direction, list_devices
from oyez.cli import app, meter, show
from oyez.cli.options import JsonOption
from oyez.errors import OyezError

EXAMPLES = (
    "Examples: oyez devices | oyez devices --json | jq -r '.[].name' | oyez devices --test 'USB Audio' | "
    "oyez devices --meter default | oyez devices --meter 'USB Audio' --json"
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
    tested: Annotated[
        str | None,
        typer.Option(
            "--test",
            metavar="NAME",
            help="Play a sound on it, and hear it for two seconds, as far as it can; status 1 when neither works. What "
            "a running daemon has for itself is tried by its request device_test.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List microphones and speakers; the names go into `microphone:` and `speaker:` of a room."""
    if tested is not None:
        _test(tested, as_json=as_json)
        return
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


def _test(device: str, *, as_json: bool) -> None:
    """Try a device as all that it works as, and tell."""
    told: dict[str, Any] = {"device": device, "speaker": None, "microphone": None, "problems": {}}
    for direction in asyncio.run(trial.works_as(device)):
        try:
            told[str(direction)] = _tried(device, direction, quiet=as_json)
        except OyezError as problem:
            told["problems"][str(direction)] = problem.message
            if not as_json:
                show.error(problem)
    if as_json:
        show.as_json(told)
    if not (told["speaker"] or told["microphone"]):
        raise typer.Exit(1)


def _tried(device: str, direction: Direction, *, quiet: bool) -> dict[str, Any]:
    if direction is Direction.OUT:
        seconds = asyncio.run(trial.play(device))
        if not quiet:
            show.out.print(f"speaker: a sound of {seconds} s was played; was it heard?")
        return {"seconds": seconds}
    if not quiet:
        show.out.print(f"microphone: say something, for {trial.SECONDS:.0f} s ...")
    heard = asyncio.run(trial.record(device))
    if not quiet:
        show.out.print(f"microphone: {heard}")
    return asdict(heard)
