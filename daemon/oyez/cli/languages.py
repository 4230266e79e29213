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
    """List the languages that can be heard, installed or not, and how to get the one you look for."""
    loaded = options.config_or_demo(config)
    try:
        installed = mms.installed(store.model_path(loaded.models_dir, loaded.asr.model))
    except ModelMissing:
        installed = ()
    found = mms.search(query, installed)
    if as_json:
        show.as_json([asdict(language) for language in found])
        return
    if not found:
        mms.named(query)  # raises, and names the nearest
    rows = [(one.code, one.tag, one.name, one.autonym, one.script, "yes" if one.installed else "no") for one in found]
    title = f"{len(rows)} languages; installed in {loaded.asr.model}: {len(installed)}"
    show.table(("Code", "Tag", "Name", "Own name", "Script", "Installed"), rows, title=title)
    if missing := [one for one in found if not one.installed]:
        show.out.print(f"{missing[0].name}: oyez models install {mms.MODEL} --language {missing[0].code}")
