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
from oyez.wyoming.hearing import Hearing, Listening
from oyez.wyoming.info import info, satellite
from oyez.wyoming.satellite import Announced
from oyez.wyoming.server import WyomingServer
from oyez.wyoming.speaking import Speaking, Talking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from oyez.config import Config
    from oyez.engines.kokoro.voices import Voice
    from oyez.guests.hearing import GuestAsr
    from oyez.guests.speaking import GuestTts
    from oyez.health import Health
    from oyez.model import Samples
    from oyez.wyoming.connection import Client, Service


def make(
    config: Config,
    *,
    asr: GuestAsr | None,
    tts: GuestTts | None,
    heard: Sequence[str],
    voice: Callable[[], str],
    play: Callable[[str, Samples], Awaitable[object]],
    health: Health,
) -> list[WyomingServer]:
    """The server of the engines, with what there is of them, and one for each room that is a satellite.

    `heard` are the languages of recognition, `voice` is the house's; `play` has a room play a recording.
    """
    ours = config.wyoming
    servers = []
    for room, port in ours.satellites.items():
        servers.append(
            WyomingServer(
                ours.host,
                port,
                satellite(room),
                lambda client, room=room: [Announced(partial(play, room), client)],  # type: ignore[misc]
                announcer=_announcer(config, health, room),
                health=health.part(f"wyoming:{room}"),
            )
        )
    tags = {code: languages.describe(code, installed=True).tag for code in heard} if asr and ours.hear else {}
    spoken = _voices(config) if tts and ours.speak else []
    ends = partial(_ending, config) if ours.end_commands else None
    hearing = Hearing(asr, min_confidence=config.asr.min_confidence, tags=tags, ends=ends) if asr and tags else None
    speaking = Speaking(tts, partial(choose, voice)) if tts and spoken else None

    def services(client: Client) -> list[Service]:
        return [
            *([Listening(hearing, client)] if hearing else []),
            *([Talking(speaking, client)] if speaking else []),
        ]

    return [
        WyomingServer(
            ours.host,
            ours.port,
            info(model=config.asr.model, languages=list(tags.values()), voices=spoken, ends_commands=ours.end_commands),
            services,
            announcer=_announcer(config, health),
            health=health.part("wyoming"),
        ),
        *servers,
    ]


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


def _announcer(config: Config, health: Health, room: str | None = None) -> Announcer | None:
    """None where nobody else could reach us."""
    ours = config.wyoming
    if not ours.announce or _loopback(ours.host):
        return None
    name = ours.name or f"Oyez {socket.gethostname().partition('.')[0]}"
    part = f"wyoming announced:{room}" if room else "wyoming announced"
    return Announcer(f"{name} {room}" if room else name, ours.host, health.part(part))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
