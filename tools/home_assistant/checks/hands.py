"""Entities do what they say, in the daemon and at the speaker."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.home_assistant.house import SENTENCE
from tools.home_assistant.table import expect, until

if TYPE_CHECKING:
    from tools.home_assistant.house import House

LOUD = 0.02  # a sample that is speech
LONG = "This is a long announcement that goes on and on, so that something else can be said before it is over. " * 2


async def shows(house: House, entity: str, state: str) -> None:
    """Wait until Home Assistant shows a state."""
    await until(lambda: house.api.state(entity) == state, lambda: f"{entity}: {house.api.state(entity)}, not {state}")


async def tells(house: House, room: str, key: str, value: Any) -> None:
    """Wait until the daemon tells a value in a room's state."""
    await until(lambda: house.room(room)[key] == value, lambda: f"{room}/{key}: {house.room(room)[key]}, not {value}")


async def notify_speaks(house: House) -> str:
    """notify.send_message is spoken, and heard at the speaker."""
    before = len(house.ends("kitchen"))
    async with house.pulse.record() as recorder:
        await house.api.act("notify.send_message", "notify.kitchen_say", message="Dinner is ready, Anna's too.")
        ended = await house.spoken("kitchen", before)
        sound = (await recorder.more(0.2)).copy()
    seconds = np.count_nonzero(np.abs(sound) > LOUD) / recorder.rate
    expect(seconds > 0.2, f"{seconds:.2f} s of loud samples at the speaker")
    changes = house.api.changes("binary_sensor.kitchen_speaking")
    expect("on" in changes, "binary_sensor.kitchen_speaking never was on")
    await shows(house, "binary_sensor.kitchen_speaking", "off")
    await until(lambda: house.api.state("sensor.kitchen_first_audio") != "unknown", "no time to the first sound")
    expect(house.api.state("notify.kitchen_say") != "unknown", "the notify entity has no time of its last message")
    return f"{ended['seconds']} s, first sound after {ended['first_audio']} s"


async def quotes_survive(house: House) -> str:
    """A message with quotes, braces, umlauts and a newline comes through as it is, urgent too."""
    text = 'Say "hi" to {Jürgen}\nand {{ nobody }} else.'
    for entity in ("notify.kitchen_say", "notify.kitchen_urgent"):
        before = len(house.ends("kitchen"))
        await house.api.act("notify.send_message", entity, message=text)
        await house.spoken("kitchen", before)
        last = await history(house)
        expect(last["text"] == text, f"{entity}: {last}")
    return "twice"


async def history(house: House) -> dict[str, Any]:
    """The last announcement of the kitchen."""
    topic = "bridge/response/history"
    before = len(house.told(topic))
    await house.someone.publish("oyez/bridge/request/history", '{"rooms": "kitchen", "limit": 1}')
    await until(lambda: len(house.told(topic)) > before, "no history")
    return dict(house.told(topic)[-1]["data"]["announcements"][0])


async def urgent_cuts_in(house: House) -> str:
    """notify.kitchen_urgent cuts in, also into a quiet room; what it cut goes on."""
    before = len(house.ends("kitchen"))
    await house.api.act("notify.send_message", "notify.kitchen_say", message=LONG)
    await shows(house, "binary_sensor.kitchen_speaking", "on")
    await house.api.act("notify.send_message", "notify.kitchen_urgent", message="Smoke in the kitchen!")
    urgent = await house.spoken("kitchen", before)
    cut = await house.spoken("kitchen", before + 1)
    expect(urgent["seconds"] < cut["seconds"], f"{urgent} before {cut}")
    await house.api.act("switch.turn_on", "switch.kitchen_quiet")
    await shows(house, "binary_sensor.kitchen_hushed", "on")
    await house.api.act("notify.send_message", "notify.kitchen_say", message="Nobody hears this.")
    await until(lambda: len(house.ends("kitchen")) > before + 2, "a quiet room refuses nothing")
    refused = house.ends("kitchen")[-1]
    expect(refused["state"] == "refused", str(refused))
    await house.api.act("notify.send_message", "notify.kitchen_urgent", message="Fire!")
    await house.spoken("kitchen", before + 3)
    await house.api.act("switch.turn_off", "switch.kitchen_quiet")
    await shows(house, "binary_sensor.kitchen_hushed", "off")
    return f"urgent after {urgent['first_audio']} s"


async def groups_speak(house: House) -> str:
    """notify.oyez_say_all and that of a group speak in all their rooms."""
    for entity in ("notify.oyez_say_all", "notify.oyez_say_upstairs"):
        before = {room: len(house.ends(room)) for room in ("kitchen", "bedroom")}
        await house.api.act("notify.send_message", entity, message="Good night to all.")
        for room, count in before.items():
            await house.spoken(room, count)
    return "kitchen and bedroom"


async def heard(house: House) -> str:
    """A spoken sentence fires the event, sets the sensors, and an automation on it runs."""
    told = await house.talk(SENTENCE)
    await until(lambda: house.api.attributes("event.kitchen_heard").get("id") == told["id"], "no event")
    attributes = house.api.attributes("event.kitchen_heard")
    expect(attributes["event_type"] == "transcript", str(attributes))
    for key in ("text", "language", "confidence", "words", "id", "room"):
        expect(attributes[key] == told[key], f"{key}: {attributes[key]}")
    await shows(house, "sensor.kitchen_transcript", told["text"])
    await shows(house, "sensor.kitchen_confidence", str(round(told["confidence"] * 100)))
    await shows(house, "input_text.heard", told["text"])
    expect("on" in house.api.changes("binary_sensor.kitchen_speech"), "binary_sensor.kitchen_speech never was on")
    return f"{told['text']!r}, {told['confidence']}"


async def settings(house: House) -> str:
    """Selects, numbers and switches set the daemon, which tells them back."""
    await house.api.act("number.set_value", "number.kitchen_volume", value=0.35)
    await house.api.act("number.set_value", "number.kitchen_speed", value=2)
    await house.api.act("select.select_option", "select.kitchen_voice", option="bf_emma")
    await house.api.act("select.select_option", "select.kitchen_language", option="spa")
    await house.api.act("number.set_value", "number.kitchen_gain_db", value=12)
    await house.api.act("number.set_value", "number.kitchen_noise_suppression", value=1)
    await house.api.act("number.set_value", "number.kitchen_vad_threshold", value=0.55)
    await house.api.act("number.set_value", "number.kitchen_vad_hang_over_ms", value=650)
    await house.api.act("switch.turn_on", "switch.kitchen_vad_adaptive")
    await house.api.act("switch.turn_off", "switch.office_listening")
    await house.api.act("switch.turn_on", "switch.bedroom_quiet")
    for room, key, value in SET:
        await tells(house, room, key, value)
    await shows_all(house)
    await shows(house, "binary_sensor.office_microphone_problem", "off")
    return f"{len(SET)} settings"


SET = (
    ("kitchen", "volume", 0.35),
    ("kitchen", "speed", 2.0),
    ("kitchen", "voice", "bf_emma"),
    ("kitchen", "language", "spa"),
    ("kitchen", "gain_db", 12.0),
    ("kitchen", "noise_suppression", 1),
    ("kitchen", "vad_threshold", 0.55),
    ("kitchen", "vad_hang_over_ms", 650),
    ("kitchen", "vad_adaptive", True),
    ("office", "listening", False),
    ("bedroom", "quiet", True),
)


async def shows_all(house: House) -> None:
    """Home Assistant shows what `settings` set."""
    await shows(house, "number.kitchen_volume", "0.35")
    await shows(house, "number.kitchen_speed", "2.0")
    await shows(house, "select.kitchen_voice", "bf_emma")
    await shows(house, "select.kitchen_language", "spa")
    await shows(house, "number.kitchen_gain_db", "12.0")
    await shows(house, "number.kitchen_noise_suppression", "1")
    await shows(house, "number.kitchen_vad_threshold", "0.55")
    await shows(house, "number.kitchen_vad_hang_over_ms", "650")
    await shows(house, "switch.kitchen_vad_adaptive", "on")
    await shows(house, "switch.office_listening", "off")
    await shows(house, "switch.bedroom_quiet", "on")


async def settings_last(house: House) -> str:
    """They last over a restart of the daemon."""
    await house.restart_daemon()
    await shows(house, "binary_sensor.oyez_connection", "on")
    for room, key, value in SET:
        await tells(house, room, key, value)
    await shows_all(house)
    await house.api.act("number.set_value", "number.kitchen_volume", value=1)
    await house.api.act("number.set_value", "number.kitchen_speed", value=1)
    await house.api.act("select.select_option", "select.kitchen_voice", option="af_heart")
    await house.api.act("select.select_option", "select.kitchen_language", option="eng")
    await house.api.act("number.set_value", "number.kitchen_gain_db", value=0)
    await house.api.act("number.set_value", "number.kitchen_noise_suppression", value=0)
    await house.api.act("number.set_value", "number.kitchen_vad_threshold", value=0.5)
    await house.api.act("number.set_value", "number.kitchen_vad_hang_over_ms", value=600)
    await house.api.act("switch.turn_off", "switch.kitchen_vad_adaptive")
    await house.api.act("switch.turn_on", "switch.office_listening")
    await house.api.act("switch.turn_off", "switch.bedroom_quiet")
    await tells(house, "office", "microphone", "ok")
    await tells(house, "bedroom", "quiet", False)
    return "and were set back"


async def buttons(house: House) -> str:
    """Buttons: test, replay, clear, stop, quiet for half an hour, read the config again."""
    api = house.api
    before = len(house.ends("kitchen"))
    await api.act("button.press", "button.kitchen_test")
    await house.spoken("kitchen", before)
    await api.act("button.press", "button.kitchen_replay")
    await house.spoken("kitchen", before + 1)
    await api.act("notify.send_message", "notify.kitchen_say", message=LONG)
    await shows(house, "binary_sensor.kitchen_speaking", "on")
    await api.act("notify.send_message", "notify.kitchen_say", message="This one waits.")
    await shows(house, "sensor.kitchen_queue", "1")
    await api.act("button.press", "button.kitchen_clear")
    await shows(house, "sensor.kitchen_queue", "0")
    await api.act("button.press", "button.kitchen_stop")
    await until(lambda: len(house.ends("kitchen")) == before + 4, lambda: str(house.ends("kitchen")[before:]))
    states = [one["state"] for one in house.ends("kitchen")[before + 2 :]]
    expect(states == ["cancelled", "cancelled"], str(states))
    await api.act("button.press", "button.kitchen_suspend")
    await until(lambda: api.state("sensor.kitchen_quiet_until") != "unknown", "no end of the quiet is told")
    await shows(house, "switch.kitchen_quiet", "on")
    until_when = api.state("sensor.kitchen_quiet_until")
    await api.act("switch.turn_off", "switch.kitchen_quiet")
    await shows(house, "sensor.kitchen_quiet_until", "unknown")
    answers = len(house.told("bridge/response/reload"))
    await api.act("button.press", "button.oyez_reload")
    await until(lambda: len(house.told("bridge/response/reload")) > answers, "no answer to reload")
    return f"quiet until {until_when}"


async def languages_together(house: House) -> str:
    """A room of two languages can be set to one of them, and to both again."""
    for option in ("spa", "eng, spa"):
        await house.api.act("select.select_option", "select.office_language", option=option)
        await tells(house, "office", "language", option)
        await shows(house, "select.office_language", option)
        await asyncio.sleep(5.0)  # options that change are announced apart
    return ", ".join(house.api.attributes("select.office_language")["options"])


async def profiles(house: House) -> None:
    """A profile is turned to by its select, and away from."""
    for option, quiet in (("night", True), ("No profile", False)):
        await house.api.act("select.select_option", "select.oyez_profile", option=option)
        await tells(house, "kitchen", "quiet", quiet)
        await shows(house, "select.oyez_profile", option)


async def update_on_the_disk(house: House) -> str:
    """The update entity is on when a newer version lies on the disk."""
    info = house.told("bridge/info")[-1]
    versions = []
    for version, state in (("99.0", "on"), (info["next_version"], "off")):
        told = json.dumps(info | {"next_version": version})
        await house.someone.publish("oyez/bridge/info", told, retain=True)
        await shows(house, "update.oyez_update", state)
        versions.append(house.api.attributes("update.oyez_update")["latest_version"])
    return f"{info['version']} runs, {versions[0]} lay there"


async def restart_button(house: House) -> str:
    """The button that starts the daemon anew."""
    known = len(house.api.changes("binary_sensor.oyez_connection"))
    await house.api.act("button.press", "button.oyez_restart")
    await until(lambda: len(house.told("bridge/response/restart")) > 0, "no answer")
    await until(lambda: house.told("bridge/state")[-1]["state"] == "online", "it doesn't come back")
    await shows(house, "binary_sensor.oyez_connection", "on")
    return f"{len(house.api.changes('binary_sensor.oyez_connection')) - known} changes of the connection"


ALL = (
    notify_speaks,
    quotes_survive,
    urgent_cuts_in,
    groups_speak,
    heard,
    settings,
    settings_last,
    buttons,
    languages_together,
    profiles,
    update_on_the_disk,
    restart_button,
)
