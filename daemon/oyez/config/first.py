"""The first config of a house, as short as can be: only what differs from the defaults, each with a word about it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oyez.config.broker import BrokerConfig
from oyez.config.document import plain_value
from oyez.config.engines import AsrConfig
from oyez.config.tree import HomeAssistantConfig, RoomConfig

_HEAD = """\
# Config of Oyez, begun by `oyez init`. What isn't here has its default: docs/config.md has all keys.
# After a change: oyez check, then oyez run (or systemctl reload oyez).
"""

_ABOUT = {
    "host": "the MQTT broker",
    "password_file": "beside this file, for its owner's eyes only",
    "microphone": "what hears: `oyez devices`",
    "speaker": "what speaks: `oyez devices`",
    "language": "heard: `oyez languages`",
    "voice": "speaks: `oyez voices`",
    "mms-1b-all": "CC-BY-NC 4.0: for non-commercial use only",
    "mms-mini": "a demo of some 200 words",
    "discovery": "whether rooms appear in Home Assistant by themselves",
}
_PLAIN = re.compile(r"[\w./][\w./ +*(),'-]*(:[\w./-]+)*")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants at the beginning: keys of the sections of that name; a room has a name and its keys."""

    broker: Mapping[str, Any]
    rooms: Mapping[str, Mapping[str, Any]]
    asr: Mapping[str, Any] = field(default_factory=dict)
    home_assistant: Mapping[str, Any] = field(default_factory=dict)


def text(wishes: Wishes) -> str:
    """The YAML of it."""
    lines = [_HEAD]
    lines += _section("broker", _other(wishes.broker, BrokerConfig))
    lines.append("\nrooms:\n")
    for name, room in wishes.rooms.items():
        keys = _other(room, RoomConfig)
        lines.append(f"  {name}:{'' if keys else ' {}'} # its topics: oyez/{name}/say, oyez/{name}/heard\n")
        lines += [f"    {line}" for line in map(_entry, keys, keys.values())]
    lines += _section("asr", _other(wishes.asr, AsrConfig))
    lines += _section("home_assistant", _other(wishes.home_assistant, HomeAssistantConfig))
    return "".join(lines)


def _other(keys: Mapping[str, Any], section: type[Any]) -> dict[str, Any]:
    """Those that differ from the section's defaults."""
    return {name: value for name, value in keys.items() if value != section.model_fields[name].default}


def _section(name: str, keys: Mapping[str, Any]) -> list[str]:
    return [f"\n{name}:\n", *(f"  {line}" for line in map(_entry, keys, keys.values()))] if keys else []


def _entry(name: str, value: Any) -> str:
    about = _ABOUT.get(name) or _ABOUT.get(str(value))
    comment = f" # {about}" if about else ""
    return f"{name}: {_scalar(value)}{comment}\n"


def _scalar(value: Any) -> str:
    """A value as YAML has it: text without quotes where that stays text."""
    if isinstance(value, str) and plain_value(value) == value and _PLAIN.fullmatch(value) and value == value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)
