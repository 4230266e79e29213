"""A text that is spoken while it arrives: the whole daemon, a real broker, the real voice."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
from tests.support.broker import eventually, person
from tests.support.command import oyez
from tests.support.daemon import running, virtual

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SAY = "oyez/crier/say"


def outcomes(someone, name):
    told = [json.loads(payload) for payload in someone.on("oyez/crier/said")]
    return [one for one in told if one["id"] == name]


def states(someone, name):
    return [one["state"] for one in outcomes(someone, name)]


async def test_it_speaks_its_first_sentence_before_the_last_has_come_and_survives_no_kill(mosquitto, tmp_path):
    config = virtual(mosquitto, tts={"cache_mb": 0})
    del config["rooms"]["house"]
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:

        async def send(text, number, *, more=True, name="t"):
            piece = {"id": name, "text": text, "more": more, "piece": number}
            await someone.publish(SAY, json.dumps(piece))

        for number, word in enumerate(["The", "lamp", "is", "on.", "It", "is"]):  # as a language model writes
            await send(word + " ", number)
        await eventually(lambda: "started" in states(someone, "t"), within=60)
        await send("warm ", 6)
        await send("here.", 7, more=False)
        await eventually(lambda: "spoken" in states(someone, "t"), within=60)
        assert states(someone, "t") == ["accepted", "started", "spoken"]
        spoken = outcomes(someone, "t")[-1]
        assert 1.2 < spoken["seconds"] < 6
        assert "notes" not in spoken

        await send("The door is open. And then ", 0, name="k")
        await eventually(lambda: "started" in states(someone, "k"), within=60)
        await daemon.kill()
        await daemon.start()
        await eventually(lambda: "refused" in states(someone, "k"), within=60)
        assert states(someone, "k") == ["accepted", "started", "accepted", "refused"]
        assert "send all of it again" in outcomes(someone, "k")[-1]["reason"]


async def test_oyez_say_says_what_a_pipe_brings_as_it_comes(mosquitto, tmp_path):
    config = virtual(mosquitto)
    del config["rooms"]["house"]
    broker = ["--broker", f"127.0.0.1:{mosquitto.port}", "--room", "crier"]
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config):
        command = [sys.executable, "-m", "oyez", "say", *broker, "--volume", "0.5", "-"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
        process.stdin.write(b"The lamp is on. It is caf\xc3")
        await eventually(lambda: b'"started"' in b"".join(someone.on("oyez/crier/said")), within=60)
        process.stdin.write(b"\xa9 time.\n")
        out, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert b"spoken" in out
        status, _, err = await oyez("say", *broker, "-", stdin=" \n")
        assert (status, "nothing to say" in err) == (65, True)
