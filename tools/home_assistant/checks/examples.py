"""What lies in docs/home-assistant loads, is valid and works."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from tools.home_assistant.checks.hands import history, shows, tells
from tools.home_assistant.process import EXAMPLES
from tools.home_assistant.table import expect, until

if TYPE_CHECKING:
    from tools.home_assistant.house import House

AUTOMATIONS = (
    "automation.washing",
    "automation.listener",
    "automation.doorbell",
    "automation.good_night",
    "automation.intercom_from_the_office_to_the_kitchen",
    "automation.night_begins",
    "automation.night_ends",
)
PATH = "house-voice"  # of the dashboard


async def all_load(house: House) -> str:
    """Home Assistant takes the blueprint, the automations, the script; none is unavailable."""
    blueprints = await house.api.call("blueprint/list", domain="automation")
    expect("error" not in blueprints["oyez/announce.yaml"], str(blueprints["oyez/announce.yaml"]))
    for name in (*AUTOMATIONS, "script.ask_lights"):
        wanted = "on" if name.startswith("automation") else "off"
        expect(house.api.state(name) == wanted, f"{name}: {house.api.state(name)}")
    checked = await house.api.rest("POST", "/api/config/core/check_config")
    expect(checked["result"] == "valid" and not checked["warnings"], str(checked))
    return f"{len(AUTOMATIONS)} automations"


async def announce(house: House) -> str:
    """announce.yaml: the washing machine's end is spoken."""
    before = len(house.ends("kitchen"))
    await house.api.act("input_boolean.turn_on", "input_boolean.washing")
    return str(await house.spoken("kitchen", before))


async def doorbell(house: House) -> str:
    """doorbell.yaml: it is said in every room, after a chime."""
    before = {room: len(house.ends(room)) for room in ("kitchen", "bedroom")}
    for state in ("off", "on"):
        await house.api.rest("POST", "/api/states/binary_sensor.doorbell", json={"state": state})
    for room, count in before.items():
        await house.spoken(room, count)
    return "kitchen and bedroom"


async def night(house: House) -> str:
    """night.yaml: quiet and soft at night, and as before in the morning."""
    await house.api.act("automation.trigger", "automation.night_begins")
    await shows(house, "switch.bedroom_quiet", "on")
    await tells(house, "kitchen", "volume", 0.3)
    await house.api.act("automation.trigger", "automation.night_ends")
    await shows(house, "switch.bedroom_quiet", "off")
    await tells(house, "kitchen", "volume", 1.0)
    return ""


async def lit_kitchen(house: House) -> None:
    """Put the light into the kitchen and switch it on."""
    areas = {one["name"]: one["area_id"] for one in await house.api.call("config/area_registry/list")}
    await house.api.call("config/entity_registry/update", entity_id="light.kitchen", area_id=areas["Kitchen"])
    await house.api.act("light.turn_on", "light.kitchen")
    await shows(house, "light.kitchen", "on")


async def good_night(house: House) -> str:
    """heard.yaml: "good night", said in the kitchen, switches its light off."""
    await lit_kitchen(house)
    heard = await house.talk("Good night.")
    await shows(house, "light.kitchen", "off")
    return repr(heard["text"])


async def ask(house: House) -> str:
    """ask.yaml: the question is asked, the answer "yes" switches the light off."""
    await lit_kitchen(house)
    await house.quiet()
    before = len(house.told("bridge/response/ask"))
    await house.api.act("script.turn_on", "script.ask_lights")
    await shows(house, "binary_sensor.kitchen_speaking", "on")
    await until(lambda: house.room("kitchen")["activity"] != "speaking", "the question doesn't end")
    await house.someone.publish("oyez/bedroom/say", json.dumps({"text": "Yes, please."}))
    await until(lambda: len(house.told("bridge/response/ask")) > before, "no answer")
    answer = house.told("bridge/response/ask")[before]["data"]
    expect("yes" in (answer["text"] or ""), str(answer))
    await shows(house, "light.kitchen", "off")
    await shows(house, "script.ask_lights", "off")
    return repr(answer["text"])


async def intercom(house: House) -> str:
    """intercom.yaml: what the office hears is said in the kitchen."""
    await house.quiet()
    before = len(house.ends("kitchen"))
    await house.talk("Tell the kitchen the door is open.")
    await house.spoken("kitchen", before)
    said = (await history(house))["text"]
    expect(said == "The office says: the door is open.", said)
    return repr(said)


async def dashboard(house: House) -> str:
    """dashboard.yaml: its card can be kept in a dashboard, and names entities that there are."""
    card = YAML(typ="safe").load(EXAMPLES / "dashboard.yaml")
    if not any(one["url_path"] == PATH for one in await house.api.call("lovelace/dashboards/list")):
        await house.api.call("lovelace/dashboards/create", url_path=PATH, title="House")
    views = [{"title": "House", "cards": [card]}]
    await house.api.call("lovelace/config/save", url_path=PATH, config={"views": views})
    kept = await house.api.call("lovelace/config", url_path=PATH)
    expect(kept["views"][0]["cards"] == [card], str(kept))
    names = [name for one in card["cards"] for name in one.get("entities", [])]
    missing = [name for name in names if name not in house.api.states]
    expect(not missing, str(missing))
    (text,) = (one["content"] for one in card["cards"] if one["type"] == "markdown")
    shown = (await house.api.rest("POST", "/api/template", json={"template": text})).decode()
    expect("unknown" not in shown and "%" in shown, shown)
    return shown.replace("\n", " ")


ALL = (all_load, announce, doorbell, night, good_night, ask, intercom, dashboard)
