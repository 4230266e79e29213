"""The components of a device, as Home Assistant's MQTT discovery writes them: one function for each platform. Pure.

`topics` are those of the house, `of` is the name of a room, `key` a setting of it; `more` are fields of the component
beside those, in the abbreviations that `discovery` lists. A `value` or a `condition` is an expression of Jinja.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.mqtt.topics import Topics

Component: TypeAlias = dict[str, Any]
FINE = "['ok', 'off', 'starting', 'none']"  # states of a part that are no problem


def sensor(name: str, topic: str, value: str, **more: Any) -> Component:
    """What is read: `value` of the topic."""
    return {"p": "sensor", "name": name, "stat_t": topic, "val_tpl": f"{{{{ {value} }}}}"} | more


def binary(name: str, topic: str, condition: str, **more: Any) -> Component:
    """What is so or not: `condition` on the topic."""
    return {"p": "binary_sensor", "name": name, "stat_t": topic, "val_tpl": _on_off(condition)} | more


def problem(name: str, topic: str, part: str) -> Component:
    """Whether a part of a room fails, as its state on the topic tells."""
    condition = f"value_json.{part} not in {FINE}"
    return binary(name, topic, condition, dev_cla="problem", ent_cat="diagnostic")


def button(name: str, topic: str, press: str, **more: Any) -> Component:
    """What publishes `press` on the topic."""
    return {"p": "button", "name": name, "cmd_t": topic, "pl_prs": press} | more


def switch(name: str, topics: Topics, of: str, key: str, **more: Any) -> Component:
    """A setting that is on or off."""
    return _setting("switch", name, topics, of) | {
        "pl_on": json.dumps({key: True}),
        "pl_off": json.dumps({key: False}),
        "stat_on": "ON",
        "stat_off": "OFF",
        "val_tpl": _on_off(f"value_json.{key}"),
        **more,
    }


def select(name: str, topics: Topics, of: str, key: str, options: Sequence[str], **more: Any) -> Component:
    """A setting that is one of `options`."""
    return _setting("select", name, topics, of) | {
        "ops": list(options),
        "cmd_tpl": f'{{"{key}": {{{{ value | tojson }}}}}}',
        "val_tpl": f"{{{{ value_json.{key} }}}}",
        "ent_cat": "config",
        **more,
    }


def number(name: str, topics: Topics, of: str, key: str, **more: Any) -> Component:
    """A setting that is a number, moved with a slider."""
    return _setting("number", name, topics, of) | {
        "step": 0.05,
        "mode": "slider",
        "cmd_tpl": f'{{"{key}": {{{{ value }}}}}}',
        "val_tpl": f"{{{{ value_json.{key} }}}}",
        "ent_cat": "config",
        **more,
    }


def _setting(platform: str, name: str, topics: Topics, of: str) -> Component:
    return {"p": platform, "name": name, "cmd_t": topics.set(of), "stat_t": topics.state(of)}


def _on_off(condition: str) -> str:
    return f"{{{{ 'ON' if {condition} else 'OFF' }}}}"
