"""A room that goes takes its entities along, one that comes brings them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tools.home_assistant.checks.appear import registered
from tools.home_assistant.checks.restarts import all_back
from tools.home_assistant.table import expect, until

if TYPE_CHECKING:
    from tools.home_assistant.house import House


async def device_names(house: House) -> set[str]:
    """The devices that Home Assistant has from MQTT."""
    return {one["device"]["name"] for one in (await registered(house)).values()}


async def wait_for_devices(house: House, *names: str) -> None:
    """Wait until there are these, and no other."""
    now: set[str] = set()
    for _ in range(100):
        now = await device_names(house)
        if now == set(names):
            return
        await asyncio.sleep(0.5)
    expect(now == set(names), str(sorted(now)))


async def renamed(house: House) -> str:
    """A room that is renamed in the config has its new entities, and the old ones go."""
    office = house.config()["rooms"]["office"]
    await house.restart_daemon(house.config(office=None, study=office))
    await wait_for_devices(house, "Oyez", "Kitchen voice", "Bedroom voice", "Study voice")
    await until(lambda: "select.study_language" in house.api.states, "no new entities")
    left = [name for name in house.api.states if ".office_" in name]
    expect(not left, str(left))
    await all_back(house)
    return "office became study"


async def removed_and_back(house: House) -> str:
    """A room that is removed goes, with its retained topics, and comes back with the same ids."""
    before = {one["entity_id"] for one in (await registered(house)).values() if ".kitchen_" in one["entity_id"]}
    house.allowed.append("Unable to get info")  # of the satellite that the kitchen was
    await house.restart_daemon(house.config(kitchen=None))
    await wait_for_devices(house, "Oyez", "Office voice", "Bedroom voice")
    kept = await house.retained("oyez/kitchen/#")
    expect(not kept, str(kept))
    await house.restart_daemon(house.config())
    await wait_for_devices(house, "Oyez", "Kitchen voice", "Office voice", "Bedroom voice")
    await all_back(house)
    after = {one["entity_id"] for one in (await registered(house)).values() if ".kitchen_" in one["entity_id"]}
    expect(before == after, str(before ^ after))
    return f"{len(after)} entities of the kitchen"


async def one_part_less(house: House) -> str:
    """A room that loses its microphone loses what hears, and keeps what speaks."""
    await house.restart_daemon(house.config(kitchen={"microphone": "none", "speaker": "speaker"}))
    for _ in range(100):
        names = {one["entity_id"] for one in (await registered(house)).values()}
        if "event.kitchen_heard" not in names:
            break
        await asyncio.sleep(0.5)
    expect("event.kitchen_heard" not in names, "the event entity stays")
    expect("notify.kitchen_say" in names, "the notify entity went too")
    await house.restart_daemon(house.config())
    await until(lambda: "event.kitchen_heard" in house.api.states, "the event entity doesn't come back")
    await all_back(house)
    return ""


async def deleted_in_home_assistant(house: House) -> str:
    """A room that is deleted in Home Assistant comes back when the daemon starts anew."""
    (office,) = {
        one["device"]["id"] for one in (await registered(house)).values() if one["device"]["name"] == "Office voice"
    }
    house.allowed.append("No device components to cleanup")  # it clears the topic once for each entity
    await house.api.call("config/device_registry/remove", device_id=office)
    await wait_for_devices(house, "Oyez", "Kitchen voice", "Bedroom voice")
    await house.restart_daemon()
    await wait_for_devices(house, "Oyez", "Kitchen voice", "Office voice", "Bedroom voice")
    await all_back(house)
    return ""


ALL = (renamed, removed_and_back, one_part_less, deleted_in_home_assistant)
