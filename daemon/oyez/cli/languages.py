"""`oyez languages`: what can be heard."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from oyez.cli import app, options, show
from oyez.engines.mms import languages as mms
from oyez.errors import ModelMissing
from oyez.models import store


@app.command(epilog="Examples: oyez languages | oyez languages german | oyez languages --json")
def languages(
    query: Annotated[str, typer.Argument(help="Code or part of a name.", show_default=False)] = "",
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List the languages that can be heard with what is installed, and how to get the one you look for."""
    loaded = options.config_or_demo(config)
    try:
        installed = mms.installed(store.model_path(loaded.models_dir, loaded.asr.model))
    except ModelMissing:
        installed = ()
    found = mms.search(query, installed)
    if as_json:
        show.as_json([asdict(language) for language in found])
        return
    rows = [(one.code, one.name, one.autonym, "yes" if one.installed else "no") for one in found]
    show.table(("Code", "Name", "Own name", "Installed"), rows, title=f"Languages of {loaded.asr.model}")
    for one in found:
        if not one.installed:
            show.out.print(f"{one.name}: oyez models install {mms.MODEL} --language {one.code}")
