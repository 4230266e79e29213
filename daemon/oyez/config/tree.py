"""The config: one typed, frozen, strict tree. What stands here is the reference, the example and the JSON schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from oyez import device_spec
from oyez.config import kinds, places, profiles
from oyez.config.broker import BrokerConfig
from oyez.config.engines import AsrConfig, TtsConfig
from oyez.config.hermes import HermesConfig
from oyez.config.hooks import HooksConfig
from oyez.config.http import HttpConfig
from oyez.config.profiles import Profiles
from oyez.config.section import Section, key
from oyez.config.vad import VadConfig
from oyez.config.wyoming import WyomingConfig
from oyez.errors import InvalidInput
from oyez.hours import Hours, parse


def _state_dir(value: object, info: ValidationInfo) -> object:
    return places.default_state_dir(kinds.environment(info)) if value is None else value


def _models_dir(value: object, info: ValidationInfo) -> object:
    return places.default_models_dir(kinds.environment(info)) if value is None else value


def _cache_dir(value: object, info: ValidationInfo) -> object:
    return places.default_cache_dir(kinds.environment(info)) if value is None else value


_FOLDER = WithJsonSchema({"type": ["string", "null"], "format": "path"})
StateDir: TypeAlias = Annotated[kinds.FilePath, BeforeValidator(_state_dir), _FOLDER]
ModelsDir: TypeAlias = Annotated[kinds.FilePath, BeforeValidator(_models_dir), _FOLDER]
CacheDir: TypeAlias = Annotated[kinds.FilePath | None, BeforeValidator(_cache_dir), _FOLDER]


class RoomConfig(Section):
    """One microphone and/or one speaker, with a language, a voice and a volume."""

    microphone: kinds.Device = key(
        "default",
        does="What hears: `default`, a device's name (`oyez devices`), `file:<path>`, `loopback:<name>` or `none`; of "
        "another machine (docs/devices.md) `wyoming:<host>:<port>`, `udp:<port>` or `udp:<address>:<port>`.",
    )
    speaker: kinds.Speaker = key(
        "default",
        does="What speaks: `default`, a device's name (`oyez devices`), `file:<folder>`, `loopback:<name>` or `none`; "
        "of another machine (docs/devices.md) `wyoming:<host>:<port>`.",
    )
    gain_db: float = key(
        0.0,
        unit="dB",
        ge=-20.0,
        le=40.0,
        does="How much louder the microphone is heard; what would be above full scale is cut. Noise gets louder too.",
    )
    noise_suppression: int = key(
        0,
        ge=0,
        le=4,
        does="How much of the microphone's noise is taken away before anything is heard: `0`: none, up to `4`. Needs "
        "the extra `noise`. What it is worth: docs/vad.md.",
    )
    vad_threshold: float | None = key(
        None,
        gt=0.0,
        lt=1.0,
        unit="probability",
        does="Above it speech starts in this room, higher is deafer; `null`: as in `vad.threshold`.",
    )
    vad_hang_over_ms: int | None = key(
        None,
        unit="ms",
        ge=100,
        le=5000,
        does="Silence that ends an utterance in this room; `null`: as in `vad.hang_over_ms`.",
    )
    vad_adaptive: bool | None = key(
        None,
        does="Whether the hang-over follows the pace of those who speak in this room; `null`: as in `vad.adaptive`.",
    )
    language: kinds.Languages = key(
        "eng",
        does="Language heard: a code, a tag or a name (`eng`, `en-GB`, `English`): `oyez languages`. Of up to four, as "
        "in `[eng, spa]`, the likeliest is taken; each costs a recognition.",
    )
    voice: kinds.Voice = key(
        "af_heart", does="Voice that speaks: `oyez voices`; or a blend: `af_heart*0.6 + bf_emma*0.4`."
    )
    speed: float = key(1.0, ge=0.5, le=2.0, unit="factor", does="How fast the voice speaks.")
    volume: kinds.Volume = key(
        1.0,
        does="How loud: a factor from 0 to 2, percent (`40%`) or decibels (`-6 dB`); peaks above 1 are bent, not cut.",
    )

    hot_words: list[kinds.HotWord] = key(
        [], does="Phrases likelier here than elsewhere, beside those of `asr.hot_words`."
    )
    listening: bool = key(True, does="Whether the microphone is open. `false`: closed, and free for others.")
    chime: kinds.Sound | None = key(
        None, does="Sound before each announcement: `ding`, `ding_dong`, `three`, `alarm`, or a file of `media_dir`."
    )
    quiet: bool = key(False, does="Whether only urgent announcements are spoken.")
    when_quiet: Literal["refuse", "hold"] = key(
        "refuse", does="What becomes of the others while it is quiet: refused, or held until it isn't any more."
    )
    hours: list[kinds.Hours] = key(
        [],
        does="When it is quiet, or louder or softer: `[22:00-07:00 quiet, sat,sun 7:00-9:00 30%]`, by the clock on the "
        "wall. Urgent announcements keep the volume.",
    )

    @property
    def periods(self) -> list[Hours]:
        """Its hours, read."""
        return [parse(text) for text in self.hours]

    def altered(self, **values: object) -> RoomConfig:
        """The same room with other values. Raises InvalidInput."""
        try:
            return RoomConfig.model_validate(self.model_dump() | values)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            what = first["msg"].removeprefix("Value error, ").replace("Input should", "should", 1)
            raise InvalidInput(f"{first['loc'][0]}: {what}") from None

    @model_validator(mode="after")
    def _hears_or_speaks(self) -> RoomConfig:
        if self.microphone == self.speaker == "none":
            raise ValueError("a room needs a microphone or a speaker; both are none")
        return self


class LoopbackConfig(Section):
    """The air of virtual rooms: what is spoken to `loopback:<name>` is heard there."""

    gain_db: float = key(0.0, unit="dB", ge=-60.0, le=20.0, does="How much louder it arrives.")
    noise_db: float | None = key(None, unit="dBFS", ge=-120.0, le=0.0, does="White noise in the air; `null`: silent.")


class AudioConfig(Section):
    """Playing and capturing."""

    lead_in_ms: int = key(200, unit="ms", ge=0, le=2000, does="Silence played first: cold devices swallow it.")
    file_realtime: bool = key(True, does="Whether a microphone `file:` is heard in real time, or as fast as possible.")
    agenda_capacity: int = key(
        16,
        ge=1,
        le=64,
        does="Announcements that may wait in a room; more are refused, but an urgent one displaces another.",
    )
    duck: kinds.Volume | None = key(
        None,
        does="How loud other players are while a room speaks, as in `30%` of what they were; `null`: as they are. "
        "PulseAudio or PipeWire, on the speaker of that room.",
    )
    media_dir: kinds.FilePath | None = key(
        None, does="Folder of the sounds that announcements may play by name (WAV, FLAC, OGG); `null`: none."
    )
    media_urls: list[kinds.Beginning] = key(
        [],
        does="Beginnings of addresses whose sounds may be fetched and played, as in "
        "`[http://homeassistant.local:8123/]`; empty: nothing is fetched.",
    )
    loopback: LoopbackConfig = key(LoopbackConfig(), does="The air of virtual rooms.")


class HomeAssistantConfig(Section):
    """What Home Assistant finds by itself."""

    discovery: bool = key(True, does="Whether rooms appear in Home Assistant by themselves (MQTT discovery).")
    prefix: kinds.Topic = key("homeassistant", does="Discovery prefix, as in Home Assistant's MQTT options.")
    retain_transcript: bool = key(
        False,
        does="Whether the broker keeps each room's last transcript, for a Home Assistant that starts while Oyez is "
        "off. It may then lie on the broker's disk.",
    )


class LogConfig(Section):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = key("info", does="Least severity that is logged.")
    format: Literal["auto", "console", "json", "journal"] = key(
        "auto", does="`auto`: for the journal under systemd, lines for people elsewhere."
    )
    publish: Literal["off", "debug", "info", "warning", "error"] = key(
        "warning", does="Least severity that is published too, on `oyez/bridge/logging`; not below `level`."
    )
    transcripts: bool = key(False, does="Whether what is said may stand in the log.")


class Config(Section):
    """The whole config of one daemon. Made by `oyez.config.load`."""

    broker: BrokerConfig = key(BrokerConfig(), does="The MQTT 5 broker.")
    rooms: dict[kinds.RoomName, RoomConfig] = key(does="Rooms by name, at least one.", min_length=1)
    groups: dict[kinds.RoomName, list[kinds.RoomName]] = key(
        {}, does="Rooms together under one name, as in `{downstairs: [kitchen, hall]}`; `all` is there by itself."
    )
    profiles: dict[kinds.ProfileName, dict[str, dict[str, Any]]] = key(
        {},
        does="Settings to turn to and away from, by room, group or `all`, as in `{night: {all: {quiet: true}}}`; keys "
        "that can be set while it runs: docs/mqtt.md#profiles.",
    )
    vad: VadConfig = key(VadConfig(), does="Voice activity detection: when speech starts and ends.")
    asr: AsrConfig = key(AsrConfig(), does="Speech recognition: MMS.")
    tts: TtsConfig = key(TtsConfig(), does="Speech synthesis: Kokoro.")
    audio: AudioConfig = key(AudioConfig(), does="Playing and capturing.")
    home_assistant: HomeAssistantConfig = key(HomeAssistantConfig(), does="What Home Assistant finds by itself.")
    wyoming: WyomingConfig = key(WyomingConfig(), does="Service for Home Assistant's Assist: docs/wyoming.md.")
    http: HttpConfig = key(HttpConfig(), does="HTTP, for programs that don't speak MQTT.")
    hermes: HermesConfig = key(HermesConfig(), does="Rhasspy's Hermes topics.")
    hooks: HooksConfig = key(HooksConfig(), does="Programs that are run when something happens: docs/hooks.md.")
    log: LogConfig = key(LogConfig(), does="What is logged, and how.")
    state_dir: StateDir = key(
        None,
        does="Folder for state. `null`: `$STATE_DIRECTORY`, else the user's state folder.",
    )
    models_dir: ModelsDir = key(
        None,
        does="Folder for models. `null`: `$OYEZ_MODELS`, `$STATE_DIRECTORY/models`, or the user's data folder.",
    )
    cache_dir: CacheDir = key(
        None,
        does="Folder for speech kept for a repeat. `null`: `$RUNTIME_DIRECTORY` or `$XDG_RUNTIME_DIR`, which are "
        "memory, so that nothing of it is on the disk; without them none is kept.",
    )

    @field_validator("rooms")
    @classmethod
    def _ports_of_their_own(cls, rooms: dict[str, RoomConfig]) -> dict[str, RoomConfig]:
        listening: dict[int, str] = {}
        for name, room in rooms.items():
            spec = device_spec.parse(room.microphone)
            if spec.kind == "udp" and (other := listening.setdefault(spec.port, name)) != name:
                raise ValueError(f"{other} and {name} both listen to udp port {spec.port}; each needs one of its own")
        return rooms

    @field_validator("groups")
    @classmethod
    def _groups_of_rooms(cls, groups: dict[str, list[str]], info: ValidationInfo) -> dict[str, list[str]]:
        rooms = info.data.get("rooms", {})
        for name, members in groups.items():
            if name in rooms:
                raise ValueError(f"{name} is a room already; a group needs a name of its own")
            if unknown := [room for room in members if rooms and room not in rooms]:
                raise ValueError(f"{name} has {unknown[0]}, which is none of the rooms: {', '.join(rooms)}")
        return groups

    @field_validator("profiles")
    @classmethod
    def _profiles_of_rooms(cls, value: Profiles, info: ValidationInfo) -> Profiles:
        profiles.check(value, info.data.get("rooms", {}), info.data.get("groups", {}))
        return value

    @field_validator("home_assistant")
    @classmethod
    def _prefix_is_not_ours(cls, value: HomeAssistantConfig, info: ValidationInfo) -> HomeAssistantConfig:
        broker = info.data.get("broker")
        trees = (f"{value.prefix}/", f"{broker.base_topic}/" if broker else "")
        if broker and any(one.startswith(other) for one, other in (trees, trees[::-1])):
            raise ValueError(f"prefix {value.prefix} and broker.base_topic {broker.base_topic} lie in each other")
        return value

    def profile(self, name: str) -> dict[str, dict[str, Any]]:
        """What a profile sets, by room and key."""
        return profiles.by_room(self.profiles[name], self.rooms, self.groups)

    def describe(self) -> dict[str, Any]:
        """The tree as JSON values, secrets as stars: for the retained info topic and for `--json`."""
        return self.model_dump(mode="json")
