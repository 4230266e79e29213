"""Devices are tried: alone from the command line, and by the running daemon, through the room that has them."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import numpy as np
import pytest
from tests.support.broker import eventually, person
from tests.support.command import oyez
from tests.support.daemon import running
from tests.support.terminal import Terminal

from oyez import trial
from oyez.actions.action import Asked
from oyez.actions.trying import Trial, device_test
from oyez.config import RoomConfig
from oyez.errors import DeviceLost, InvalidInput
from oyez.model import HEARD_RATE
from oyez.speak.receipts import NoReceipt, Shared

pytestmark = [pytest.mark.pulse, pytest.mark.integration, pytest.mark.timeout(180)]

TONE = 0.1 * np.sin(2 * np.pi * 400 * np.arange(HEARD_RATE // 2) / HEARD_RATE)
RESPONSE, HEALTH = "oyez/bridge/response/device_test", "oyez/bridge/response/health"


@pytest.fixture
async def hum(pulse):
    """Somebody hums into the microphone, for as long as the test lasts."""

    async def hum():
        while True:
            await pulse.feed(np.tile(TONE, 20))

    humming = asyncio.create_task(hum())
    yield
    humming.cancel()
    await asyncio.gather(humming, return_exceptions=True)


async def test_a_device_is_tried_from_the_command_line(pulse, hum):
    async with pulse.record() as recorded:
        status, out, err = await oyez("devices", "--test", "speaker", "--json", **pulse.env)
        told = json.loads(out)
        assert (status, err, told["microphone"]) == (0, "", None)
        assert 1.0 < told["speaker"]["seconds"] < 3.0
        assert np.abs(await recorded.more(0.1)).max() > 0.2
    assert await trial.works_as("microphone") == ["microphone"]
    heard = await trial.record("microphone")
    assert (heard.verdict, heard.peak_dbfs) == ("ok", pytest.approx(-20.0, abs=1.0))
    with pytest.raises(DeviceLost, match="there is no microphone called 'no such thing'"):
        await trial.works_as("no such thing")


@pytest.mark.parametrize("device", ["loopback:hall", "none"])
async def test_what_is_no_device_of_the_machine_is_not_tried(device):
    for attempt in (trial.play, trial.record):
        with pytest.raises(InvalidInput, match="no device that can be tried"):
            await attempt(device)


@pytest.mark.parametrize("device", ["file:/etc", "wyoming:other.host:10600", "udp:7000", "loopback:cellar"])
async def test_no_request_has_us_write_files_or_call_on_other_machines(device):
    home = SimpleNamespace(settings=SimpleNamespace(rooms={"kitchen": RoomConfig(speaker="file:/tmp")}))
    asked = Asked(Trial(device=device), None, Shared(NoReceipt()))
    with pytest.raises(InvalidInput, match="no room has it"):
        await device_test.run(home, asked)


@pytest.mark.parametrize(
    ("samples", "verdict"),
    [
        (np.zeros(HEARD_RATE), "silent"),
        (0.0005 * TONE, "faint"),
        (TONE, "ok"),
        (np.clip(20 * TONE, -1, 1), "clips"),
        (np.zeros(0), "silent"),
    ],
)
def test_what_was_heard_is_judged(samples, verdict):
    assert trial.judged(samples.astype(np.float32)).verdict == verdict


@pytest.mark.model
async def test_the_daemon_tries_them_through_the_room_that_has_them_and_answers_others_meanwhile(
    pulse, hum, mosquitto, tmp_path
):
    config = {
        "broker": {"host": mosquitto.host, "port": mosquitto.port},
        "rooms": {"kitchen": {"microphone": "microphone", "speaker": "speaker", "gain_db": 6.0}},
    }
    async with (
        running(tmp_path / "life", config, **pulse.env) as daemon,
        person(mosquitto, RESPONSE, HEALTH, "oyez/kitchen/said") as someone,
        pulse.record() as recorded,
    ):

        async def test(device, **wishes):
            before = len(someone.on(RESPONSE))
            await someone.publish("oyez/bridge/request/device_test", json.dumps({"device": device} | wishes))
            await someone.publish("oyez/bridge/request/health", "")
            await eventually(lambda: len(someone.on(RESPONSE)) > before, within=30)
            return json.loads(someone.on(RESPONSE)[-1])

        told = (await test("Speaker"))["data"]
        assert (told["speaker"]["room"], told["problems"]) == ("kitchen", {})
        assert someone.on(HEALTH)
        assert [str(one.topic) for one in someone.received].index(HEALTH) < [
            str(one.topic) for one in someone.received
        ].index(RESPONSE)
        assert np.abs(await recorded.more(0.1)).max() > 0.2
        assert [json.loads(one)["state"] for one in someone.on("oyez/kitchen/said")][-1] == "spoken"
        streams = len(daemon.children("oyez.audio.playback_worker"))

        told = (await test("microphone", works_as="microphone"))["data"]["microphone"]
        assert (told["room"], told["verdict"]) == ("kitchen", "ok")
        assert told["peak_dbfs"] == pytest.approx(-14.0, abs=1.0)
        alone = (await test("mic.monitor", works_as="microphone"))["data"]["microphone"]
        assert alone["room"] is None
        assert alone["peak_dbfs"] == pytest.approx(-20.0, abs=1.0)
        assert len(daemon.children("oyez.audio.playback_worker")) == streams

        await someone.publish("oyez/kitchen/set", '{"quiet": true}')
        refused = await test("speaker", works_as="speaker")
        assert (refused["status"], refused["code"]) == ("error", "failed")
        assert "kitchen has it, and its announcement was refused" in refused["error"]
        unknown = await test("no such thing")
        assert "there is no" in unknown["error"]


async def test_the_first_config_is_asked_for_with_devices_that_are_tried(pulse, hum, tmp_path):
    config = tmp_path / "oyez.yaml"
    async with Terminal.running("init", str(config), "--broker", "embedded", **pulse.env) as terminal:
        await terminal.answers("Rooms", "kitchen")
        await terminal.answers("Microphone of kitchen", "microphone")
        await terminal.answers("Try it", "y")
        await terminal.asked("that is heard")
        await terminal.answers("Keep it", "y")
        await terminal.answers("Loudspeaker of kitchen", "speaker")
        await terminal.answers("Try it", "y")
        await terminal.answers("Did you hear it", "y")
        await terminal.asked("Language spoken")
    assert not config.exists()
