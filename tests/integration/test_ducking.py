"""Other players on a real PulseAudio server are softer while a room speaks, and get back what they had."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager

import pytest
from tests.support.pulse import eventually

from oyez.audio import ducking
from oyez.audio.ducking import Ducking
from oyez.supervise import running

pytestmark = pytest.mark.pulse


@asynccontextmanager
async def music(pulse, sink, *, shell=True):
    """A player on a sink, of a process that isn't a child of ours unless it is started without a shell."""
    play = ["pacat", "--playback", f"--device={sink}", "--rate=16000", "--channels=2", "/dev/zero"]
    command = ["sh", "-c", " ".join(play) + " & wait"] if shell else play
    before = {stream["index"] for stream in await pulse.streams("sink-inputs")}
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | pulse.env, start_new_session=True)

    async def new():
        return [stream for stream in await pulse.streams("sink-inputs") if stream["index"] not in before]

    try:
        await eventually(new, what="the music")
        yield (await new())[0]["index"]
    finally:
        os.killpg(process.pid, 9)
        await process.wait()


async def volume(pulse, index):
    (stream,) = [one for one in await pulse.streams("sink-inputs") if one["index"] == index]
    return [channel["value"] for channel in stream["volume"].values()]


def becomes(pulse, index, wanted):
    async def so():
        return await volume(pulse, index) == wanted

    return eventually(so, what=f"the volume {wanted}")


async def test_players_on_the_speaker_are_softer_while_the_room_speaks_and_as_before_after(pulse, tmp_path):
    await pulse.load("module-null-sink sink_name=other")
    async with (
        music(pulse, "speaker") as here,
        music(pulse, "other") as elsewhere,
        music(pulse, "speaker", shell=False) as ours,
    ):
        await pulse.pactl("set-sink-input-volume", str(here), "40000", "30000")
        quacks = Ducking(0.25, {"kitchen": "default", "hall": "other"}, tmp_path / "ducked.json")
        async with running(quacks.run()):
            quacks.speaks("kitchen", True)
            await becomes(pulse, here, [10000, 7500])
            assert await volume(pulse, elsewhere) == await volume(pulse, ours) == [65536, 65536]
            quacks.speaks("kitchen", False)
            await becomes(pulse, here, [40000, 30000])
            quacks.speaks("hall", True)
            await becomes(pulse, elsewhere, [16384, 16384])
        await becomes(pulse, elsewhere, [65536, 65536])  # also when the daemon ends in the middle


async def test_a_volume_that_somebody_changed_meanwhile_stays(pulse, tmp_path):
    async with music(pulse, "speaker") as here:
        quacks = Ducking(0.5, {"kitchen": "Speaker"}, tmp_path / "ducked.json")
        async with running(quacks.run()):
            quacks.speaks("kitchen", True)
            await becomes(pulse, here, [32768, 32768])
            await pulse.pactl("set-sink-input-volume", str(here), "20000")
        assert await volume(pulse, here) == [20000, 20000]


async def test_what_a_killed_daemon_left_softer_gets_its_volume_back_at_the_next_start(pulse, tmp_path):
    note = tmp_path / "ducked.json"
    async with music(pulse, "speaker") as here:
        await pulse.pactl("set-sink-input-volume", str(here), "16384")
        await asyncio.to_thread(
            note.write_text, json.dumps({str(here): [[65536, 65536], [16384, 16384]], "999": [[1], [0]]})
        )
        async with running(Ducking(0.25, {"kitchen": "default"}, note).run()):
            await becomes(pulse, here, [65536, 65536])


async def test_music_is_not_let_in_between_two_announcements(pulse, tmp_path, monkeypatch):
    monkeypatch.setattr(ducking, "LINGER", 60.0)
    async with music(pulse, "speaker") as here:
        quacks = Ducking(0.25, {"kitchen": "default"}, tmp_path / "ducked.json")
        async with running(quacks.run()):
            quacks.speaks("kitchen", True)
            await becomes(pulse, here, [16384, 16384])
            quacks.speaks("kitchen", False)
            await asyncio.sleep(0)
            quacks.speaks("kitchen", True)
            quacks.speaks("kitchen", False)
            assert await volume(pulse, here) == [16384, 16384]


async def test_a_damaged_note_and_no_sound_server_harm_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    note = tmp_path / "ducked.json"
    await asyncio.to_thread(note.write_text, "[1")
    quacks = Ducking(0.25, {"kitchen": "default"}, note)
    async with running(quacks.run()):
        quacks.speaks("kitchen", True)
        await eventually(lambda: not quacks._changed.is_set())
