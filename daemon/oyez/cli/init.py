"""`oyez init`: asks what a first config needs, tries the answers, and writes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from oyez import durable, log
from oyez.cli import app, first_rooms, first_steps, show
from oyez.cli.options import PLACES
from oyez.cli.questions import Questions
from oyez.config import first, load
from oyez.errors import InvalidInput

EXAMPLES = (
    "Examples: oyez init | oyez init my.yaml --yes --broker 192.168.1.10 --room kitchen --language german | "
    "oyez init --yes --force --username oyez --password-file mqtt_password"
)
PASSWORD = "mqtt_password"  # noqa: S105 - the file's name, beside the config


@app.command(epilog=EXAMPLES)
def init(
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to write. Default: asked for.")] = None,
    broker: Annotated[str | None, typer.Option(help="HOST, HOST:PORT, or embedded.", show_default=False)] = None,
    username: Annotated[str | None, typer.Option(help="User at the broker.", show_default=False)] = None,
    password_file: Annotated[
        Path | None, typer.Option(help="File of mode 0600 with the password.", show_default=False)
    ] = None,
    room: Annotated[list[str] | None, typer.Option("--room", "-r", help="Room; may be repeated.")] = None,
    microphone: Annotated[
        list[str] | None, typer.Option(help="Device of all rooms, or ROOM=DEVICE; may be repeated.")
    ] = None,
    speaker: Annotated[
        list[str] | None, typer.Option(help="Device of all rooms, or ROOM=DEVICE; may be repeated.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Heard: a code or name, or several: eng,spa.")] = None,
    model: Annotated[str | None, typer.Option(help="What hears: mms-mini, mms-1b-all (oyez models list).")] = None,
    voice: Annotated[str | None, typer.Option(help="Speaks: oyez voices.", show_default=False)] = None,
    home_assistant: Annotated[
        bool | None, typer.Option("--home-assistant/--no-home-assistant", help="Whether rooms appear there.")
    ] = None,
    install: Annotated[
        bool | None, typer.Option("--install/--no-install", help="Whether to fetch the models that are missing.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what isn't given takes its default.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a first config: finds the broker, tries microphone, loudspeaker and voice, and says what to do next."""
    log.configure("error")
    questions = Questions(silent=yes)
    target = questions.ask(
        "Where is the config to be", str(_usual()), Path, given=str(path) if path else None
    ).expanduser()
    if target.exists() and not force and (yes or not questions.yes(f"Write over {target}", default=False)):
        raise InvalidInput(f"{target} is there already; nothing was changed", hint="oyez init --force, or another FILE")
    way, password = first_steps.broker(questions, broker, username, password_file)
    rooms = first_rooms.rooms(questions, room or [], microphone or [], speaker or [])
    hears, speaks = ([one for one in rooms.values() if one[what] != "none"] for what in ("microphone", "speaker"))
    spoken = first_steps.language(questions, language) if hears else None
    asr = {"model": first_steps.recogniser(questions, spoken, model)} if spoken else {}
    said = first_steps.voice(questions, spoken, voice, speaks[0]["speaker"]) if speaks else None
    common = {name: value for name, value in (("language", spoken), ("voice", said)) if value}
    discovery = questions.yes("Home Assistant: shall the rooms appear there", default=True, given=home_assistant)
    if password is not None:
        way["password_file"] = PASSWORD
    wishes = first.Wishes(way, {name: one | common for name, one in rooms.items()}, asr, {"discovery": discovery})
    _write(target, first.text(wishes), password)
    show.out.print(f"\n[bold green]{show.plain(str(target))}[/] is written, and fine.")
    first_steps.models(questions, target, install=install)
    _next(target, password is not None)


def _usual() -> Path:
    """Where `oyez run` finds it: the machine's place for root, the person's for others."""
    return PLACES[2] if os.geteuid() == 0 else PLACES[1]


def _write(target: Path, text: str, password: str | None) -> None:
    """Both files, for their owner alone; the config only takes its place when the daemon could read it."""
    beside = target.with_name(f".{target.name}.check")
    try:
        if password is not None:
            durable.replace(target.with_name(PASSWORD), f"{password}\n".encode())
        durable.replace(beside, text.encode())
        load(beside)
        beside.replace(target)
    except OSError as error:
        raise InvalidInput(f"{target} can't be written: {error.strerror}", hint="oyez init FILE") from error
    finally:
        beside.unlink(missing_ok=True)


def _next(target: Path, password: bool) -> None:
    """What a person does now."""
    found = target.absolute() in [place.absolute() for place in PLACES]
    named = "" if found else f" --config {target}"
    show.out.print(f"Try it:  oyez run{named}", markup=False)
    show.out.print(f"And in another terminal:  oyez say{named} 'Hello.'   oyez listen{named}", markup=False)
    service = PLACES[2]
    show.out.print('As a service, once README.md\'s "As a service" is done:')
    if target != service:
        show.out.print(f"  sudo install -o root -g oyez -m 0640 {target} {service}", markup=False)
    if password:
        secret, kept = target.with_name(PASSWORD), service.with_name(PASSWORD)
        show.out.print(f"  sudo install -o oyez -g oyez -m 0600 {secret} {kept}", markup=False)
    show.out.print("  sudo systemctl enable --now oyez")
