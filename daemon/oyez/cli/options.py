"""Options that several commands share."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from oyez.config import Config, load
from oyez.errors import ConfigError
from oyez.volume import parse as parse_volume

PLACES = (Path("oyez.yaml"), Path("~/.config/oyez/oyez.yaml").expanduser(), Path("/etc/oyez/oyez.yaml"))

DEMO = resources.files("oyez") / "data" / "demo.yaml"

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Configuration file. Default: $OYEZ_CONFIG, ./oyez.yaml, ~/.config/oyez/oyez.yaml, /etc/oyez/oyez.yaml.",
        show_default=False,
    ),
]
VOLUME = "0 to 2, percent (40%) or decibels (-6dB)."


def volume(written: str) -> float:
    """A volume as the command line has it, as a factor; a parser for typer."""
    try:
        return parse_volume(float(written) if written.replace(".", "", 1).isdecimal() else written)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def find_config(given: Path | None) -> Path | None:
    """The configuration file that is given, named by $OYEZ_CONFIG, or found in its usual places."""
    if given:
        return given
    if named := os.environ.get("OYEZ_CONFIG"):
        return Path(named)
    return next((place for place in PLACES if place.is_file()), None)


def config_path(given: Path | None) -> Path:
    """The configuration file that a command means. Raises ConfigError when there is none."""
    found = find_config(given)
    if found is None:
        looked = ", ".join(str(place) for place in PLACES)
        raise ConfigError(f"no configuration found (looked at {looked})", hint="oyez COMMAND --config FILE")
    return found


def config_or_demo(given: Path | None) -> Config:
    """The configuration for commands that work without one: the demo's where there is none. Raises ConfigError."""
    if found := find_config(given):
        return load(found)
    with resources.as_file(DEMO) as path:
        return load(path)
