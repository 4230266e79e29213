"""`oyez calibrate` at a daemon that hears through a real sound server."""

import asyncio
import contextlib
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.support.broker import person
from tests.support.command import oyez
from tests.support.house import House
from tests.support.pulse import eventually

from oyez.audio.loopback import Airs
from oyez.config import VadConfig
from oyez.devices import open_microphone
from oyez.engines.noise import WebrtcDenoiser
from oyez.engines.vad import make_vad
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen import Gate, HearingRoom, Segmenter
from oyez.model import HEARD_RATE
from oyez.supervise import running

pytestmark = pytest.mark.integration

SPEECH = Path(__file__).parents[1] / "data" / "vad" / "speech.flac"
STEPS = "oyez/bridge/response/calibrate"
RNG = np.random.default_rng(5)


def ear(device: str) -> HearingRoom:
    return HearingRoom(
        "kitchen",
        open_microphone(device, airs=Airs()),
        gate=Gate(500),
        vad=make_vad("silero"),
        segmenter=Segmenter(VadConfig()),
        denoiser=WebrtcDenoiser,
        utterances=Channel("utterances", 4, WhenFull.DROP_OLDEST),
        health=Health().part("kitchen"),
    )


@contextlib.asynccontextmanager
async def played(pulse, samples):
    """Samples into the microphone, again and again."""

    async def play():
        while True:
            await pulse.feed(samples)

    async with running(play()):
        yield


@pytest.mark.pulse
async def test_a_room_is_measured_in_silence_and_speech_and_its_ear_is_set_to_what_was_heard(
    pulse, mosquitto, tmp_path
):
    noise = (10 ** (-66 / 20) * RNG.standard_normal(2 * HEARD_RATE)).astype(np.float32)
    speech, _ = soundfile.read(SPEECH, dtype="float32")
    faint = 0.03 * speech / np.abs(speech).max()
    room = ear("microphone")
    at = ["--broker", f"{mosquitto.host}:{mosquitto.port}"]
    async with (
        House(mosquitto, tmp_path, engines={"hearing": {"kitchen": room}}).living() as house,
        running(room.run()),
        person(mosquitto, STEPS) as someone,
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "oyez", "calibrate", *at, "--silence", "1.5", "--speech", "3", "--apply", "--json",
            env=os.environ | pulse.env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with played(pulse, noise):
            await eventually(lambda: len(someone.on(STEPS)) == 2, within=30)
        async with played(pulse, faint):
            out, err = await process.communicate()
        assert err == b""
    told = json.loads(out)
    assert told["silence"]["level_dbfs"] == pytest.approx(-66, abs=2)
    assert told["silence"]["probability"] < 0.3
    assert told["speech"]["probability"] > 0.9
    assert told["speech"]["peak_dbfs"] == pytest.approx(-30.5, abs=2)
    assert (told["enough"], told["applied"], told["notes"]) == (True, True, [])
    assert told["recommended"]["vad_threshold"] == 0.5
    assert told["recommended"]["gain_db"] == pytest.approx(-26 - told["speech_dbfs"], abs=1)
    kitchen = house.settings.rooms["kitchen"]
    assert (kitchen.gain_db, kitchen.vad_threshold) == (told["recommended"]["gain_db"], None)  # the house's is right


async def test_a_person_is_told_what_to_do_and_what_was_found(mosquitto, tmp_path):
    quiet = (0.001 * RNG.standard_normal(3 * HEARD_RATE)).astype(np.float32)
    soundfile.write(tmp_path / "quiet.wav", quiet, HEARD_RATE)
    room = ear(f"file:{tmp_path / 'quiet.wav'}")
    at = ["--broker", f"{mosquitto.host}:{mosquitto.port}"]
    async with House(mosquitto, tmp_path, engines={"hearing": {"kitchen": room}}).living() as house:
        calibrating = asyncio.create_task(oyez("calibrate", "kitchen", *at, "--silence", "1", "--speech", "1"))
        await eventually(lambda: room.probe.busy, within=30)
        async with running(room.run()):
            status, out, err = await calibrating
        assert house.settings.rooms["kitchen"].vad_threshold is None
    assert status == 0
    assert "Be silent for 1 s" in err
    assert "Now say a sentence" in err
    assert "no speech was heard" in err
    assert float(re.search(r"silence +(-\d+\.\d)", out)[1]) == pytest.approx(-60, abs=1)
    assert out.splitlines()[-1] == "recommended: vad_threshold: 0.5"


async def test_a_microphone_that_no_daemon_has_is_measured_here(tmp_path):
    speech, rate = soundfile.read(SPEECH, dtype="float32", stop=2 * HEARD_RATE)
    noise = (0.001 * RNG.standard_normal(rate)).astype(np.float32)
    soundfile.write(tmp_path / "room.wav", np.concatenate((noise, 0.2 * speech)), rate)
    device = f"file:{tmp_path / 'room.wav'}"
    status, out, err = await oyez("calibrate", "--device", device, "--silence", "1", "--speech", "1.9", "--json")
    assert (status, err) == (0, "")
    told = json.loads(out)
    assert (told["device"], told["silence"]["level_dbfs"]) == (device, pytest.approx(-60.0, abs=0.2))
    assert told["enough"]
    assert told["recommended"]["vad_threshold"] == 0.5
    status, _, err = await oyez("calibrate", "kitchen", "--device", device)
    assert (status, "leave --device out" in err) == (65, True)
