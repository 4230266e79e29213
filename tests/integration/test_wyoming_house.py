"""A daemon that serves Wyoming beside its rooms, with the real engines: text to sound to text, as Home Assistant asks."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest
import soundfile
import soxr
from tests.support.broker import eventually, free_port, person
from tests.support.daemon import running, virtual
from tests.support.spoken import words
from tests.support.wyoming import Client, types
from wyoming.asr import Transcribe, Transcript
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "Someone is at the door."


def pcm(events) -> np.ndarray:
    return np.frombuffer(b"".join(event.payload or b"" for event in events), "<i2")


async def test_what_is_synthesised_is_recognised_while_the_rooms_go_on(mosquitto, tmp_path):
    port = free_port()
    config = virtual(mosquitto, wyoming={"enabled": True, "port": port, "end_commands": True})
    async with (
        person(mosquitto, "oyez/#") as someone,
        running(tmp_path / "d", config),
        Client("127.0.0.1", port) as client,
        Client("127.0.0.1", port) as ear,
    ):
        await client.ask(Describe())
        info = Info.from_event((await client.until("info"))[-1])
        assert "en" in info.asr[0].models[0].languages
        assert not info.asr[0].requires_external_vad
        assert "af_heart" in {voice.name for voice in info.tts[0].voices}
        await someone.publish("oyez/crier/say", SENTENCE)
        await client.ask(SynthesizeStart(), *map(SynthesizeChunk, SENTENCE.split(" ")[:1]))
        await client.ask(*(SynthesizeChunk(f" {word}") for word in SENTENCE.split(" ")[1:]), SynthesizeStop())
        events = await client.until("synthesize-stopped", "error")
        assert types(events)[-2:] == ["audio-stop", "synthesize-stopped"]
        await client.ask(Synthesize("Good morning. " + SENTENCE))
        assert len(pcm(await client.until("audio-stop", "error"))) > len(pcm(events)) > 24_000
        said = soxr.resample(pcm(events).astype(np.float32) / 32_768, 24_000, 16_000)
        heard = np.concatenate([np.zeros(8_000), said, np.zeros(32_000)]) * 32_767
        await ear.ask(Transcribe(language="en-US"))
        await ear.hear(heard.astype("<i2").tobytes(), stop=False)
        transcript = Transcript.from_event((await ear.until("transcript", "error"))[-1])
        assert words(transcript.text) == words(SENTENCE)
        assert transcript.language == "en"
        await eventually(lambda: "spoken" in str(someone.on("oyez/crier/said")), within=60)
        await eventually(lambda: someone.on("oyez/house/heard"), within=60)
        assert words(json.loads(someone.on("oyez/house/heard")[-1])["text"]) == words(SENTENCE)


async def test_a_house_without_ears_hears_for_clients_and_its_room_plays_what_home_assistant_announces(
    mosquitto, tmp_path
):
    port, satellite = free_port(), free_port()
    config = {
        "broker": {"host": mosquitto.host, "port": mosquitto.port},
        "rooms": {"hall": {"microphone": "none", "speaker": f"file:{tmp_path}/out", "volume": 0.5}},
        "wyoming": {"enabled": True, "port": port, "speak": False, "satellites": {"hall": satellite}},
    }
    async with (
        person(mosquitto, "oyez/#") as someone,
        running(tmp_path / "d", config) as daemon,
        Client("127.0.0.1", port) as client,
        Client("127.0.0.1", satellite) as announcer,
    ):
        await client.ask(Describe())
        info = Info.from_event((await client.until("info"))[-1])
        assert (len(info.asr), info.tts) == (1, [])
        await announcer.hear(b"\0\x40" * 32_000)
        assert types(await announcer.until("played")) == ["played"]
        (file,) = (tmp_path / "out").glob("*.wav")
        played, _ = soundfile.read(file)
        assert len(played) == pytest.approx(48_000, abs=2)
        assert np.median(played) == pytest.approx(0.25, abs=0.01), "at the volume of the room"
        await eventually(lambda: "spoken" in str(someone.on("oyez/hall/said")))
        assert await asyncio.wait_for(daemon.stop(), 30) == 0
        assert await client.read_event() is None
