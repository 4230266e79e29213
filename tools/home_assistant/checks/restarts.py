"""Either side, or the broker, goes and comes back."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tools.home_assistant.checks.appear import registered
from tools.home_assistant.checks.hands import shows
from tools.home_assistant.table import expect, until

if TYPE_CHECKING:
    from tools.home_assistant.house import House


async def ours(house: House) -> list[str]:
    """The entities of ours that are switched on."""
    return [one["entity_id"] for one in (await registered(house)).values() if not one["disabled_by"]]


async def all_back(house: House) -> float:
    """Wait until all are available; seconds it took."""
    begun = time.monotonic()
    names = await ours(house)

    def gone() -> list[str]:
        return [name for name in names if house.api.state(name) in (None, "unavailable")]

    await until(lambda: not gone(), lambda: f"not back: {gone()}")
    await shows(house, "binary_sensor.oyez_connection", "on")
    return time.monotonic() - begun


def last_run(house: House) -> str:
    """When the automation on what is heard ran last."""
    return str(house.api.attributes("automation.listener")["last_triggered"])


async def last_transcript(house: House) -> str:
    """What the sensor of the last transcript shows, once it shows something."""
    await until(
        lambda: house.api.state("sensor.kitchen_transcript") not in (None, "unknown", "unavailable"),
        "no last transcript",
    )
    return str(house.api.state("sensor.kitchen_transcript"))


async def speaks_again(house: House) -> None:
    """A message is spoken."""
    before = len(house.ends("kitchen"))
    await house.api.act("notify.send_message", "notify.kitchen_say", message="We are back.")
    await house.spoken("kitchen", before)


async def daemon_killed(house: House) -> str:
    """The daemon is killed (kill -9): all but the connection become unavailable; a restart brings them back."""
    ran = last_run(house)
    names = set(await ours(house)) - {"binary_sensor.oyez_connection"}
    await house.daemon.kill()
    begun = time.monotonic()
    await until(
        lambda: all(house.api.state(name) == "unavailable" for name in names),
        lambda: f"still there: {[name for name in names if house.api.state(name) != 'unavailable']}",
    )
    gone = time.monotonic() - begun
    await shows(house, "binary_sensor.oyez_connection", "off")
    await house.start_daemon()
    back = await all_back(house)
    expect(last_run(house) == ran, "the automation on what is heard ran once more")
    await speaks_again(house)
    return f"unavailable after {gone:.1f} s (the will waits 5 s), back {back:.1f} s after it was ready"


async def daemon_stopped(house: House) -> str:
    """An orderly stop of the daemon says so at once."""
    await house.daemon.stop()
    begun = time.monotonic()
    await until(lambda: house.api.state("notify.kitchen_say") == "unavailable", "still available", within=20)
    gone = time.monotonic() - begun
    await shows(house, "binary_sensor.oyez_connection", "off")
    await house.start_daemon()
    await all_back(house)
    return f"unavailable after {gone:.1f} s"


async def home_assistant_restarted(house: House) -> str:
    """A restart of Home Assistant: all are back, with their states and the last transcript."""
    await house.talk()
    told, ran = await last_transcript(house), last_run(house)
    await house.restart_home_assistant()
    back = await all_back(house)
    again = await last_transcript(house)
    expect(again == told, f"{again!r}, not {told!r}")
    expect(last_run(house) == ran, f"the automation on what is heard ran once more: {last_run(house)}, {ran}")
    expect(house.api.state("event.kitchen_heard") not in ("unavailable", None), "no event entity")
    await speaks_again(house)
    return f"{back:.1f} s after it was up"


async def restarted_without_us(house: House) -> str:
    """Home Assistant restarts while the daemon is away: unavailable, and back when it is."""
    house.allowed.append("Unable to get info")  # Wyoming's
    await house.daemon.stop()
    await house.restart_home_assistant()
    await shows(house, "notify.kitchen_say", "unavailable")
    await shows(house, "binary_sensor.oyez_connection", "off")
    await house.start_daemon()
    await all_back(house)
    await speaks_again(house)
    return ""


async def mqtt_reloaded(house: House) -> str:
    """The MQTT integration is reloaded in Home Assistant."""
    told = (await house.talk())["text"]
    await shows(house, "sensor.kitchen_transcript", told)
    ran = last_run(house)
    (entry,) = await house.api.call("config_entries/get", domain="mqtt")
    await house.api.rest("POST", f"/api/config/config_entries/entry/{entry['entry_id']}/reload")
    back = await all_back(house)
    await shows(house, "sensor.kitchen_transcript", told)
    expect(last_run(house) == ran, "the automation on what is heard ran once more")
    await speaks_again(house)
    return f"{back:.1f} s"


async def broker_restarted(house: House) -> str:
    """A restart of the broker, and a kill -9 of it without what it kept: all are back."""
    house.allowed += ["Disconnected from MQTT", "Failed to connect to MQTT", "Error returned from MQTT server"]
    house.allowed += ["The client is not currently connected", "failed to receive on socket"]
    house.broker.stop()
    await shows(house, "notify.kitchen_say", "unavailable")
    house.broker.start()
    await house.read_along()
    first = await all_back(house)
    house.broker.kill()
    for kept in house.broker.folder.glob("mosquitto.db*"):
        kept.unlink()
    await shows(house, "notify.kitchen_say", "unavailable")
    house.broker.start()
    await house.read_along()
    second = await all_back(house)
    await asyncio.sleep(4.0)  # longer than our device payloads are apart
    await speaks_again(house)
    return f"{first:.1f} s, {second:.1f} s"


ALL = (daemon_killed, daemon_stopped, home_assistant_restarted, restarted_without_us, mqtt_reloaded, broker_restarted)
