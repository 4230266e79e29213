"""`oyez transcribe` and `oyez speak`: hear files and read text aloud, without daemon or broker."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager, aclosing, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import numpy as np
import soundfile
import typer

from oyez import log
from oyez.audio.devices import open_speaker
from oyez.audio.file import FileMicrophone
from oyez.audio.loopback import Airs
from oyez.audio.speech import reading
from oyez.cli import app, options, show
from oyez.engines.kokoro.engine import KokoroTts
from oyez.engines.mms.engine import MmsAsr
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.models import store
from oyez.parts import preparer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from oyez.config import Config
    from oyez.model import Frame, Recognition, Samples, SpeechChunk

OutOption = Annotated[Path | None, typer.Option("--output", "-o", help="File to write.", show_default=False)]


@app.command(epilog="Examples: oyez transcribe door.wav | oyez transcribe *.flac --language spa --json -o heard.json")
def transcribe(
    files: Annotated[list[Path], typer.Argument(help="Audio files: WAV, FLAC, OGG, MP3, any rate, any channels.")],
    language: Annotated[str, typer.Option("--language", "-l", help="Language spoken (oyez languages).")] = "eng",
    model: Annotated[str | None, typer.Option(help="Installed model. Default: the configuration's.")] = None,
    output: OutOption = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Write down what is said in audio files."""
    log.configure("warning")
    loaded = options.config_or_demo(config)
    folder = store.model_path(loaded.models_dir, model or loaded.asr.model)
    recognised = asyncio.run(_transcribe(MmsAsr(folder, threads=loaded.asr.threads), files, language))
    rows = [{"file": str(file)} | asdict(recognition) for file, recognition in zip(files, recognised, strict=True)]
    with _opened(output) as target:
        if as_json:
            show.as_json(rows, target)
        else:
            for row in rows:
                target.write(f"{row['file']}: {row['text']}\n" if len(rows) > 1 else f"{row['text']}\n")


@app.command(
    epilog="Examples: oyez speak 'Dinner is ready.' | oyez speak - -o news.flac < news.txt | oyez speak -v ef_dora Hola"
)
def speak(
    text: Annotated[list[str], typer.Argument(help="What to say; - reads standard input.")],
    voice: Annotated[str, typer.Option("--voice", "-v", help="Voice (oyez voices).")] = "af_heart",
    language: Annotated[str | None, typer.Option(help="Language of the text; default: the voice's.")] = None,
    speed: Annotated[float, typer.Option(help="0.5 to 2.")] = 1.0,
    volume: Annotated[float, typer.Option(help="0 to 2.")] = 1.0,
    speaker: Annotated[str, typer.Option(help="Device to play on (oyez devices).")] = "default",
    output: OutOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Read a text aloud, or into a file (WAV, FLAC, OGG, MP3 by its name)."""
    log.configure("warning")
    loaded = options.config_or_demo(config)
    words = sys.stdin.read() if text == ["-"] else " ".join(text)
    tts = _tts(loaded)
    speech = tts.synthesise(words, voice=voice, language=language, speed=speed)
    notes: list[str] = []
    if output:
        asyncio.run(_write(tts, _noting(speech, notes), output, volume))
    else:
        asyncio.run(_play(tts, _noting(speech, notes), speaker, volume, loaded))
    for note in notes:
        show.err.print(f"[yellow]note:[/] {show.plain(note)}")


def _tts(config: Config) -> KokoroTts:
    folder = store.model_path(config.models_dir, config.tts.model)
    return KokoroTts(folder, prepare=preparer(config), g2p=config.tts.g2p, threads=config.tts.threads)


async def _transcribe(asr: MmsAsr, files: list[Path], language: str) -> list[Recognition]:
    from rich.progress import track  # noqa: PLC0415 - slow to import, and only wanted here

    try:
        many = len(files) > 1 and sys.stderr.isatty()
        progress = track(files, "transcribing", console=show.err, disable=not many, transient=True)
        return [await asr.transcribe(await _samples(file), language) for file in progress]
    finally:
        await asr.child.close()


async def _samples(file: Path) -> Samples:
    """A file's audio at 16 kHz, mono."""
    frames = cast("AsyncGenerator[Frame, None]", FileMicrophone(file, realtime=False).frames())
    async with aclosing(frames):
        heard = [frame.samples async for frame in frames]
    return np.concatenate(heard) if heard else np.empty(0, np.float32)


async def _noting(speech: AsyncGenerator[SpeechChunk, None], notes: list[str]) -> AsyncGenerator[SpeechChunk, None]:
    async with aclosing(speech):
        async for chunk in speech:
            notes.extend(note for note in chunk.notes if note not in notes)
            yield chunk


async def _write(tts: KokoroTts, speech: AsyncGenerator[SpeechChunk, None], output: Path, volume: float) -> None:
    form = output.suffix.lstrip(".").upper()
    if form not in soundfile.available_formats():
        known = ", ".join(sorted(name.lower() for name in ("WAV", "FLAC", "OGG", "MP3")))
        raise InvalidInput(
            f"{output}: {output.suffix or 'a name without an ending'} isn't an audio format", hint=f"use {known}"
        )
    try:
        async with reading(speech, volume) as chunks:
            said = [samples async for samples in chunks]
    finally:
        await tts.child.close()
    try:
        soundfile.write(output, np.concatenate(said or [np.empty(0, np.float32)]), SPEECH_RATE, format=form)
    except (OSError, soundfile.LibsndfileError) as error:
        raise InvalidInput(f"{output} can't be written: {error}") from error


async def _play(
    tts: KokoroTts, speech: AsyncGenerator[SpeechChunk, None], device: str, volume: float, config: Config
) -> None:
    speaker = open_speaker(device, airs=Airs(), lead_in_ms=config.audio.lead_in_ms)
    try:
        await speaker.play(speech, volume=volume)
    finally:
        await speaker.close()
        await tts.child.close()


def _opened(output: Path | None) -> AbstractContextManager[TextIO]:
    """The file, or standard output, which stays open."""
    return output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout)
