"""`oyez profile`: which of the config's profiles is on."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from oyez.cli import app, options, show
from oyez.cli.asking import ask
from oyez.cli.broker import BrokerOption, reach


@app.command(epilog="Examples: oyez profile | oyez profile night | oyez profile none | oyez profile --json")
def profile(
    name: Annotated[
        str | None, typer.Argument(help="Profile to turn to; none: as it was before.", show_default=False)
    ] = None,
    broker: BrokerOption = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Tell or change the profile that the rooms of the running daemon live by."""
    settings, _ = reach(config, broker)
    told = asyncio.run(ask(settings, "profile", {"profile": name} if name else {}))
    if as_json:
        show.as_json(told)
        return
    show.out.print(f"On: [bold]{told['profile'] or 'none'}[/]. There are: {', '.join(told['profiles']) or 'none'}.")
