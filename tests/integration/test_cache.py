"""What the house said before, it says again at once: the whole daemon, with the real engine."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from tests.support.broker import eventually, person
from tests.support.daemon import running, virtual

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "The dryer is done."


def last(someone, topic) -> dict:
    return ([json.loads(payload) for payload in someone.on(topic)] or [{}])[-1]


async def test_a_repeat_is_not_made_again_not_even_after_kill_9(mosquitto, tmp_path):
    config = virtual(
        mosquitto,
        crier={"speaker": f"file:{tmp_path / 'said'}"},
        tts={"cache_mb": 1},
        cache_dir=str(tmp_path / "cache"),
    )
    config["rooms"].pop("house")

    async def say(number):
        await someone.publish("oyez/crier/say", json.dumps({"id": f"n{number}", "text": SENTENCE}))
        ended = {"id": f"n{number}", "state": "spoken"}
        await eventually(lambda: ended.items() <= last(someone, "oyez/crier/said").items(), within=60)

    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:
        await say(1)
        assert len(list((tmp_path / "cache").glob("*.speech"))) == 1
        await daemon.kill()
        await daemon.start()
        await say(2)
        # The health topic tells every minute, or when something changes: a stage that ends, say.
        for child in daemon.children("kokoro.worker"):
            child.kill()
        await eventually(lambda: last(someone, "oyez/bridge/health").get("parts", {}).get("cache", {}).get("hits") == 1)
        assert "misses" not in last(someone, "oyez/bridge/health")["parts"]["cache"]
    one, two = (soundfile.read(file)[0] for file in sorted((tmp_path / "said").glob("*.wav")))
    assert np.allclose(one, two, atol=2 / 32_768)
