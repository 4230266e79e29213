"""The parts of a house, made from the config; its names of voices, languages and devices are checked on the way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from oyez import __version__, devices, understanding
from oyez.config import EMBEDDED
from oyez.device_spec import parse
from oyez.engines import noise
from oyez.engines.ge2e import VOICES, WEIGHTS
from oyez.engines.kokoro import versions, voices
from oyez.engines.kokoro.engine import KokoroTts
from oyez.engines.kokoro.languages import known_tag
from oyez.engines.mms import languages
from oyez.engines.mms.engine import MmsAsr
from oyez.guests.hearing import GuestAsr
from oyez.guests.speaking import GuestTts
from oyez.guests.turns import Turns
from oyez.listen.voices import Voices
from oyez.models import store
from oyez.mqtt import discovery
from oyez.mqtt.client import Broker
from oyez.mqtt.embedded import EmbeddedBroker
from oyez.outside import known_only
from oyez.settings import Settings
from oyez.speak.cache import CachedTts
from oyez.speak.cache.shelf import Shelf
from oyez.speak.lexicon import EVERY_LANGUAGE, Lexicon
from oyez.speak.script import prepare
from oyez.speakers import FILE, Speakers
from oyez.understanding import blaming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from oyez.config import Config, RoomConfig
    from oyez.health import Health
    from oyez.listen.expected import Expected
    from oyez.listen.rewrite import Rewriting
    from oyez.media import Media
    from oyez.model import Samples
    from oyez.ports import Asr, Prepare, ScriptedTts
    from oyez.wyoming.server import WyomingServer

BROKER_LIMIT = 45.0  # the longest silence, in seconds, that the watchdog takes for work


def rooms_that_hear(config: Config) -> dict[str, RoomConfig]:
    """The rooms with a microphone."""
    return {name: room for name, room in config.rooms.items() if parse(room.microphone).kind != "none"}


def rooms_that_speak(config: Config) -> dict[str, RoomConfig]:
    """The rooms with a speaker."""
    return {name: room for name, room in config.rooms.items() if parse(room.speaker).kind != "none"}


def broker(config: Config, health: Health) -> tuple[EmbeddedBroker | None, Broker]:
    """The connection to the broker, and the broker itself where it is a child of ours."""
    wanted = config.broker.host == EMBEDDED
    embedded = EmbeddedBroker(config.state_dir / "broker", config.broker.port) if wanted else None
    part = health.part("broker", limit=BROKER_LIMIT)
    return embedded, Broker(config.broker, part, address=embedded.address if embedded else None)


def languages_heard(config: Config) -> tuple[str, ...]:
    """The languages of the hearing engine, none if there is none. Raises ModelMissing, ModelDamaged."""
    if not rooms_that_hear(config) and not (config.wyoming.enabled and config.wyoming.hear):
        return ()
    return languages.installed(store.model_path(config.models_dir, config.asr.model))


def recognition(config: Config) -> MmsAsr | None:
    """The hearing engine, if a room hears or clients may.

    Raises ModelMissing, ModelDamaged; ConfigError for a language it hasn't.
    """
    installed = languages_heard(config)
    if not installed:
        return None
    folder = store.model_path(config.models_dir, config.asr.model)
    for name, room in rooms_that_hear(config).items():
        with blaming(f"rooms.{name}.language"):
            languages.resolve_all(room.language, installed)
    return MmsAsr(
        folder,
        threads=config.asr.threads,
        decoding=understanding.decoding(config.asr, installed),
        precision=config.asr.precision,
        voices=store.model_path(config.models_dir, VOICES) if config.asr.speakers else None,
        memory_limit_bytes=config.asr.memory_limit_mb << 20,
        unload_after=config.asr.unload_after_s or None,
    )


def voices_known(config: Config) -> Voices | None:
    """Whose voices rooms hear, where transcripts are to tell it. Raises ModelMissing, ModelDamaged."""
    return Voices(enrolment(config)) if config.asr.speakers else None


def enrolment(config: Config) -> Speakers:
    """Those who are enrolled. Raises ModelMissing, ModelDamaged."""
    store.model_path(config.models_dir, VOICES)
    installed = store.installed(config.models_dir, VOICES)
    model = f"{VOICES} {installed.prepared_by} {installed.fetched[WEIGHTS]}" if installed else ""
    return Speakers(config.state_dir / FILE, model=model, min_score=config.asr.speaker_min_score)


def synthesis(config: Config, media: Media) -> KokoroTts | None:
    """The speaking engine, if a room speaks or clients may be spoken to.

    Raises ModelMissing, ModelDamaged; ConfigError for an unknown voice.
    """
    rooms = rooms_that_speak(config)
    if not rooms and not (config.wyoming.enabled and config.wyoming.speak):
        return None
    for name, room in rooms.items():
        with blaming(f"rooms.{name}.voice"):
            voices.find(room.voice)
    tts = config.tts
    folder = store.model_path(config.models_dir, tts.model)
    return KokoroTts(
        folder,
        prepare=preparer(config, media),
        gather=media.gather,
        g2p=tts.g2p,
        threads=tts.threads,
        device=tts.device,
        memory_limit_bytes=tts.memory_limit_mb << 20,
        unload_after=tts.unload_after_s or None,
    )


def remembering(tts: KokoroTts, config: Config, health: Health) -> ScriptedTts:
    """The speaking engine with its cache, where the house has one."""
    folder, limit = config.cache_dir, config.tts.cache_mb * 1_000_000
    if not folder or not limit:
        return tts
    return CachedTts(tts, Shelf(folder, limit), maker=_maker(config), health=health.part("cache"))


def _maker(config: Config) -> str:
    """All that makes the sound of a script: versions, files."""
    model = store.identity(config.models_dir, config.tts.model)
    return repr((__version__, config.tts.g2p, config.tts.device, model, versions.installed()))


def preparer(config: Config, media: Media) -> Prepare:
    """What makes texts ready to be spoken in this house. Raises ConfigError for a lexicon in an unknown language."""
    for tag in config.tts.pronounce.keys() - {EVERY_LANGUAGE}:
        with blaming(f"tts.pronounce.{tag}"):
            known_tag(tag)
    return partial(prepare, lexicon=Lexicon(config.tts.pronounce), find_sound=media.find)


def rooms_as_told(rooms: Mapping[str, RoomConfig], config: Config, heard: Sequence[str]) -> list[discovery.Room]:
    """What Home Assistant must know of the rooms, as they are now. `heard` are the languages that can be.

    What a room is set to is among its options, and so is what the config says: nobody is to lose it by trying another.
    """
    hear, speak = rooms_that_hear(config), rooms_that_speak(config)
    spoken = [name for name, voice in voices.catalogue().items() if voice.language.spoken]
    return [
        discovery.Room(
            name,
            name in hear,
            name in speak,
            tuple(dict.fromkeys([*heard, config.rooms[name].language, room.language])),
            tuple(dict.fromkeys([*spoken, config.rooms[name].voice, room.voice])),
            denoises=noise.installed(),
        )
        for name, room in rooms.items()
    ]


def settings(config: Config, heard: Sequence[str], apply: Callable[[str], Awaitable[None]]) -> Settings:
    """What is set while the daemon runs; `heard` are the languages that can be."""

    def check(room: RoomConfig) -> None:
        if parse(room.speaker).kind != "none":
            voices.find(room.voice)
        if parse(room.microphone).kind != "none":
            languages.resolve_all(room.language, heard)
        if room.noise_suppression:
            noise.library()

    profiles = {name: config.profile(name) for name in config.profiles}
    for name, rooms in profiles.items():
        with blaming(f"profiles.{name}"):
            for room, values in rooms.items():
                check(config.rooms[room].altered(**values))
    return Settings(config.state_dir / "settings.json", config.rooms, check=check, apply=apply, profiles=profiles)


def guest_asr(asr: Asr, heard: Sequence[str], settings: Settings, expected: Expected, rewriting: Rewriting) -> GuestAsr:
    """The hearing engine, with the languages `heard`, for those who send recordings."""
    return GuestAsr(
        asr,
        Turns("recognition"),
        installed=heard,
        default=lambda: settings.languages[expected.rooms[0]] if expected.rooms else heard[0],  # the first room's
        expected=lambda: expected.of(None),
        rewrite=rewriting,
    )


def guest_tts(tts: KokoroTts) -> GuestTts:
    """The speaking engine for those who want sound."""
    return GuestTts(tts, Turns("synthesis"))


def wyoming(
    config: Config,
    asr: GuestAsr | None,
    tts: GuestTts | None,
    *,
    heard: Sequence[str],
    settings: Settings,
    play: Callable[[str, Samples], Awaitable[object]],
    health: Health,
) -> list[WyomingServer]:
    """The Wyoming servers of the house; `play` has a room play a recording.

    Raises ModelMissing when their extra isn't installed, ConfigError for a satellite that doesn't speak.
    """
    if not config.wyoming.enabled:
        return []
    for name in config.wyoming.satellites:
        with blaming("wyoming.satellites"):
            known_only([name], rooms_that_speak(config), what="room that speaks")
    room = next(iter(rooms_that_speak(config) or config.rooms))
    voice = lambda: settings.rooms[room].voice  # noqa: E731 - as it is set when it is asked for
    made: list[WyomingServer] = devices.wyoming("service").make(
        config, asr=asr, tts=tts, heard=heard, voice=voice, play=play, health=health
    )
    return made
