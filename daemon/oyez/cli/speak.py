"""`oyez speak`: say texts aloud or into files, without daemon or broker."""

from __future__ import annotations

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from oyez import log
from oyez.cli import app, jobs, options, phonemes, prompt, show
from oyez.cli.source import STANDARD
from oyez.cli.speaking import Speaking
from oyez.errors import InvalidInput
from oyez.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from oyez.cli.jobs import Job
    from oyez.config import Config

T = TypeVar("T")

OUTPUT = (
    "File to write, as sound comes; its ending tells the format: .wav, .flac, .opus or .ogg (Opus), .mp3. A folder: a "
    "file for each text. -: raw sound to standard output (16 bits, little-endian, 24 kHz, mono). Default: play it."
)
EXAMPLES = (
    "Examples: oyez speak 'Dinner is ready.' | oyez speak - -o news.flac < news.txt | "
    "oyez speak -f *.txt -o sounds --format opus --subtitles srt | oyez speak Hello -o - | aplay -f S16_LE -r 24000 | "
    "oyez speak -v ef_dora --phonemes 'Son las 7:45.'"
)


@app.command(epilog=EXAMPLES)
def speak(
    text: Annotated[
        list[str] | None,
        typer.Argument(
            help="What to say; - reads standard input. Nothing, at a terminal: say what you type, line by line.",
            show_default=False,
        ),
    ] = None,
    files: Annotated[bool, typer.Option("--file", "-f", help="The arguments are files (UTF-8) with texts.")] = False,
    voice: Annotated[str, typer.Option("--voice", "-v", help="Voice or blend of voices (oyez voices).")] = "af_heart",
    language: Annotated[str | None, typer.Option(help="Language of the text; default: the voice's.")] = None,
    speed: Annotated[float, typer.Option(help="0.5 to 2.")] = 1.0,
    volume: Annotated[
        float | None, typer.Option(parser=options.volume, metavar="VOLUME", help=options.VOLUME, show_default=False)
    ] = None,
    speaker: Annotated[str, typer.Option(help="Device to play on (oyez devices).")] = "default",
    output: Annotated[Path | None, typer.Option("--output", "-o", help=OUTPUT, show_default=False)] = None,
    form: Annotated[str, typer.Option("--format", help="Format of files in a folder: wav, flac, opus, mp3.")] = "wav",
    subtitles: Annotated[
        str | None,
        typer.Option(help="File.srt or .vtt to write; just srt or vtt: beside the sound.", show_default=False),
    ] = None,
    words: Annotated[
        str | None,
        typer.Option(help="File.json for the time of each word; just json: beside the sound.", show_default=False),
    ] = None,
    only_phonemes: Annotated[bool, typer.Option("--phonemes", help="Print what would be said, and how.")] = False,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Say a text aloud, or into a file, or many into many."""
    log.configure("warning")
    loaded = options.config_or_demo(config)
    speech = _speech(loaded, voice, language, speed)
    speaking = Speaking(speech, 1.0 if volume is None else volume, device=speaker, lead_in_ms=loaded.audio.lead_in_ms)
    if not text and sys.stdin.isatty() and not (files or output or only_phonemes):
        prompt.converse(speaking)
        return
    wanted = jobs.Wanted(output, form, subtitles, words)
    if files and not text:
        raise InvalidInput("--file without a file", hint="oyez speak --file news.txt")
    todo = jobs.of_files([Path(name) for name in text or ()], wanted) if files else _given(text, wanted)
    if as_json and output == STANDARD:
        raise InvalidInput("-o - and --json both want standard output", hint="write the sound to a file")
    if only_phonemes:
        reading = partial(phonemes.read, config=loaded, voice=voice, language=language, speed=speed)
        _print_phonemes(todo, reading, as_json)
    else:
        _say_all(todo, speaking, as_json)


def _given(text: list[str] | None, wanted: jobs.Wanted) -> list[Job]:
    return jobs.of_text(" ".join(text) if text else "-", wanted)


def _speech(config: Config, voice: str, language: str | None, speed: float) -> Speech:
    tts = config.tts
    return Speech(
        voice,
        language=language,
        speed=speed,
        model=tts.model,
        models_dir=config.models_dir,
        pronounce=tts.pronounce,
        media_dir=config.audio.media_dir,
        g2p=tts.g2p,
        threads=tts.threads,
    )


def _say_all(todo: list[Job], speaking: Speaking, as_json: bool) -> None:
    """Say one after another; a text of many that can't be said is told, and the others are said."""
    from rich.progress import track  # noqa: PLC0415 - slow to import, and only wanted here

    bar = len(todo) > 1 and todo[0].output not in (None, STANDARD) and sys.stderr.isatty()
    shown = track(todo, "speaking", console=show.err, disable=not bar, transient=True)
    with asyncio.Runner() as runner:
        try:
            rows = [_say(runner, speaking, job, alone=len(todo) == 1) for job in shown]
        finally:
            runner.run(speaking.close())
    if as_json:
        show.as_json(rows)
    if any("error" in row for row in rows):
        raise typer.Exit(InvalidInput.exit_code)


def _say(runner: asyncio.Runner, speaking: Speaking, job: Job, *, alone: bool) -> dict[str, Any]:
    try:
        told = _run(runner, speaking.say(job.texts(), job))
    except InvalidInput as error:
        if alone:
            raise
        show.error(InvalidInput(f"{job.source}: {error.message}", hint=error.hint))
        return {"source": str(job.source), "error": error.message}
    show.notes(told.notes)
    return told.row(job)


def _print_phonemes(
    todo: list[Job], read: Callable[[str], Coroutine[Any, Any, tuple[list[dict[str, Any]], list[str]]]], as_json: bool
) -> None:
    said: list[dict[str, Any]] = []
    for job in todo:
        rows, notes = asyncio.run(read(job.read()))
        show.notes(notes)
        said += rows
    if as_json:
        show.as_json(said)
    else:
        phonemes.show_rows(said)


def _run(runner: asyncio.Runner, work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, or until SIGTERM, which ends it in order: nothing half-written, no child left behind."""

    async def ended_in_order() -> T:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        try:
            return await work
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    try:
        return runner.run(ended_in_order())
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
