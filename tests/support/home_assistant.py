"""Home Assistant's MQTT discovery by device, as we know it of 2026.11: strict rules, and one who lives by them.

`check` refuses what Home Assistant would refuse or drop, and what it would take but show wrongly. `Hass` stands in for
Home Assistant at a real broker: it takes devices as they are announced, keeps the states of their entities and works them.
"""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field

import jinja2

from tests.support.broker import person

ROOT = {"dev", "o", "cmps", "avty", "avty_t", "avty_tpl", "avty_mode", "stat_t", "cmd_t", "qos", "e"}
DEVICE = {"ids", "cns", "name", "mf", "mdl", "mdl_id", "hw", "sw", "sn", "sa", "cu", "via_device"}
ORIGIN = {"name", "sw", "url"}
COMMON = {"p", "uniq_id", "name", "def_ent_id", "ic", "ent_cat", "en", "qos", "avty", "avty_mode"}
COMMON |= {"json_attr_t", "json_attr_tpl"}

# Platform: what it must have, and what it may have besides.
PLATFORMS = {
    "notify": ({"cmd_t"}, {"cmd_tpl"}),
    "event": ({"stat_t", "evt_typ"}, {"dev_cla", "val_tpl"}),
    "sensor": (
        {"stat_t"},
        {"dev_cla", "stat_cla", "unit_of_meas", "val_tpl", "exp_aft", "frc_upd", "ops", "sug_dsp_prc"},
    ),
    "binary_sensor": ({"stat_t"}, {"pl_on", "pl_off", "off_dly", "exp_aft", "dev_cla", "val_tpl"}),
    "select": ({"cmd_t", "ops"}, {"stat_t", "val_tpl", "cmd_tpl"}),
    "number": ({"cmd_t", "min", "max", "step"}, {"stat_t", "val_tpl", "cmd_tpl", "mode", "unit_of_meas", "dev_cla"}),
    "switch": ({"cmd_t"}, {"stat_t", "val_tpl", "pl_on", "pl_off", "stat_on", "stat_off", "dev_cla"}),
    "button": ({"cmd_t"}, {"pl_prs", "dev_cla"}),
    "update": ({"stat_t"}, {"val_tpl", "l_ver_t", "cmd_t", "pl_inst", "dev_cla", "tit", "rel_s", "rel_u"}),
}
CLASSES = {
    "binary_sensor": {"connectivity", "problem", "sound"},
    "sensor": {"duration", "data_size", "enum", "timestamp"},
    "button": {"restart", "identify", "update"},
}
VERSIONS = {"installed_version", "latest_version", "title", "release_summary", "release_url"}
NO_CONFIG_CATEGORY = {"sensor", "binary_sensor", "event"}

# What a room tells that hears and speaks.
STATE = {
    "microphone": "ok",
    "speaker": "ok",
    "speech": False,
    "language": "eng",
    "listening": True,
    "gain_db": 0.0,
    "noise_suppression": 0,
    "vad_threshold": 0.5,
    "vad_hang_over_ms": 600,
    "vad_adaptive": False,
    "speaking": True,
    "voice": "af_heart",
    "speed": 1.0,
    "volume": 0.5,
    "quiet": False,
    "quiet_until": None,
    "hushed": False,
    "queue": 2,
    "first_audio": None,
    "activity": "speaking",
}

_jinja = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
_jinja.filters["round"] = lambda value, precision=0: round(value, precision) if precision else round(value)


def render(template: str | None, payload: str | float, **more: object) -> str:
    """What a template makes of a payload, as Home Assistant renders it."""
    if template is None:
        return payload
    with contextlib.suppress(ValueError, TypeError):
        more["value_json"] = json.loads(payload)
    return _jinja.from_string(template).render(value=payload, **more)


def check(topic: str, payload: dict, *, prefix: str = "homeassistant") -> None:
    """Fail unless Home Assistant would take the device at this topic as it is meant."""
    level = re.fullmatch(rf"{prefix}/device/(?:[A-Za-z0-9_-]+/)?([A-Za-z0-9_-]+)/config", topic)
    assert level, f"illegal topic {topic}"
    assert set(payload) <= ROOT, f"an unknown root key invalidates the whole device: {set(payload) - ROOT}"
    device, origin = payload["dev"], payload["o"]
    assert device.get("ids") or device.get("cns"), "a device needs an identifier"
    assert set(device) <= DEVICE, set(device) - DEVICE
    assert origin["name"], "the origin has a name"
    assert set(origin) <= ORIGIN
    assert payload["cmps"], "a device has components"
    _check_availability(payload)
    for key, component in payload["cmps"].items():
        assert re.fullmatch(r"[A-Za-z0-9_-]+", key), f"illegal id {key}"
        if set(component) != {"p"}:  # that much removes it
            _check_component(key, component, device)
    unique = [one["uniq_id"] for one in payload["cmps"].values() if "uniq_id" in one]
    assert len(set(unique)) == len(unique)


def _check_component(key: str, component: dict, device: dict) -> None:
    platform = component["p"]
    needed, allowed = PLATFORMS[platform]
    keys = set(component)
    assert keys >= {"uniq_id"} | needed, f"{key} lacks {({'uniq_id'} | needed) - keys}"
    assert keys <= COMMON | needed | allowed, f"{key}: stripped silently: {keys - COMMON - needed - allowed}"
    assert not keys & {"object_id", "obj_id", "~", "ret"}, "gone in 2026.4, or never for us"
    assert re.fullmatch(rf"{platform}\.[a-z0-9_]+", component["def_ent_id"]), component["def_ent_id"]
    assert not component["name"].startswith(device["name"]), "an entity's name doesn't repeat its device's"
    assert component.get("ent_cat") in (None, "diagnostic", "config")
    assert component.get("ent_cat") != "config" or platform not in NO_CONFIG_CATEGORY, key
    assert component.get("dev_cla") in {None} | CLASSES.get(platform, set()), key
    for name in ("stat_t", "cmd_t", "json_attr_t"):
        assert not set(component.get(name, "x")) & set("+#"), "no wildcards in topics"
    assert not {"avty", "avty_t"} <= keys, "they exclude each other"
    if "avty" in component:
        _check_availability(component)
    _check_platform(component)


def _check_platform(component: dict) -> None:
    """What is true of one platform only."""
    if component["p"] == "sensor" and "ops" in component:
        assert component["dev_cla"] == "enum"
        assert not {"unit_of_meas", "stat_cla"} & set(component)
    if component["p"] == "number":
        assert component["min"] < component["max"]
        assert 0.001 <= component["step"] <= component["max"] - component["min"]
        assert component["mode"] in ("auto", "box", "slider")
    if component["p"] in ("select", "event"):
        options = component.get("ops", component.get("evt_typ"))
        assert options, "nothing to choose from"
        assert len(set(options)) == len(options)
    if component["p"] == "button" and "pl_prs" in component:
        assert isinstance(component["pl_prs"], str)


def _check_availability(options: dict) -> None:
    assert not {"avty", "avty_t"} <= set(options), "they exclude each other"
    for one in options.get("avty", []):
        assert set(one) <= {"t", "val_tpl", "pl_avail", "pl_not_avail"}
    assert options.get("avty_mode", "latest") in ("all", "any", "latest")
    if len(options.get("avty", [])) > 1:
        assert options["avty_mode"] == "all", "the bridge and the room"


@dataclass
class Entity:
    """An entity as Home Assistant keeps it."""

    id: str
    component: dict
    availability: list[dict]
    state: str | None = None
    attributes: dict = field(default_factory=dict)
    events: list[dict] = field(default_factory=list)
    heard_of: dict[str, bool] = field(default_factory=dict)

    @property
    def available(self) -> bool:
        return all(self.heard_of.get(one["t"], False) for one in self.availability)

    def take(self, topic: str, payload: str, *, retained: bool) -> None:
        """A message on any topic."""
        self._take_availability(topic, payload)
        component = self.component
        if topic == component.get("json_attr_t"):
            self.attributes = json.loads(render(component.get("json_attr_tpl"), payload))
        if topic != component.get("stat_t"):
            return
        value = render(component.get("val_tpl"), payload)
        if component["p"] == "event":
            if not retained:  # event entities ignore those
                event = json.loads(value)
                assert event["event_type"] in component["evt_typ"]
                self.events.append(event)
            return
        if component["p"] == "update":
            if value:  # an empty one is passed over
                versions = json.loads(value)
                assert set(versions) <= VERSIONS
                self.state = "ON" if versions["latest_version"] != versions["installed_version"] else "OFF"
            return
        self._check_value(value)
        self.state = None if value == "None" else value

    def _take_availability(self, topic: str, payload: str) -> None:
        for one in self.availability:
            if one["t"] == topic:
                told = render(one.get("val_tpl"), payload)
                if told in ("online", "offline"):  # what else comes is passed over
                    self.heard_of[topic] = told == "online"

    def _check_value(self, value: str) -> None:
        """Fail for what would be an error in Home Assistant's log."""
        component = self.component
        assert len(value) <= 255, f"{self.id}: longer than a state can be"
        if component["p"] == "binary_sensor":
            assert value in ("ON", "OFF")
        if component["p"] == "switch":
            assert value in (component["stat_on"], component["stat_off"])
        if "ops" in component:
            assert value in component["ops"], f"{self.id}: {value} is no option"
        if component["p"] == "number":
            assert component["min"] <= float(value) <= component["max"]
        if "stat_cla" in component and value != "None":
            float(value)


class Hass:
    """Stands in for Home Assistant at the broker."""

    def __init__(self, someone, prefix: str) -> None:
        self._someone = someone
        self._prefix = prefix
        self.devices: dict[str, dict] = {}  # by config topic, as they are now
        self.seen: list[tuple[str, dict | None]] = []  # every config in order; None removes a device
        self.entities: dict[str, Entity] = {}
        self._next = 0

    def look(self) -> Hass:
        """Take what has arrived since."""
        for message in self._someone.received[self._next :]:
            self._next += 1
            self._take(str(message.topic), bytes(message.payload).decode(), retained=bool(message.retain))
        return self

    def _take(self, topic: str, payload: str, *, retained: bool) -> None:
        if topic.startswith(f"{self._prefix}/device/"):
            self._configure(topic, json.loads(payload) if payload else None)
        elif payload:
            for entity in self.entities.values():
                entity.take(topic, payload, retained=retained)

    def _configure(self, topic: str, device: dict | None) -> None:
        self.seen.append((topic, device))
        before = self.devices.pop(topic, {"cmps": {}})
        components = before["cmps"]
        if device is None:
            components = {}
        else:
            check(topic, device, prefix=self._prefix)
            via = device["dev"].get("via_device")
            known = {one for other in self.devices.values() for one in other["dev"]["ids"]}
            assert via is None or via in known, f"{via} isn't announced: it would be an unknown device"
            # a component stays until it is removed by name
            components = components | device["cmps"]
            components = {key: one for key, one in components.items() if set(one) != {"p"}}
            self.devices[topic] = device | {"cmps": components}
        for one in before["cmps"].values():
            if one not in components.values():
                self.entities.pop(one["def_ent_id"], None)
        for one in components.values():
            self._entity(one, device)

    def _entity(self, component: dict, device: dict) -> None:
        name = component["def_ent_id"]
        known = self.entities.get(name)
        if known and known.component == component:
            return
        entity = Entity(name, component, component.get("avty", device.get("avty", [])))
        self.entities[name] = entity
        for message in self._someone.received[: self._next]:  # what a subscription would bring, and more
            if payload := bytes(message.payload).decode():
                entity.take(str(message.topic), payload, retained=True)

    def __getitem__(self, name: str) -> Entity:
        return self.look().entities[name]

    @property
    def names(self) -> set[str]:
        return set(self.look().entities)

    async def send(self, message: str, name: str) -> None:
        """notify.send_message."""
        await self._command(name, message)

    async def press(self, name: str) -> None:
        await self._publish(self[name].component, self[name].component.get("pl_prs", "PRESS"))

    async def select(self, name: str, option: str) -> None:
        assert option in self[name].component["ops"]
        await self._command(name, option)

    async def set(self, name: str, value: float) -> None:
        await self._command(name, str(value))

    async def turn(self, name: str, *, on: bool) -> None:
        component = self[name].component
        await self._publish(component, component["pl_on" if on else "pl_off"])

    async def birth(self, topic: str = "homeassistant/status") -> None:
        """It has started."""
        await self._someone.publish(topic, "online", qos=0)

    async def _command(self, name: str, value: str) -> None:
        component = self[name].component
        given = _jinja.from_string(component.get("cmd_tpl", "{{ value }}"))
        await self._publish(component, given.render(value=_number(value) if component["p"] == "number" else value))

    async def _publish(self, component: dict, payload: str) -> None:
        await self._someone.publish(component["cmd_t"], payload, retain=False)


def _number(value: str) -> float:
    """As Home Assistant has it: without a fraction where there is none."""
    number = float(value)
    return int(number) if number.is_integer() else number


@contextlib.asynccontextmanager
async def home_assistant(broker, *, prefix: str = "homeassistant", base: str = "oyez"):
    """A Home Assistant at the broker for the length of the block."""
    async with person(broker, f"{prefix}/device/#", f"{base}/#") as someone:
        yield Hass(someone, prefix)
