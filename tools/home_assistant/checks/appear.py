"""Devices and entities appear by themselves, as they were announced."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tools.home_assistant.table import expect, until

if TYPE_CHECKING:
    from tools.home_assistant.house import House

PLATFORMS = {"notify", "event", "sensor", "binary_sensor", "select", "number", "switch", "button", "update"}
# Of a quiet house that has just started.
STATES = {
    "binary_sensor.kitchen_speaking": "off",
    "binary_sensor.kitchen_speech": "off",
    "binary_sensor.kitchen_hushed": "off",
    "binary_sensor.kitchen_microphone_problem": "off",
    "binary_sensor.kitchen_speaker_problem": "off",
    "binary_sensor.oyez_connection": "on",
    "binary_sensor.oyez_problem": "off",
    "button.kitchen_stop": "unknown",
    "event.kitchen_heard": "unknown",
    "notify.kitchen_say": "unknown",
    "number.kitchen_gain_db": "0.0",
    "number.kitchen_noise_suppression": "0",
    "number.kitchen_vad_threshold": "0.5",
    "number.kitchen_vad_hang_over_ms": "600",
    "number.kitchen_speed": "1.0",
    "number.kitchen_volume": "1.0",
    "select.kitchen_language": "eng",
    "select.office_language": "eng, spa",
    "select.kitchen_voice": "af_heart",
    "select.oyez_profile": "No profile",
    "sensor.kitchen_first_audio": "unknown",
    "sensor.kitchen_queue": "0",
    "sensor.kitchen_quiet_until": "unknown",
    "sensor.kitchen_state": "idle",
    "sensor.kitchen_transcript": "unknown",
    "switch.kitchen_listening": "on",
    "switch.kitchen_quiet": "off",
    "switch.kitchen_vad_adaptive": "off",
    "update.oyez_update": "off",
}


def announced(house: House) -> dict[str, dict[str, Any]]:
    """The devices as they are announced now, by config topic."""
    devices: dict[str, dict[str, Any]] = {}
    for message in house.someone.received:
        topic = str(message.topic)
        if topic.startswith("homeassistant/device/"):
            if message.payload:
                devices[topic] = json.loads(bytes(message.payload))
            else:
                devices.pop(topic, None)
    return devices


async def registered(house: House) -> dict[str, dict[str, Any]]:
    """The entities of ours that Home Assistant knows, by unique id, each with its `device`."""
    entities = await house.api.call("config/entity_registry/list")  # first: each has its device
    devices = {one["id"]: one for one in await house.api.call("config/device_registry/list")}
    return {
        one["unique_id"]: one | {"device": devices[one["device_id"]]}
        for one in entities
        if one["platform"] == "mqtt" and one["device_id"] in devices  # the others are just being removed
    }


async def mqtt_is_set_up(house: House) -> str:
    """MQTT is set up in its dialogue, with the broker's address and nothing else."""
    other = {"set_client_cert": False, "set_ca_cert": "off", "transport": "tcp"}
    broker = {"broker": house.broker.host, "port": house.broker.port, "other_settings": other}
    entry = await house.api.add("mqtt", **broker)
    expect(entry["state"] == "loaded", str(entry))
    version = (await house.api.call("get_config"))["version"]
    return f"Home Assistant {version}"


async def examples_are_copied(house: House) -> str:
    """The examples of docs/home-assistant are copied, and read without a complaint."""
    house.hass.add_examples()
    for domain in ("automation", "script"):
        await house.api.call("call_service", domain=domain, service="reload")
    return ""


async def everything_appears(house: House) -> str:
    """Every entity that was announced is there, of every platform, and no other."""
    wanted = {one["uniq_id"] for device in announced(house).values() for one in device["cmps"].values()}
    known: dict[str, Any] = {}
    for _ in range(100):
        known = await registered(house)
        if set(known) >= wanted:
            break
        await asyncio.sleep(0.5)
    expect(set(known) == wanted, f"missing {sorted(wanted - set(known))}, more {sorted(set(known) - wanted)}")
    platforms = {one["entity_id"].partition(".")[0] for one in known.values()}
    expect(platforms == PLATFORMS, str(platforms ^ PLATFORMS))
    return f"{len(known)} entities in {len(announced(house))} devices"


async def as_announced(house: House) -> str:
    """Their ids, names, categories, icons, classes and devices are what was announced."""
    known = await registered(house)
    for device in announced(house).values():
        for one in device["cmps"].values():
            same(known[one["uniq_id"]], one, device["dev"])
    return f"{len(known)} compared"


def same(entity: dict[str, Any], told: dict[str, Any], device: dict[str, Any]) -> None:
    """Fail unless an entity is as it was told."""
    own = entity["device"]
    pairs = {
        "id": (entity["entity_id"], told["def_ent_id"]),
        "name": (entity["original_name"], told["name"]),
        "category": (entity["entity_category"], told.get("ent_cat")),
        "disabled": (entity["disabled_by"], None if told.get("en", True) else "integration"),
        "device": (own["name"], device["name"]),
        "maker": (own["manufacturer"], device["mf"]),
        "model": (own["model"], device["mdl"]),
        "version": (own["sw_version"], device["sw"]),
    }
    wrong = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
    expect(not wrong, f"{entity['entity_id']}: {wrong}")


async def rooms_hang_on_the_bridge(house: House) -> str:
    """The rooms hang on the bridge, and lie in areas of their names."""
    devices = {one["device"]["id"]: one["device"] for one in (await registered(house)).values()}
    (bridge,) = (one for one in devices.values() if one["name"] == "Oyez")
    areas = {one["area_id"]: one["name"] for one in await house.api.call("config/area_registry/list")}
    rooms = {one["name"]: one for one in devices.values() if one is not bridge}
    expect(set(rooms) == {"Kitchen voice", "Office voice", "Bedroom voice"}, str(sorted(rooms)))
    for name, room in rooms.items():
        expect(room["via_device_id"] == bridge["id"], f"{name} hangs on nothing")
        expect(f"{areas[room['area_id']]} voice" == name, f"{name} lies in {room['area_id']}")
    return ", ".join(rooms)


async def states_are_right(house: House) -> str:
    """Their states are those of a quiet house, and all are available."""
    for entity, state in STATES.items():
        await until(
            lambda entity=entity, state=state: house.api.state(entity) == state,
            lambda entity=entity, state=state: f"{entity} is {house.api.state(entity)}, not {state}",
        )
    ours = [one["entity_id"] for one in (await registered(house)).values() if not one["disabled_by"]]
    gone = [entity for entity in ours if house.api.state(entity) in (None, "unavailable")]
    expect(not gone, str(gone))
    return f"{len(ours)} available"


ALL = (
    mqtt_is_set_up,
    everything_appears,
    as_announced,
    rooms_hang_on_the_bridge,
    states_are_right,
    examples_are_copied,
)
