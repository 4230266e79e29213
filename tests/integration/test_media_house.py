"""Sounds from addresses in the whole daemon: a real broker, a real web server, the real voice."""

from __future__ import annotations

import json

import pytest
from tests.support.broker import eventually, person
from tests.support.daemon import running, virtual
from tests.support.web import Web

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]


async def test_an_address_that_is_allowed_is_played_and_another_is_told(mosquitto, tmp_path):
    async with Web().open() as web, person(mosquitto, "oyez/#") as someone:
        config = virtual(mosquitto, audio={"media_urls": [f"{web.url}/sounds/"]})
        del config["rooms"]["house"]

        async def say(name, text, **wishes):
            await someone.publish("oyez/crier/say", json.dumps({"id": name, "text": text} | wishes))
            ended = ("spoken", "refused", "failed")

            def ends():
                told = [json.loads(one) for one in someone.on("oyez/crier/said")]
                return [one for one in told if one["id"] == name and one["state"] in ended]

            await eventually(ends, within=60)
            return ends()[0]

        async with running(tmp_path / "d", config):
            ding = f"[[play {web.url}/sounds/ding.mp3?authSig=secret]]"
            told = await say("a", ding, chime=f"{web.url}/sounds/ding.wav")
            assert (told["state"], "notes" in told) == ("spoken", False)
            assert 0.9 < told["seconds"] < 1.3
            assert [path.partition("?")[0] for path in web.asked] == ["/sounds/ding.wav", "/sounds/ding.mp3"]
            told = await say("b", f'<speak><audio src="{web.url}/private/ding.wav">Ding dong.</audio></speak>')
            assert (told["state"], told["seconds"] > 0.3) == ("spoken", True)
            assert "audio.media_urls doesn't allow its address" in told["notes"][0]
            told = await say("c", f"[[play {web.url}/sounds/missing.wav?authSig=secret]]")
            assert (told["state"], "404 Not Found" in told["reason"], "secret" in told["reason"]) == ("refused", 1, 0)
            assert len(web.asked) == 3
