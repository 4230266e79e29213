"""`oyez voices` and `oyez languages`: what the engines can speak and hear."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from oyez.cli import app, options, show
from oyez.engines.kokoro import voices as kokoro
from oyez.engines.mms import languages as mms
from oyez.errors import ModelMissing
from oyez.models import store


@app.command(epilog="Examples: oyez voices | oyez voices spanish | oyez voices --json")
def voices(
    query: Annotated[str, typer.Argument(help="Part of a name or language.", show_default=False)] = "",
    as_json: options.JsonOption = False,
) -> None:
    """List the voices: name, language, gender, grade (A best)."""
    found = [voice for voice in kokoro.catalogue().values() if query.casefold() in _described(voice)]
    if as_json:
        show.as_json([asdict(voice) for voice in found])
        return
    rows = [(v.name, v.language.name, v.language.tag, v.gender, v.grade or "-") for v in found]
    show.table(
        ("Voice", "Language", "Tag", "Gender", "Grade"),
        rows,
        title=f"{len(rows)} voices of Kokoro-82M, {kokoro.licence()}",
    )


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


def _described(voice: kokoro.Voice) -> str:
    return f"{voice.name} {voice.language.name} {voice.language.tag} {voice.gender}".casefold()
