"""What Home Assistant is told about us, so that rooms appear there by themselves: one payload for each device. Pure.

The form is that of Home Assistant's MQTT discovery by device, with its abbreviations: `dev` device, `o` origin, `cmps`
components, `avty` availability, `p` platform, `stat_t` and `cmd_t` topics of state and command, `val_tpl` template of
the value. tests/support/home_assistant.py holds its rules as we know them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oyez.model import ALL
from oyez.mqtt.components import binary, button, number, problem, select, sensor, switch
from oyez.mqtt.topics import BRIDGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.mqtt.components import Component
    from oyez.mqtt.topics import Topics

ACTIVITIES = ("idle", "hearing", "speaking", "trouble")
NAME = "Oyez"
NO_PROFILE = "No profile"  # not "none", which Home Assistant takes for unknown
TEST = "1, 2, 3."  # read in the language of every voice
SUSPENSION = 30  # minutes
DECIBELS = {"min": -20.0, "max": 40.0, "step": 1.0, "unit_of_meas": "dB"}
PROBABILITY = {"min": 0.01, "max": 0.99, "step": 0.01}
SUPPRESSION = {"min": 0, "max": 4, "step": 1}
HANG_OVER = {"min": 100, "max": 5000, "step": 50, "unit_of_meas": "ms"}


@dataclass(frozen=True, slots=True)
class Room:
    """What Home Assistant must know of a room: `languages` it can hear in, `voices` it can speak with.

    `denoises`: it could suppress noise.
    """

    name: str
    hears: bool
    speaks: bool
    languages: Sequence[str] = ()
    voices: Sequence[str] = ()
    denoises: bool = False

    @property
    def title(self) -> str:
        """The name as people write it."""
        return _title(self.name).capitalize()


def node(topics: Topics, name: str) -> str:
    """The id of a device: of letters, digits, `_` and `-`, lasting, and another one for each daemon at the broker."""
    base = topics.base
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", base)
    if plain != base:
        plain += "_" + hashlib.sha256(base.encode()).hexdigest()[:6]
    return f"{plain}_{name}"


def config_topic(prefix: str, topics: Topics, name: str) -> str:
    """Where the payload of a device belongs (retained)."""
    return f"{prefix}/device/{node(topics, name)}/config"


def bridge(
    topics: Topics, version: str, engines: Sequence[str], groups: Sequence[str] = (), profiles: Sequence[str] = ()
) -> dict[str, Any]:
    """The device that is the daemon itself; `groups` are the names for several rooms that speak."""
    alive = _availability(topics)
    components = {
        **{f"say_{group}": alive | _say(_where(group), topics, group) for group in groups},
        "connection": binary(
            "Connection",
            topics.bridge_state,
            "value_json.state == 'online'",
            dev_cla="connectivity",
            ent_cat="diagnostic",
        ),
        "problem": alive
        | binary(
            "Problem",
            topics.bridge_health,
            "not value_json.healthy",
            dev_cla="problem",
            ent_cat="diagnostic",
            json_attr_t=topics.bridge_health,
            json_attr_tpl="{{ {'troubles': value_json.troubles, 'stuck': value_json.stuck} | tojson }}",
        ),
        "update": alive | _update(topics),
        "restart": alive
        | button("Start anew", topics.request("restart"), "PRESS", dev_cla="restart", ent_cat="config"),
        "reload": alive | button("Read the config again", topics.request("reload"), "PRESS", ent_cat="config"),
    }
    if profiles:
        components["profile"] = alive | _profile(topics, profiles)
    components |= {f"memory_{engine}": alive | _memory(topics, engine) for engine in engines}
    device = {"name": NAME, "mf": NAME, "mdl": "Daemon"}
    return _device(node(topics, BRIDGE), NAME.lower(), version, device, components)


def room(topics: Topics, version: str, told: Room) -> dict[str, Any]:
    """The device that is a room."""
    components = (_hearing(topics, told) if told.hears else {}) | (_speaking(topics, told) if told.speaks else {})
    components["state"] = sensor(
        "State", topics.state(told.name), "value_json.activity", dev_cla="enum", ops=list(ACTIVITIES)
    )
    device = {
        "name": f"{told.title} voice",
        "mf": NAME,
        "mdl": "Room",
        "sa": told.title,
        "via_device": node(topics, BRIDGE),
    }
    payload = _device(node(topics, told.name), told.name, version, device, components)
    return payload | _availability(topics, told.name)


def payload(told: dict[str, Any], gone: dict[str, str]) -> bytes:
    """A device as JSON; components that are `gone` (platforms by key) are removed by it."""
    stubs = {key: {"p": platform} for key, platform in gone.items()}
    return json.dumps(told | {"cmps": told["cmps"] | stubs}, ensure_ascii=False, separators=(",", ":")).encode()


def _device(
    own: str, entity: str, version: str, device: dict[str, Any], components: dict[str, Component]
) -> dict[str, Any]:
    """A device with this id; `entity` begins the ids of its entities."""
    named = {
        key: component | {"uniq_id": f"{own}_{key}", "def_ent_id": f"{component['p']}.{entity}_{key}"}
        for key, component in components.items()
    }
    return {
        "dev": {"ids": [own], "sw": version} | device,
        "o": {"name": "oyez", "sw": version},
        "qos": 1,
        "cmps": named,
    }


def _availability(topics: Topics, name: str | None = None) -> dict[str, Any]:
    """The daemon's will, and the room's availability. Home Assistant passes over `stopped`: it becomes `offline`."""
    state = "{{ 'online' if value_json.state == 'online' else 'offline' }}"
    rooms = [{"t": topics.availability(name)}] if name else []
    return {"avty": [{"t": topics.bridge_state, "val_tpl": state}, *rooms], "avty_mode": "all"}


def _hearing(topics: Topics, told: Room) -> dict[str, Component]:
    state, last = topics.state(told.name), topics.transcript(told.name)
    levels = number("Noise suppression", topics, told.name, "noise_suppression", **SUPPRESSION, ic="mdi:waveform")
    return ({"noise_suppression": levels} if told.denoises else {}) | {
        "heard": {
            "p": "event",
            "name": "Heard",
            "stat_t": topics.heard(told.name),
            "evt_typ": ["transcript", "no_match"],
        },
        "transcript": sensor(
            "Last transcript", last, "value_json.text[:255]", json_attr_t=last, frc_upd=True, ic="mdi:text-recognition"
        ),
        "confidence": sensor(
            "Confidence",
            last,
            "(value_json.confidence * 100) | round",
            unit_of_meas="%",
            stat_cla="measurement",
            ent_cat="diagnostic",
            ic="mdi:percent",
        ),
        "speech": binary("Speech", state, "value_json.speech", dev_cla="sound"),
        "listening": switch("Microphone", topics, told.name, "listening", ic="mdi:microphone"),
        "gain_db": number("Microphone gain", topics, told.name, "gain_db", **DECIBELS, ic="mdi:tune-vertical"),
        "vad_threshold": number(
            "VAD threshold", topics, told.name, "vad_threshold", **PROBABILITY, ic="mdi:ear-hearing"
        ),
        "vad_hang_over_ms": number(
            "VAD hang-over", topics, told.name, "vad_hang_over_ms", **HANG_OVER, ic="mdi:timer-sand"
        ),
        "vad_adaptive": switch(
            "Waits for slow speakers", topics, told.name, "vad_adaptive", ent_cat="config", ic="mdi:timer-sand-empty"
        ),
        "language": select("Language", topics, told.name, "language", told.languages, ic="mdi:translate"),
        "microphone_problem": _availability(topics) | problem("Microphone problem", state, "microphone"),
    }


def _speaking(topics: Topics, told: Room) -> dict[str, Component]:
    name, say, state = told.name, topics.say(told.name), topics.state(told.name)
    here = json.dumps({"rooms": name})
    urgent = '{"text": {{ value | tojson }}, "priority": "urgent"}'
    return {
        "say": _say("Say", topics, name),
        "urgent": {
            "p": "notify",
            "name": "Say urgently",
            "cmd_t": say,
            "cmd_tpl": urgent,
            "ic": "mdi:bullhorn-variant",
        },
        "stop": button("Stop", topics.stop(name), "PRESS", ic="mdi:stop"),
        "replay": button("Say again", topics.request("replay"), here, ic="mdi:replay"),
        "clear": button("Forget what waits", topics.request("clear"), here, ic="mdi:tray-remove"),
        "test": button("Test", say, json.dumps({"text": TEST}), ent_cat="diagnostic", ic="mdi:account-voice"),
        "voice": select("Voice", topics, name, "voice", told.voices, ic="mdi:account-voice"),
        "volume": number("Volume", topics, name, "volume", min=0.0, max=2.0, ic="mdi:volume-high"),
        "speed": number("Speed", topics, name, "speed", min=0.5, max=2.0, ic="mdi:speedometer"),
        "quiet": switch("Quiet", topics, name, "quiet", ic="mdi:volume-off"),
        "suspend": button(
            "Quiet for half an hour",
            topics.request("suspend"),
            json.dumps({"rooms": name, "minutes": SUSPENSION}),
            ic="mdi:volume-off",
        ),
        "hushed": binary("Quiet now", state, "value_json.hushed", ic="mdi:volume-off"),
        "quiet_until": sensor("Quiet until", state, "value_json.quiet_until", dev_cla="timestamp", ic="mdi:volume-off"),
        "speaking": binary("Speaking", state, "value_json.speaking", ic="mdi:account-voice"),
        "queue": sensor("Queue", state, "value_json.queue", stat_cla="measurement", ic="mdi:tray-full"),
        "first_audio": sensor(
            "Time to first sound",
            state,
            "value_json.first_audio",
            dev_cla="duration",
            unit_of_meas="s",
            stat_cla="measurement",
            ent_cat="diagnostic",
        ),
        "speaker_problem": _availability(topics) | problem("Speaker problem", state, "speaker"),
    }


def _say(name: str, topics: Topics, where: str) -> Component:
    return {"p": "notify", "name": name, "cmd_t": topics.say(where), "ic": "mdi:bullhorn"}


def _where(group: str) -> str:
    return "Say everywhere" if group == ALL else f"Say in {_title(group)}"


def _title(name: str) -> str:
    """A name as people write it."""
    return name.replace("_", " ").strip() or name


def _update(topics: Topics) -> Component:
    """Newer than what runs is what was installed on the disk meanwhile: of the world's newest version nobody is asked.

    Info that an older daemon left at the broker has no `next_version`.
    """
    versions = "'installed_version': value_json.version, 'latest_version': value_json.next_version"
    return {
        "p": "update",
        "name": "Update",
        "stat_t": topics.bridge_info,
        "val_tpl": f"{{% if value_json.next_version is defined %}}{{{{ {{{versions}}} | tojson }}}}{{% endif %}}",
        "tit": NAME,
        "rel_s": "It is installed already. It runs when the service is started anew.",
        "ent_cat": "diagnostic",
    }


def _profile(topics: Topics, profiles: Sequence[str]) -> Component:
    return {
        "p": "select",
        "name": "Profile",
        "ops": [NO_PROFILE, *profiles],
        "cmd_t": topics.request("profile"),
        "cmd_tpl": f"{{{{ 'none' if value == '{NO_PROFILE}' else value }}}}",
        "stat_t": topics.bridge_info,
        "val_tpl": f"{{{{ value_json.profile or '{NO_PROFILE}' }}}}",
        "ic": "mdi:home-switch",
    }


def _memory(topics: Topics, engine: str) -> Component:
    return sensor(
        f"Memory of {engine}",
        topics.bridge_health,
        f"value_json.parts['{engine}'].rss_mb | round",
        dev_cla="data_size",
        unit_of_meas="MB",
        stat_cla="measurement",
        ent_cat="diagnostic",
        en=False,
    )
