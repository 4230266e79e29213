"""`oyez speakers`: who can be told by voice. Works on the file of state; a daemon that runs sees it at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from oyez import log, parts
from oyez.actions.speakers import PATIENCE_S
from oyez.cli import app as root
from oyez.cli import options, show
from oyez.cli.asking import ask
from oyez.cli.broker import BrokerOption, reach
from oyez.engines.ge2e import VOICES
from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE
from oyez.models import store
from oyez.recording import Recording

if TYPE_CHECKING:
    from oyez.config import Config
    from oyez.model import Voiceprint

app = typer.Typer(no_args_is_help=True, help="Enrol those whose voices transcripts are to tell, list and forget them.")
root.add_typer(app, name="speakers")

LATE = 10.0  # seconds that the answer may take beyond its time
LONGEST_S = 120.0  # of a recording that is read: the voice of a minute is known

Name = Annotated[str, typer.Argument(help="As transcripts are to tell it.")]


@app.command("list", epilog="Example: oyez speakers list --json | jq '.[].name'")
def list_speakers(config: options.ConfigOption = None, as_json: options.JsonOption = False) -> None:
    """Who is enrolled, and by how much of their voice."""
    log.configure("error")
    loaded = options.config_or_demo(config)
    register = parts.enrolment(loaded)
    rows = [
        {"name": one.name, "seconds": round(one.seconds, 1), "usable": one.model == register.model}
        for one in register.everyone()
    ]
    if as_json:
        show.as_json(rows)
        return
    cells = [(row["name"], row["seconds"], "" if row["usable"] else "by another model: enrol again") for row in rows]
    show.table(("Name", "Seconds", "State"), cells)
    _remind(loaded)


@app.command(
    epilog="Examples: oyez speakers enrol anna --room kitchen | oyez speakers enrol anna anna-1.wav anna-2.wav | "
    "oyez speakers enrol 'Uncle Ben' /var/lib/oyez/recordings/kitchen-*.flac"
)
def enrol(
    name: Name,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Recordings of nobody else: WAV, FLAC, OGG, MP3.", show_default=False)
    ] = None,
    room: Annotated[
        str | None,
        typer.Option("--room", "-r", help="What is said next in this room, three times.", show_default=False),
    ] = None,
    broker: BrokerOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Have somebody known by their voice; again, with other recordings, makes it surer. No sound is kept.

    With --room the daemon must run: it has the microphone. What is said is heard as always.
    """
    log.configure("warning")
    if bool(files) == bool(room):
        raise InvalidInput("whose voice? give recordings, or --room", hint=f"oyez speakers enrol {name} --room kitchen")
    if room:
        settings, _ = reach(config, broker)
        show.err.print(f"Now say three sentences in {room}, a pause after each ...", markup=False)
        told = asyncio.run(ask(settings, "enrol_speaker", {"name": name, "room": room}, within=PATIENCE_S + LATE))
        (seconds,) = (one["seconds"] for one in told["speakers"] if one["name"] == name)
        show.out.print(f"{name} is known by {seconds:.0f} s of voice", markup=False)
        return
    loaded = options.config_or_demo(config)
    register = parts.enrolment(loaded)
    enrolled = register.enrol(name, _voiceprints(loaded, files or []))
    show.out.print(f"{name} is known by {enrolled.seconds:.0f} s of voice", markup=False)
    _remind(loaded)


@app.command(epilog="Example: oyez speakers forget anna")
def forget(name: Name, config: options.ConfigOption = None) -> None:
    """Forget somebody's voice, for good."""
    log.configure("warning")
    parts.enrolment(options.config_or_demo(config)).forget(name)
    show.out.print(f"{name} is forgotten", markup=False)


def _voiceprints(config: Config, files: list[Path]) -> list[Voiceprint]:
    """That of each file. Raises InvalidInput for one without a voice."""
    from oyez.engines.ge2e.encoder import Encoder  # noqa: PLC0415 - ONNX Runtime, which the list doesn't need

    encoder = Encoder(store.model_path(config.models_dir, VOICES))
    found = []
    for file in files:
        voiceprint = encoder.voiceprint(_beginning(Recording(file)))
        if voiceprint is None:
            raise InvalidInput(f"{file}: there is no voice in it, it is silent")
        found.append(voiceprint)
    return found


def _beginning(recording: Recording) -> np.ndarray:
    blocks, samples = [], 0
    for block in recording.blocks():
        blocks.append(block)
        samples += len(block)
        if samples >= LONGEST_S * HEARD_RATE:
            break
    return np.concatenate([*blocks, np.empty(0, np.float32)])


def _remind(config: Config) -> None:
    if not config.asr.speakers:
        show.notes(["transcripts don't tell who spoke yet: asr.speakers is false in the configuration"])
