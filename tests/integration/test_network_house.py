"""The whole way over a machine elsewhere: what its speaker says its microphone hears, also after it was killed."""

from __future__ import annotations

import json

import pytest
from tests.support.broker import eventually, person
from tests.support.command import oyez
from tests.support.daemon import running
from tests.support.pi import Pi
from tests.support.spoken import words

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "Someone is at the door."


async def test_a_machine_elsewhere_is_two_rooms_and_they_survive_its_death(mosquitto, tmp_path):
    async with Pi(tmp_path / "pi") as pi, person(mosquitto, "oyez/#") as someone:
        config = {
            "broker": {"host": mosquitto.host, "port": mosquitto.port},
            "rooms": {
                "crier": {"microphone": "none", "speaker": pi.speaker},
                "house": {"microphone": pi.microphone, "speaker": "none"},
            },
        }

        def last(topic):
            return json.loads((someone.on(topic) or [b"{}"])[-1])

        async with running(tmp_path / "d", config) as daemon:
            await eventually(lambda: last("oyez/house/state").get("microphone") == "ok", within=30)
            await someone.publish("oyez/crier/say", SENTENCE)
            await eventually(lambda: last("oyez/crier/said").get("state") == "started", within=60)
            await pi.kill()
            await eventually(lambda: last("oyez/crier/state").get("speaker") == "lost", within=30)
            await eventually(lambda: last("oyez/house/state").get("microphone") == "lost", within=30)
            assert pi.microphone in last("oyez/bridge/health")["troubles"]["microphone:house"]
            await pi.start()
            await eventually(lambda: last("oyez/crier/said").get("state") == "spoken", within=60)
            await eventually(lambda: last("oyez/house/state").get("microphone") == "ok", within=30)
            await someone.publish("oyez/crier/say", SENTENCE)
            await eventually(
                lambda: any(
                    words(json.loads(one)["text"]) == words(SENTENCE) for one in someone.on("oyez/house/heard")
                ),
                within=90,
            )
            status, out, _ = await oyez("doctor", "--config", str(daemon.path), "--json")
        found = {one["what"]: one for one in json.loads(out)}
        assert status == 0, out
        assert found["microphone of house"]["found"] == f"{pi.microphone} answers"
        assert found["speaker of crier"]["found"] == f"{pi.speaker} answers"
