"""`oyez doctor`: what works here, what doesn't, and the command that mends it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import platform
import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from oyez import __version__, log, parts
from oyez.audio.listing import list_devices
from oyez.cli import app, options, show
from oyez.config import EMBEDDED
from oyez.device_spec import parse
from oyez.devices import reach
from oyez.engines.kokoro import languages
from oyez.engines.kokoro.g2p import misaki_available
from oyez.engines.kokoro.statistics import trusted
from oyez.engines.vad import make_vad
from oyez.errors import OyezError
from oyez.models import store
from oyez.mqtt.embedded import find_program
from oyez.mqtt.talk import visit

if TYPE_CHECKING:
    from oyez.config import Config


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `ok` is False when something wanted doesn't work; `mend` is the command that helps."""

    what: str
    ok: bool
    found: str
    mend: str | None = None


@app.command(epilog="Examples: oyez doctor | oyez doctor --config /etc/oyez/oyez.yaml --json")
def doctor(config: options.ConfigOption = None, as_json: options.JsonOption = False) -> None:
    """Look at everything Oyez needs; status 1 if something that the configuration wants doesn't work."""
    log.configure("error")
    where = options.find_config(config)
    findings = [Finding("oyez", ok=True, found=f"{__version__} on Python {platform.python_version()}")]
    try:
        loaded = options.config_or_demo(config)
        findings.append(
            Finding("configuration", ok=True, found=str(where or "none found: looking at what the demo needs"))
        )
        findings += asyncio.run(_examine(loaded))
    except OyezError as problem:
        findings.append(Finding("configuration", ok=False, found=problem.message, mend=problem.hint))
    if as_json:
        show.as_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


async def _examine(config: Config) -> list[Finding]:
    hears = any(room.microphone != "none" for room in config.rooms.values())
    speaks = any(room.speaker != "none" for room in config.rooms.values())
    findings = [await _try("broker", lambda: _broker(config))]
    if hears:
        findings.append(await _try(f"hearing: {config.asr.model}", lambda: _model(config, config.asr.model)))
        findings.append(await _try("voice activity", lambda: _vad(config)))
        findings += _recordings(config)
    if config.asr.speakers:
        findings.append(await _try("who spoke", lambda: _speakers(config)))
    if speaks:
        findings.append(await _try(f"speaking: {config.tts.model}", lambda: _model(config, config.tts.model)))
        findings.append(_streaming(config))
        findings.append(_g2p())
    findings.append(await _try("sound", lambda: _sound(config)))
    findings += await _network(config)
    return [*findings, *_machine(config)]


async def _try(what: str, look: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, ok=True, found=await look())
    except OyezError as problem:
        return Finding(what, ok=False, found=problem.message, mend=problem.hint)


async def _broker(config: Config) -> str:
    if config.broker.host == EMBEDDED:
        return f"embedded: {find_program('mosquitto', 'mosquitto')}"
    async with visit(config.broker):
        return f"{config.broker.host}:{config.broker.port} answers, MQTT 5"


async def _model(config: Config, name: str) -> str:
    return str(store.model_path(config.models_dir, name))


async def _speakers(config: Config) -> str:
    everyone = await asyncio.to_thread(parts.enrolment(config).everyone)
    return f"voiceprints of {len(everyone)} people are kept in {config.state_dir}: oyez speakers list"


async def _vad(config: Config) -> str:
    make_vad(config.vad.engine)
    return config.vad.engine


async def _sound(config: Config) -> str:
    wanted = {device for room in config.rooms.values() for device in (room.microphone, room.speaker)}
    real = {device for device in wanted if parse(device).kind == "device"}
    found = await list_devices()
    names = ", ".join(device.name for device in found) or "no devices"
    return names if real else f"{names} (the configuration names none)"


async def _network(config: Config) -> list[Finding]:
    """The microphones and speakers of other machines."""
    wanted = [("microphone", name, room.microphone) for name, room in config.rooms.items()]
    wanted += [("speaker", name, room.speaker) for name, room in config.rooms.items()]
    return [
        await _try(f"{what} of {name}", partial(reach, what, device))
        for what, name, device in wanted
        if parse(device).remote
    ]


def _streaming(config: Config) -> Finding:
    if "/" in config.tts.model:
        return Finding("streaming", ok=True, found="whole sentences, which take longer to begin: torch computes them")
    try:
        _, statistics = trusted(config.models_dir / config.tts.model)
    except OyezError as problem:
        whole = f"whole sentences, which take longer to begin: {problem.message}"
        return Finding("streaming", ok=True, found=whole, mend=problem.hint)
    found = f"sentences are heard before they are finished, in {len(statistics.voices)} voices"
    return Finding("streaming", ok=True, found=found)


def _g2p() -> Finding:
    english = misaki_available()
    unread = [language for language in languages.catalogue().values() if not language.spoken]
    found = "misaki for English, espeak-ng for the rest" if english else "espeak-ng"
    found += "".join(f"; nothing for {language.name}" for language in unread)
    extras = [*([] if english else ["english"]), *(language.extra for language in unread if language.extra)]
    mend = f'more: pip install "oyez[{",".join(extras)}]"' if extras else None
    return Finding("pronunciation", ok=True, found=found, mend=mend)


def _recordings(config: Config) -> Iterator[Finding]:
    if folder := config.asr.recordings_dir:
        fine, parent = _writable(folder)
        found = f"all that rooms hear is kept in {folder}, up to {config.asr.recordings_mb} MB"
        yield Finding("recordings", ok=fine, found=found, mend=None if fine else f"sudo chown $USER {parent}")


def _writable(folder: Path) -> tuple[bool, Path]:
    """Whether a folder can be written to or made, and the part of its path that is there already."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return there.is_dir() and os.access(there, os.W_OK), there


def _machine(config: Config) -> Iterator[Finding]:
    state = config.state_dir
    fine, parent = _writable(state)
    yield Finding("state folder", ok=fine, found=str(state), mend=None if fine else f"sudo chown $USER {parent}")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    yield Finding("machine", ok=True, found=f"{os.cpu_count()} cores, {memory:.0f} GB, {_free(config.models_dir)}")
    if Path("/run/systemd/system").exists() and not importlib.util.find_spec("systemd"):
        yield Finding(
            "journal", ok=True, found="plain lines", mend='fields in the journal: pip install "oyez[systemd]"'
        )


def _free(folder: Path) -> str:
    parent = next(one for one in (folder, *folder.parents) if one.exists())
    return f"{shutil.disk_usage(parent).free / 1e9:.0f} GB of disk free for models"


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        mark = "[green]ok[/]  " if finding.ok else "[bold red]no[/]  "
        show.out.print(f"{mark}[bold]{finding.what}[/]: {show.plain(finding.found)}")
        if finding.mend and not finding.ok:
            show.out.print(f"      -> {show.plain(finding.mend)}")
        elif finding.mend:
            show.out.print(f"      {show.plain(finding.mend)}")
