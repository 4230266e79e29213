"""The whole daemon with its doors open: real engines behind HTTP and Hermes."""

from __future__ import annotations

import json

import aiohttp
import pytest
from tests.support.broker import eventually, free_port, person
from tests.support.daemon import running, virtual
from tests.support.spoken import words

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "Someone is at the door."


async def test_what_is_spoken_over_http_is_understood_over_http_and_hermes_speaks_too(mosquitto, tmp_path):
    port = free_port()
    config = virtual(mosquitto, http={"enabled": True, "port": port}, hermes={"enabled": True})
    async with (
        person(mosquitto, "hermes/#") as someone,
        running(tmp_path / "d", config),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        async with client.get("/readyz") as response:
            assert (response.status, await response.text()) == (200, "ok\n")
        async with client.post("/v1/audio/speech", json={"input": SENTENCE, "response_format": "mp3"}) as response:
            assert response.status == 200
            recording = await response.read()
        form = aiohttp.FormData({"language": "en", "response_format": "verbose_json"})
        form.add_field("file", recording, filename="door.mp3")
        async with client.post("/v1/audio/transcriptions", data=form) as response:
            heard = await response.json()
        assert words(heard["text"]) == words(SENTENCE)
        assert 1 < heard["duration"] < 3
        await someone.publish("hermes/tts/say", json.dumps({"text": SENTENCE, "siteId": "crier", "id": "a"}), qos=0)
        await eventually(lambda: someone.on("hermes/tts/sayFinished"), within=60)
        await eventually(lambda: someone.on("hermes/asr/textCaptured"), within=60)
        captured = json.loads(someone.on("hermes/asr/textCaptured")[0])
        assert (captured["siteId"], words(captured["text"])) == ("house", words(SENTENCE))
        async with client.get("/metrics") as response:
            told = await response.text()
        assert 'oyez_announcements_total{room="crier",state="spoken"} 1\n' in told
        assert 'oyez_transcripts_total{room="house"} 1\n' in told
