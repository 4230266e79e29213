"""`oyez demo`: the whole loop, in a virtual room, with nothing but this machine."""

from __future__ import annotations

import asyncio
import re
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oyez import log
from oyez.cli import app, show
from oyez.cli.options import DEMO, JsonOption
from oyez.cli.story import Story, Told
from oyez.config import load
from oyez.daemon import Daemon
from oyez.errors import OyezError

if TYPE_CHECKING:
    from oyez.app import House

SENTENCE = "Someone is at the door."
PATIENCE = 60.0  # seconds for one sentence to be said and heard: far more than any machine needs


@app.command(epilog="Examples: oyez demo | oyez demo --stay | oyez demo --say 'Set a timer for ten minutes.'")
def demo(
    sentence: Annotated[str, typer.Option("--say", help="What the house says to itself.")] = SENTENCE,
    stay: Annotated[bool, typer.Option("--stay", help="Stay up afterwards, for you to make it speak.")] = False,
    config: Annotated[Path | None, typer.Option("--config", "-c", help="Another configuration.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Say a sentence in a virtual room and hear it there; status 0 only if what was heard is what was said.

    All but the air is real: the daemon, a private mosquitto, Kokoro and an MMS recogniser. Leaves nothing behind.
    """
    told = asyncio.run(_run(config, sentence, stay=stay, quiet=as_json))
    same = told.heard is not None and _words(told.heard["text"]) == _words(sentence)
    if as_json:
        show.as_json({"said": sentence, "equal": same, "outcome": told.outcome, "heard": told.heard})
    elif not stay:
        show.out.print(
            "\n[bold green]It hears what it says.[/]" if same else "\n[bold red]That is not what was said.[/]"
        )
    if not same and not stay:
        raise typer.Exit(1)


async def _run(path: Path | None, sentence: str, *, stay: bool, quiet: bool) -> Told:
    show.out.quiet = quiet
    ended: list[Told | OyezError] = []

    async def guest(house: House) -> None:
        try:
            told: Told | OyezError = await _tell(house, sentence, stay=stay)
        except OyezError as problem:
            told = problem
        if not daemon.ending:  # else Ctrl-C took all away from under the story
            ended.append(told)
        daemon.end()

    with tempfile.TemporaryDirectory(prefix="oyez-demo-") as folder, resources.as_file(DEMO) as packaged:
        where = path or packaged
        config = load(where).model_copy(update={"state_dir": Path(folder)})
        log.configure("warning", config.log.format)
        daemon = Daemon(where, config, guest=guest)
        show.out.print("Starting: a broker, the voice and the ear (a few seconds) ...")
        await daemon.run()
    if not ended and not stay:
        raise KeyboardInterrupt
    result = ended[0] if ended else Told()
    if isinstance(result, OyezError):
        raise result
    return result


async def _tell(house: House, sentence: str, *, stay: bool) -> Told:
    async with Story.begin(house) as story:
        story.introduce()
        told = Told()
        try:
            async with asyncio.timeout(PATIENCE):
                told = await story.say(sentence)
        except TimeoutError:
            show.out.print(f"[red]Nothing was heard within {PATIENCE:.0f} s.[/]")
        if stay:
            story.invite()
            await story.go_on()
        return told


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:'[^\W_]+)?", text.lower())
