"""`oyez speak` at a terminal: reads a line, says it, until Ctrl-D; Ctrl-C silences a line."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from typing import TYPE_CHECKING

from oyez.cli import show
from oyez.cli.jobs import Job
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from oyez.cli.speaking import Speaking


def converse(speaking: Speaking) -> None:
    """Say line after line."""
    with contextlib.suppress(ImportError):
        importlib.import_module("readline")  # lines can be edited and called back
    with asyncio.Runner() as runner:
        try:
            with show.err.status("loading the voice"):
                runner.run(speaking.start())
            while (line := _line()) is not None:
                if line.strip():
                    _say(runner, speaking, line)
        finally:
            runner.run(speaking.close())


def _line() -> str | None:
    try:
        return input("say> ")
    except EOFError:
        print()
        return None


def _say(runner: asyncio.Runner, speaking: Speaking, line: str) -> None:
    try:
        told = runner.run(speaking.say(line, Job(line)))
    except InvalidInput as error:
        show.error(error)
    except KeyboardInterrupt:
        print()
    else:
        show.notes(told.notes)
