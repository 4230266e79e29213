"""`oyez transcribe`: hear audio files, without daemon or broker."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oyez import hot_words, log, understanding
from oyez.cli import app, options, show
from oyez.cli.transcripts import Form, Row, Writer, form_of
from oyez.engines.mms import languages
from oyez.engines.mms.recordings import MmsRecordings
from oyez.errors import EngineFailed, InvalidInput
from oyez.model import Recognition
from oyez.models import store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from oyez.hot_words import HotWord
    from oyez.listen.rewrite import Rewriting

OUTPUT = "File to write; its ending tells the format: .txt, .json, .srt, .vtt. A folder: a file for each recording."
EXAMPLES = (
    "Examples: oyez transcribe door.wav | oyez transcribe lecture.mp3 -o lecture.srt | "
    "oyez transcribe *.flac -l es --format vtt -o subtitles/ | oyez transcribe *.flac --json -o heard.json | "
    "oyez transcribe a.wav --hot-word 'hallway lamp' --n-best 3 --json"
)


@app.command(epilog=EXAMPLES)
def transcribe(
    files: Annotated[
        list[Path], typer.Argument(help="Audio files: WAV, FLAC, OGG, MP3, any rate, any channels, of any length.")
    ],
    language: Annotated[
        str, typer.Option("--language", "-l", help="Language spoken (oyez languages); of several, as in eng,spa, one.")
    ] = "eng",
    model: Annotated[
        str | None, typer.Option(help="Installed model, or a folder. Default: the configuration's.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=OUTPUT, show_default=False)] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="Default: as the output's ending tells, else text.")
    ] = None,
    hot_word: Annotated[
        list[str] | None, typer.Option(help="A phrase to listen for, as in asr.hot_words; may be repeated.")
    ] = None,
    n_best: Annotated[
        int, typer.Option(min=1, max=100, help="Readings; those after the best stand in --json. Up to 30 s of audio.")
    ] = 1,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Write down what is said in audio files, with the hot words, lists and corrections of the configuration."""
    log.configure("warning")
    writer = Writer(files, output, form_of(Form.JSON if as_json else form, output))
    loaded = options.config_or_demo(config)
    folder = store.model_path(loaded.models_dir, model or loaded.asr.model)
    installed = languages.installed(folder)
    code = ", ".join(languages.resolve_all(language, installed))
    asr = loaded.asr
    decoding = understanding.decoding(asr, installed)
    mms = MmsRecordings(folder, threads=asr.threads, decoding=decoding, precision=asr.precision)
    phrases = parse_hot_words([*loaded.asr.hot_words, *(hot_word or ())])
    rewrite = understanding.rewriting(loaded.asr, installed)
    asyncio.run(_transcribe(Hearer(mms, code, phrases, n_best, rewrite), files, writer))
    if any(row.error for row in writer.rows):
        raise typer.Exit(InvalidInput.exit_code)


def parse_hot_words(texts: Sequence[str]) -> list[HotWord]:
    """Hot words as the command line has them. Raises InvalidInput."""
    try:
        return [hot_words.parse(text) for text in texts]
    except ValueError as error:
        raise InvalidInput(f"--hot-word {error}") from None


class Hearer:
    """Hears files, and does to what is said what this house does."""

    def __init__(
        self, mms: MmsRecordings, language: str, phrases: Sequence[HotWord], n_best: int, rewrite: Rewriting
    ) -> None:
        self._mms = mms
        self._language = language
        self._phrases = phrases
        self._n_best = n_best
        self._rewrite = rewrite

    async def hear(self, file: Path, progress: Callable[[float, float], None]) -> Row:
        """One file. Raises InvalidInput, EngineFailed."""
        heard = await self._mms.hear(
            file, self._language, hot_words=self._phrases, n_best=self._n_best, progress=progress
        )
        return Row.of(file, heard, self._rewrite(heard.recognition, (one.phrase for one in self._phrases)))

    def deaf(self, file: Path, error: InvalidInput | EngineFailed) -> Row:
        """The row of a file that couldn't be heard."""
        return Row(file, Recognition("", self._language, 0.0), error=error.message)

    async def close(self) -> None:
        """End its process."""
        await self._mms.child.close()


async def _transcribe(hearer: Hearer, files: Sequence[Path], writer: Writer) -> None:
    """One file after another; one of many that can't be heard is told, and the others are heard."""
    try:
        for number, file in enumerate(files, 1):
            try:
                with bar(f"{number}/{len(files)} {file.name}" if len(files) > 1 else file.name) as progress:
                    row = await hearer.hear(file, progress)
            except (InvalidInput, EngineFailed) as error:
                if len(files) == 1:
                    raise
                show.error(error)
                row = hearer.deaf(file, error)
            _tell(row)
            writer.add(row)
    finally:
        await hearer.close()
    writer.finish()


def _tell(row: Row) -> None:
    """What was wrong with a file that was heard."""
    show.notes(f"{row.file}: {note}" for note in row.notes)
    if row.error and row.seconds:
        show.error(
            InvalidInput(f"{row.file} isn't whole: {row.error}", hint="what is there was heard; copy it once more")
        )


@contextmanager
def bar(what: str) -> Iterator[Callable[[float, float], None]]:
    """A progress bar on a terminal."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=show.err, transient=True, disable=not sys.stderr.isatty()) as shown:
        task = shown.add_task(show.plain(what), total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
