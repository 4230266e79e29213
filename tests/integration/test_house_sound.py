"""The whole way through a real sound server: MQTT -> Kokoro -> PortAudio -> PulseAudio -> PortAudio -> MMS -> MQTT."""

from __future__ import annotations

import json

import pytest
from tests.support.broker import eventually, person
from tests.support.daemon import running
from tests.support.spoken import words

pytestmark = [pytest.mark.integration, pytest.mark.pulse, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "Someone is at the door."


def objects(someone, topic):
    return [json.loads(payload) for payload in someone.on(topic)]


def last(someone, topic):
    return (objects(someone, topic) or [{}])[-1]


def through(pulse_devices, broker) -> dict:
    """One room that speaks to the null sink, another whose microphone is that sink's monitor."""
    return {
        "broker": {"host": broker.host, "port": broker.port, "keepalive_s": 2},
        "rooms": {
            "crier": {"microphone": "none", "speaker": pulse_devices["speaker"]},
            "house": {"microphone": pulse_devices["microphone"], "speaker": "none"},
        },
    }


async def test_an_announcement_is_spoken_and_heard_through_portaudio(pulse, mosquitto, tmp_path):
    config = through({"speaker": "speaker", "microphone": "speaker.monitor"}, mosquitto)
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:
        await eventually(lambda: last(someone, "oyez/house/state").get("microphone") == "ok", within=30)
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: someone.on("oyez/house/heard"), within=90)
        heard = last(someone, "oyez/house/heard")
        assert words(heard["text"]) == words(SENTENCE)
        await eventually(lambda: last(someone, "oyez/crier/said").get("state") == "spoken")
        assert daemon.alive


async def test_a_lost_microphone_shows_and_heals_while_announcements_go_on(pulse, mosquitto, tmp_path):
    config = through({"speaker": "speaker", "microphone": "microphone"}, mosquitto)
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:
        await eventually(lambda: last(someone, "oyez/house/state").get("microphone") == "ok", within=30)
        await pulse.unplug()
        await eventually(lambda: last(someone, "oyez/house/state").get("microphone") == "lost", within=30)
        assert "microphone:house" in str(last(someone, "oyez/bridge/health"))
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: last(someone, "oyez/crier/said").get("state") == "spoken", within=60)
        # The announcement went to the speaker; the stream of the lost microphone must not have become its monitor.
        assert someone.on("oyez/house/heard") == []
        await pulse.plug_in()
        await eventually(lambda: last(someone, "oyez/house/state").get("microphone") == "ok", within=30)
        assert daemon.alive
