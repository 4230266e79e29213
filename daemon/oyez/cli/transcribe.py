"""`oyez transcribe`: hear audio files, without daemon or broker."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import numpy as np
import typer

from oyez import hot_words, log, understanding
from oyez.audio.file import FileMicrophone
from oyez.cli import app, options, show
from oyez.engines.mms import languages
from oyez.engines.mms.engine import MmsAsr
from oyez.errors import InvalidInput
from oyez.models import store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from oyez.model import Frame, HotWord, Recognition, Samples


@app.command(
    epilog="Examples: oyez transcribe door.wav | oyez transcribe *.flac -l es --json -o heard.json | "
    "oyez transcribe a.wav --hot-word 'hallway lamp' --n-best 3 --json"
)
def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Audio files: WAV, FLAC, OGG, MP3, any rate, any channels.")],
    language: Annotated[str, typer.Option("--language", "-l", help="Language spoken (oyez languages).")] = "eng",
    model: Annotated[str | None, typer.Option(help="Installed model. Default: the configuration's.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.", show_default=False)] = None,
    hot_word: Annotated[
        list[str] | None, typer.Option(help="A phrase to listen for, as in asr.hot_words; may be repeated.")
    ] = None,
    n_best: Annotated[int, typer.Option(min=1, max=100, help="Readings; those after the best stand in --json.")] = 1,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Write down what is said in audio files, with the hot words, lists and corrections of the configuration."""
    log.configure("warning")
    loaded = options.config_or_demo(config)
    folder = store.model_path(loaded.models_dir, model or loaded.asr.model)
    installed = languages.installed(folder)
    asr = MmsAsr(folder, threads=loaded.asr.threads, decoding=understanding.decoding(loaded.asr, installed))
    rewrite = understanding.rewriting(loaded.asr, installed)
    phrases = _hot_words([*loaded.asr.hot_words, *(hot_word or ())])
    heard = asyncio.run(_transcribe(asr, files, language, phrases, n_best))
    recognised = [rewrite(one, (phrase.phrase for phrase in phrases)) for one in heard]
    rows = [{"file": str(file)} | asdict(recognition) for file, recognition in zip(files, recognised, strict=True)]
    with _opened(output) as target:
        if as_json:
            show.as_json(rows, target)
        else:
            for row in rows:
                target.write(f"{row['file']}: {row['text']}\n" if len(rows) > 1 else f"{row['text']}\n")


def _hot_words(texts: Sequence[str]) -> list[HotWord]:
    try:
        return [hot_words.parse(text) for text in texts]
    except ValueError as error:
        raise InvalidInput(f"--hot-word {error}") from None


async def _transcribe(
    asr: MmsAsr, files: list[Path], language: str, phrases: Sequence[HotWord], n_best: int
) -> list[Recognition]:
    from rich.progress import track  # noqa: PLC0415 - slow to import, and only wanted here

    try:
        many = len(files) > 1 and sys.stderr.isatty()
        progress = track(files, "transcribing", console=show.err, disable=not many, transient=True)
        return [
            await asr.transcribe(await _samples(file), language, hot_words=phrases, n_best=n_best) for file in progress
        ]
    finally:
        await asr.child.close()


async def _samples(file: Path) -> Samples:
    """A file's audio at 16 kHz, mono."""
    frames = cast("AsyncGenerator[Frame, None]", FileMicrophone(file, realtime=False).frames())
    async with aclosing(frames):
        heard = [frame.samples async for frame in frames]
    return np.concatenate(heard) if heard else np.empty(0, np.float32)


def _opened(output: Path | None) -> AbstractContextManager[TextIO]:
    """The file, or standard output, which stays open."""
    return output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout)
