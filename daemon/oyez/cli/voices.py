"""`oyez voices`: who can speak, and how they sound."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import soundfile
import typer

from oyez import log
from oyez.audio.loopback import Airs
from oyez.cli import app, options, show
from oyez.devices import open_speaker
from oyez.engines.kokoro import languages
from oyez.engines.kokoro import voices as kokoro
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.speech import Speech

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from oyez.config import Config
    from oyez.engines.kokoro.voices import Voice
    from oyez.model import Samples, SpeechChunk

GENDERS = ("female", "male")


@app.command(
    epilog="Examples: oyez voices | oyez voices --language es --gender female | oyez voices af_heart bf_emma --preview"
    " | oyez voices 'af_heart*0.6 + bf_emma*0.4' --preview -o samples | oyez voices --json"
)
def voices(
    names: Annotated[
        list[str] | None, typer.Argument(help="Voices, blends, or parts of names and languages.", show_default=False)
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Tag, code or name: en-GB, spa, french.", show_default=False)
    ] = None,
    gender: Annotated[str | None, typer.Option(help="female or male.", show_default=False)] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Let each say something in its language.")] = False,
    speaker: Annotated[str, typer.Option(help="Device to play previews on (oyez devices).")] = "default",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to write previews into, as WAV files.", show_default=False),
    ] = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """List the voices: name, language, gender, grade (A best); or hear them."""
    found = _chosen(names or [], language, gender)
    if preview or output:
        log.configure("warning")
        loaded = options.config_or_demo(config)
        asyncio.run(let_hear(found, loaded, _writer(output) if output else player(speaker, loaded)))
    elif as_json:
        show.as_json([asdict(voice) | {"licence": kokoro.licence()} for voice in found])
    else:
        rows = [(one.name, one.language.name, one.language.tag, one.gender, one.grade or "-") for one in found]
        title = f"{len(rows)} voices of Kokoro-82M, {kokoro.licence()}"
        show.table(("Voice", "Language", "Tag", "Gender", "Grade"), rows, title=title)


def _chosen(names: list[str], language: str | None, gender: str | None) -> list[Voice]:
    """The voices that are named (all where none is) and as they are wanted. Raises InvalidInput for a name of none."""
    if gender not in (None, *GENDERS):
        raise InvalidInput(f"a gender of {gender!r} is none that a voice has", hint="--gender female, or male")
    tags = {known.tag for known in languages.named(language)} if language else set(languages.catalogue())
    found = {voice.name: voice for name in names or [""] for voice in _named(name)}
    return [one for one in found.values() if one.language.tag in tags and gender in (None, one.gender)]


def _named(name: str) -> list[Voice]:
    """The voice or blend of that name, else those that have it in their name or language."""
    if name in kokoro.catalogue():
        return [kokoro.find(name)]
    return [one for one in kokoro.catalogue().values() if name.casefold() in _described(one)] or [kokoro.find(name)]


def _described(voice: Voice) -> str:
    return f"{voice.name} {voice.language.name} {voice.language.tag}".casefold()


async def let_hear(
    found: list[Voice], config: Config, hear: Callable[[Voice, AsyncIterator[SpeechChunk]], Awaitable[None]]
) -> None:
    """Let each voice that can speak be heard; `hear` plays or writes what one says."""
    tts = config.tts
    async with Speech(model=tts.model, models_dir=config.models_dir, g2p=tts.g2p, threads=tts.threads) as speech:
        for voice in found:
            try:
                await hear(voice, speech.stream(voice.language.sample, voice=voice.name))
            except InvalidInput as refused:
                show.err.print(f"{voice.name}: {show.plain(refused.message)}")


def player(device: str, config: Config) -> Callable[[Voice, AsyncIterator[SpeechChunk]], Awaitable[None]]:
    """What plays a preview on a device, for `let_hear`."""

    async def play(voice: Voice, spoken: AsyncIterator[SpeechChunk]) -> None:
        show.out.print(f"[bold]{show.plain(voice.name)}[/] {voice.language.name}, {voice.gender}")
        speaker = open_speaker(device, airs=Airs(), lead_in_ms=config.audio.lead_in_ms)
        try:
            await speaker.play(spoken)
        finally:
            await speaker.close()

    return play


def _writer(folder: Path) -> Callable[[Voice, AsyncIterator[SpeechChunk]], Awaitable[None]]:
    async def write(voice: Voice, spoken: AsyncIterator[SpeechChunk]) -> None:
        samples = np.concatenate([chunk.samples async for chunk in spoken])
        _save(folder / (re.sub(r"[^\w.]+", "-", voice.name) + ".wav"), samples)

    return write


def _save(file: Path, samples: Samples) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(file, samples, SPEECH_RATE)
    except (OSError, soundfile.LibsndfileError) as error:
        raise InvalidInput(f"{file} can't be written: {error}") from error
    show.out.print(str(file))
