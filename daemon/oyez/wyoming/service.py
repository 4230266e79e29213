"""The server made from the config: what it offers, and how its clients are served."""

from __future__ import annotations

import ipaddress
import socket
from functools import partial
from typing import TYPE_CHECKING

from oyez.engines.kokoro import voices
from oyez.engines.mms import languages
from oyez.engines.vad import make_vad
from oyez.wyoming.announce import Announcer
from oyez.wyoming.command import Ending
from oyez.wyoming.hearing import Hearing
from oyez.wyoming.info import info
from oyez.wyoming.server import WyomingServer
from oyez.wyoming.speaking import Speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oyez.config import Config
    from oyez.engines.kokoro.voices import Voice
    from oyez.guests.hearing import GuestAsr
    from oyez.guests.speaking import GuestTts
    from oyez.health import Health


def make(
    config: Config,
    *,
    asr: GuestAsr | None,
    tts: GuestTts | None,
    heard: Sequence[str],
    voice: Callable[[], str],
    health: Health,
) -> WyomingServer:
    """The server with what there is of engines; `heard` are the languages of recognition, `voice` is the house's."""
    ours = config.wyoming
    tags = {code: languages.describe(code, installed=True).tag for code in heard} if asr and ours.hear else {}
    spoken = _voices(config) if tts and ours.speak else []
    ends = partial(_ending, config) if ours.end_commands else None
    return WyomingServer(
        ours,
        info(model=config.asr.model, languages=list(tags.values()), voices=spoken, ends_commands=ours.end_commands),
        hearing=Hearing(asr, min_confidence=config.asr.min_confidence, tags=tags, ends=ends) if asr and tags else None,
        speaking=Speaking(tts, partial(choose, voice)) if tts and spoken else None,
        announcer=_announcer(config, health),
        health=health.part("wyoming"),
    )


def choose(own: Callable[[], str], name: str | None, language: str | None) -> str:
    """The voice of a name, else for a BCP-47 tag, else the house's own.

    Raises InvalidInput for one that isn't there.
    """
    voice = voices.find(name or own())
    spoken = voices.spoken_language(voice, None if name else language)
    if spoken is not voice.language:
        voice = min((one for one in voices.catalogue().values() if one.language is spoken), key=_grade)
    return voice.name


def _grade(voice: Voice) -> str:
    return voice.grade or "Z"


def _voices(config: Config) -> list[Voice]:
    """All that can be had, and the blends of the rooms."""
    rooms = [voices.find(room.voice) for room in config.rooms.values()]
    known = {voice.name: voice for voice in (*voices.catalogue().values(), *rooms)}
    return [voice for voice in known.values() if voice.language.spoken]


def _ending(config: Config, sensitivity: str) -> Ending:
    return Ending(make_vad(config.vad.engine), config.vad, sensitivity)


def _announcer(config: Config, health: Health) -> Announcer | None:
    """None where nobody else could reach us."""
    ours = config.wyoming
    if not ours.announce or _loopback(ours.host):
        return None
    name = ours.name or f"Oyez {socket.gethostname().partition('.')[0]}"
    return Announcer(name, ours.host, health.part("wyoming announced"))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
