"""The command line: `oyez COMMAND`. Each command is a thin layer over the parts; --json where it prints data."""

from __future__ import annotations

import importlib
import sys
from typing import Annotated

import typer

from oyez import __version__
from oyez.cli import show
from oyez.errors import OyezError

app = typer.Typer(
    name="oyez",
    help="The house hears and speaks: microphone to MQTT, MQTT to a natural voice. Nothing leaves the house.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

# One module a group of commands; importing one registers its commands on `app`.
COMMANDS = (
    "init",
    "run",
    "demo",
    "broker",
    "transcribe",
    "eval",
    "embed",
    "speak",
    "devices",
    "calibrate",
    "profile",
    "voices",
    "speakers",
    "languages",
    "models",
    "doctor",
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"oyez {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Everything starts with a command."""


def main() -> None:
    """Run the command line; errors that a person can mend end in their exit code, without a traceback."""
    try:
        for module in COMMANDS:
            importlib.import_module(f"oyez.cli.{module}")
        app()
    except OyezError as problem:
        show.error(problem)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
