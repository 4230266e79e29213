"""`oyez run` and `oyez check`: the daemon, and what it would say of its configuration."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from oyez import log
from oyez.cli import app, options, show
from oyez.config import load
from oyez.daemon import Daemon


@app.command(epilog="Examples: oyez run | oyez run --config /etc/oyez/oyez.yaml | systemctl start oyez")
def run(config: options.ConfigOption = None) -> None:
    """Hear and speak until stopped (Ctrl-C or SIGTERM); SIGHUP reads the configuration again."""
    path = options.config_path(config)
    loaded = load(path)
    log.configure(loaded.log.level, loaded.log.format)
    asyncio.run(Daemon(path, loaded).run())


@app.command(epilog="Examples: oyez check | oyez check my.yaml --json")
def check(
    path: Annotated[Path | None, typer.Argument(help="Configuration file.", show_default=False)] = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Say whether the daemon would start with this configuration; exit status 78 when a person must mend something."""
    from oyez.app import House  # noqa: PLC0415 - a mistake in the config should be told before the engines are imported

    where = options.config_path(path or config)
    loaded = load(where)

    async def build() -> House:
        return House(loaded)

    house = asyncio.run(build())
    if as_json:
        show.as_json({"ok": True, "config": loaded.describe()})
        return
    hears, speaks = (", ".join(sorted(rooms)) or "none" for rooms in (house.hearing, house.speaking))
    show.out.print(f"{where}: fine. Rooms that hear: {hears}; that speak: {speaks}.")
