"""`oyez embed`: what the encoder makes of a recording, as numbers for other programs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from oyez import log
from oyez.cli import app, options, output, show
from oyez.cli.transcribe import bar
from oyez.errors import InvalidInput
from oyez.hearing import Hearing

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXAMPLES = (
    "Examples: oyez embed voice.wav -o voice.npy | oyez embed voice.wav --pool --json | "
    "oyez embed voice.wav --layer 24 --pool -o voice.json"
)


@app.command(epilog=EXAMPLES)
def embed(
    file: Annotated[Path, typer.Argument(help="Audio file: WAV, FLAC, OGG, MP3, any rate, any channels.")],
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write: .npy or .json.", show_default=False)
    ] = None,
    layer: Annotated[
        int | None, typer.Option(help="0: what goes into the first layer. Default: the encoder's end.")
    ] = None,
    pool: Annotated[bool, typer.Option("--pool", help="The mean of all frames, not every frame.")] = False,
    language: Annotated[
        str, typer.Option("--language", "-l", help="Whose adapters are in it (oyez languages).")
    ] = "eng",
    model: Annotated[str | None, typer.Option(help="Installed model. Default: the configuration's.")] = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Write the frames of the encoder for a recording, float32 [frames, width], 50 a second, or their mean [width]."""
    log.configure("warning")
    if target is None and not as_json:
        raise InvalidInput("where to?", hint=f"oyez embed {file} -o {file.stem}.npy, or --json")
    if target:
        output.check(target, (".npy", ".json"))
    loaded = options.config_or_demo(config)
    hearing = Hearing(
        language, model=model or loaded.asr.model, models_dir=loaded.models_dir, threads=loaded.asr.threads
    )
    found = asyncio.run(_embed(hearing, file, layer, pool=pool))
    if target:
        _write(target, found)
    if as_json:
        show.as_json(found.tolist())


async def _embed(hearing: Hearing, file: Path, layer: int | None, *, pool: bool) -> NDArray[np.float32]:
    async with hearing:
        with bar(file.name) as progress:
            return await hearing.embed(file, layer=layer, pooled=pool, progress=progress)


def _write(target: Path, found: NDArray[np.float32]) -> None:
    with output.whole(target) as beside:
        if target.suffix.lower() == ".json":
            with beside.open("w", encoding="utf-8") as file:
                show.as_json(found.tolist(), file)
        else:
            with beside.open("wb") as raw:
                np.save(raw, found)
