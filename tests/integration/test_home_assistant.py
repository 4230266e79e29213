"""Home Assistant finds the rooms, at a real broker, and keeps finding what is there and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest
from tests.support.broker import eventually, person
from tests.support.daemon import running as daemon
from tests.support.daemon import virtual
from tests.support.home_assistant import STATE, home_assistant
from tests.support.house import House

from oyez import home_assistant as module
from oyez.config import HomeAssistantConfig
from oyez.home_assistant import HomeAssistant
from oyez.model import Transcript
from oyez.mqtt import discovery
from oyez.supervise import running

pytestmark = pytest.mark.integration

KITCHEN = discovery.Room("kitchen", True, True, ("eng", "spa"), ("af_heart", "bf_emma"))
ATTIC = discovery.Room("attic", False, True, (), ("af_heart",))
DEVICES = {f"homeassistant/device/oyez_{name}/config" for name in ("bridge", "kitchen", "attic")}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "APART", 0.3)
    monkeypatch.setattr(module, "BIRTH_DELAY", (0.1, 0.2))


@contextlib.asynccontextmanager
async def living(mosquitto, folder, *rooms, **config):
    """A house whose rooms are announced, for the length of a block."""
    house = House(mosquitto, folder)
    announcer = HomeAssistant(
        HomeAssistantConfig(**config),
        house.broker,
        folder / "home_assistant.json",
        rooms=lambda: rooms,
        engines=["kokoro"],
    )
    house.announcer = announcer
    topics = house.topics
    for room in rooms:
        house.broker.publish(topics.availability(room.name), b"online", retain=True)
        house.broker.publish(topics.state(room.name), json.dumps(STATE).encode(), retain=True)
    async with house.living(), running(announcer.run()):
        yield house


def transcript(text="turn on the light"):
    return Transcript("u1", "kitchen", text, "eng", 0.9, 1.0, 2.0, 0.0)


def noted(folder, text):
    """Whether the record tells of something."""
    record = folder / "home_assistant.json"
    return record.exists() and text in record.read_text()


async def test_the_bridge_comes_first_then_the_rooms_and_all_is_retained(mosquitto, tmp_path):
    async with home_assistant(mosquitto) as hass, living(mosquitto, tmp_path, KITCHEN, ATTIC):
        await eventually(lambda: len(hass.look().devices) == 3)
        assert hass.seen[0][0] == "homeassistant/device/oyez_bridge/config"
        assert hass.names >= {"notify.kitchen_say", "event.kitchen_heard", "notify.attic_say"}
        assert "event.attic_heard" not in hass.names
        async with person(mosquitto, "homeassistant/#") as latecomer:
            await eventually(lambda: {str(one.topic) for one in latecomer.received} == DEVICES)
            assert all(one.retain and one.qos == 1 for one in latecomer.received)
        await eventually(lambda: hass["notify.kitchen_say"].available)


async def test_when_home_assistant_starts_it_gets_availability_devices_and_states_in_this_order(mosquitto, tmp_path):
    async with living(mosquitto, tmp_path, KITCHEN) as house, home_assistant(mosquitto) as hass:
        await eventually(lambda: len(hass.look().devices) == 2)
        house.announcer.heard(transcript())
        await eventually(lambda: hass["sensor.kitchen_transcript"].state)
        before = len(hass._someone.received)
        await hass.birth()
        topic = "oyez/kitchen/transcript"
        await eventually(
            lambda: str(hass._someone.received[-1].topic) == topic and len(hass._someone.received) > before + 1
        )
        again = [str(message.topic) for message in hass._someone.received[before:]]
        assert again == [
            "oyez/bridge/state",
            "oyez/kitchen/availability",
            "homeassistant/device/oyez_bridge/config",
            "homeassistant/device/oyez_kitchen/config",
            "oyez/kitchen/state",
            topic,
        ]
        await hass._someone.publish("homeassistant/status", "offline")
        assert not house.announcer._born


async def test_a_broker_that_lost_everything_gets_it_back(make_mosquitto, tmp_path):
    broker = make_mosquitto()
    broker.start()
    async with living(broker, tmp_path, KITCHEN) as house:
        await house.broker.flushed()
        broker.kill()
        await eventually(lambda: house.state == "away")
        broker.start()
        async with home_assistant(broker) as hass:
            await eventually(lambda: len(hass.look().devices) == 2, within=15)
            await eventually(lambda: hass["notify.kitchen_say"].available)


async def test_a_room_that_is_no_longer_configured_goes_also_over_a_restart(mosquitto, tmp_path):
    async with home_assistant(mosquitto) as hass:
        async with living(mosquitto, tmp_path, KITCHEN, ATTIC):
            await eventually(lambda: len(hass.look().devices) == 3)
            await eventually(lambda: "oyez/attic/state" in str([one.topic for one in hass._someone.received]))
        async with living(mosquitto, tmp_path, KITCHEN):
            await eventually(lambda: len(hass.look().devices) == 2)
            assert not [name for name in hass.names if "attic" in name]
            async with person(mosquitto, "oyez/attic/#", "oyez/kitchen/state") as someone:
                await eventually(lambda: someone.received)
                assert {str(one.topic) for one in someone.received} == {"oyez/kitchen/state"}
            await eventually(lambda: not noted(tmp_path, "attic"))


async def test_what_a_room_can_no_longer_do_is_removed_by_name_and_then_left_out(mosquitto, tmp_path):
    deaf = discovery.Room("kitchen", False, True, (), ("af_heart",))
    topic = "homeassistant/device/oyez_kitchen/config"
    async with home_assistant(mosquitto) as hass:
        async with living(mosquitto, tmp_path, KITCHEN):
            await eventually(lambda: "event.kitchen_heard" in hass.names)
        before = len(hass.seen)
        async with living(mosquitto, tmp_path, deaf):
            await eventually(lambda: len([one for one, _ in hass.look().seen[before:] if one == topic]) == 2)
            first, second = [device for one, device in hass.seen[before:] if one == topic]
            assert first["cmps"]["heard"] == {"p": "event"}
            assert "heard" not in second["cmps"]
            assert "event.kitchen_heard" not in hass.names
            assert "notify.kitchen_say" in hass.names


async def test_nothing_is_announced_twice_in_a_row_and_never_without_need(mosquitto, tmp_path):
    async with home_assistant(mosquitto) as hass, living(mosquitto, tmp_path, KITCHEN) as house:
        await eventually(lambda: len(hass.look().devices) == 2)
        house.announcer.changed()
        await eventually(lambda: not house.announcer._news.is_set())
        await asyncio.sleep(2 * module.APART)
        assert len(hass.look().seen) == 2


async def test_discovery_that_is_switched_off_takes_everything_away(mosquitto, tmp_path):
    async with home_assistant(mosquitto) as hass:
        async with living(mosquitto, tmp_path, KITCHEN):
            await eventually(lambda: len(hass.look().devices) == 2)
        async with living(mosquitto, tmp_path, KITCHEN, discovery=False) as house:
            await eventually(lambda: not hass.look().devices)
            house.announcer.heard(transcript())
            await house.broker.flushed()
            assert hass._someone.on("oyez/kitchen/transcript") == []


async def test_another_prefix_is_left_for_the_new_one(mosquitto, tmp_path):
    async with person(mosquitto, "#") as someone:
        async with living(mosquitto, tmp_path, KITCHEN):
            await eventually(lambda: someone.on("homeassistant/device/oyez_kitchen/config"))
        async with living(mosquitto, tmp_path, KITCHEN, prefix="ha/found"):
            await eventually(lambda: someone.on("homeassistant/device/oyez_kitchen/config")[-1] == b"")
            config = "ha/found/device/oyez_kitchen/config"
            for birth in ("homeassistant/status", "ha/found/status"):
                await eventually(lambda: someone.on(config))
                someone.received.clear()
                await someone.publish(birth, "online", qos=0)
            await eventually(lambda: someone.on(config))


async def test_a_transcript_is_kept_by_the_broker_only_where_it_is_asked_for(mosquitto, tmp_path):
    for retain in (True, False):
        async with living(mosquitto, tmp_path, KITCHEN, retain_transcript=retain) as house:
            house.announcer.heard(transcript())
            await house.broker.flushed()
            await eventually(lambda kept=retain: noted(tmp_path, "kitchen/transcript") is kept)
            async with person(mosquitto, "oyez/kitchen/+") as late:
                await eventually(lambda: late.on("oyez/kitchen/state"))
                assert bool(late.on("oyez/kitchen/transcript")) is retain


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b'{"devices": {"a": 5}, "at": 1, "retained": []}', b"[" * 99999]
)
async def test_a_damaged_record_costs_only_the_clean_up(mosquitto, tmp_path, content):
    (tmp_path / "home_assistant.json").write_bytes(content)
    async with home_assistant(mosquitto) as hass, living(mosquitto, tmp_path, KITCHEN):
        await eventually(lambda: len(hass.look().devices) == 2)


async def test_garbage_on_the_birth_topic_disturbs_nothing(mosquitto, tmp_path):
    async with living(mosquitto, tmp_path, KITCHEN) as house, home_assistant(mosquitto) as hass:
        for payload in (b"\xff\xfe", b"", b"x" * 60_000, json.dumps({"state": "online"})):
            await hass._someone.publish("homeassistant/status", payload)
        await hass._someone.publish("oyez/kitchen/say", "Dinner.")
        await eventually(lambda: hass._someone.on("oyez/kitchen/said"))
        assert not house.announcer._born


@pytest.mark.model
@pytest.mark.timeout(240)
async def test_the_whole_daemon_is_worked_from_home_assistant_and_remembers_what_was_set(mosquitto, tmp_path):
    config = virtual(mosquitto)
    async with home_assistant(mosquitto) as hass, daemon(tmp_path / "d", config) as oyez:
        await eventually(lambda: len(hass.look().devices) == 3)
        assert hass.names >= {"sensor.oyez_memory_recognition", "sensor.oyez_memory_synthesis"}
        await eventually(lambda: hass["binary_sensor.oyez_problem"].state == "OFF", within=30)
        await eventually(lambda: all(one.available for one in hass.look().entities.values()))
        await eventually(lambda: hass["number.crier_volume"].state == "1.0")
        await eventually(lambda: hass["switch.house_listening"].state == "ON")

        await hass.send("Someone is at the door.", "notify.crier_urgent")
        await eventually(lambda: hass["event.house_heard"].events, within=90)
        (event,) = hass["event.house_heard"].events
        await eventually(lambda: hass["sensor.house_transcript"].state == event["text"])
        assert hass["sensor.house_transcript"].attributes["id"] == event["id"]
        await eventually(lambda: hass["sensor.crier_first_audio"].state is not None)
        await hass.press("button.crier_replay")
        await eventually(lambda: hass["binary_sensor.crier_speaking"].state == "ON", within=30)
        await hass.press("button.crier_stop")
        await eventually(lambda: hass["binary_sensor.crier_speaking"].state == "OFF")

        await hass.set("number.crier_volume", 0.35)
        await hass.select("select.crier_voice", "bf_emma")
        await hass.turn("switch.crier_quiet", on=True)
        await hass.set("number.house_gain_db", 6)
        await hass.set("number.house_vad_threshold", 0.7)
        await hass.set("number.house_noise_suppression", 2)
        await hass.turn("switch.house_listening", on=False)
        await hass.select("select.house_language", "spa")
        await eventually(lambda: hass["switch.house_listening"].state == "OFF")
        await eventually(lambda: hass["select.house_language"].state == "spa")
        await oyez.stop()
        await eventually(lambda: not hass["notify.crier_say"].available)

        oyez.notified.clear()
        await oyez.start()
        await eventually(lambda: hass["notify.crier_say"].available)
        await eventually(lambda: hass["number.crier_volume"].state == "0.35")
        assert hass["select.crier_voice"].state == "bf_emma"
        assert hass["switch.crier_quiet"].state == "ON"
        await eventually(lambda: hass["switch.house_listening"].state == "OFF")
        assert hass["number.house_gain_db"].state == "6.0"
        assert hass["number.house_vad_threshold"].state == "0.7"
        assert hass["number.house_noise_suppression"].state == "2"
        assert hass["binary_sensor.house_microphone_problem"].state == "OFF"
        assert json.loads(oyez.path.read_text())["rooms"] == config["rooms"]
