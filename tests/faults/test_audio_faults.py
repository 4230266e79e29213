"""Microphone and speaker under a sound server that dies, freezes or loses devices, and children that die."""

import asyncio
import os
import signal
import time
from contextlib import aclosing, contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from tests.support.pulse import eventually

from oyez.audio.portaudio import PortAudioMicrophone, PortAudioSpeaker
from oyez.errors import DeviceLost
from oyez.model import SPEECH_RATE, SpeechChunk

pytestmark = pytest.mark.pulse

SOON = 4.0  # seconds until a loss is told: 2 s without a sign of life, and a loaded machine


class Hearing:
    """Reads a microphone in the background; `ended` is how that came to an end."""

    def __init__(self, microphone):
        self.frames = 0
        self.heard = 0
        self._microphone = microphone
        self.task = asyncio.create_task(self._read())

    async def _read(self):
        async with aclosing(self._microphone.frames()) as frames:
            async for frame in frames:
                self.frames += 1
                self.heard += bool(np.abs(frame.samples).max() > 0.01)

    async def begun(self):
        await eventually(lambda: self.frames > 10 or self.task.done(), within=15, what="the first frames")
        assert not self.task.done(), self.task.exception()

    async def lost(self, within=SOON):
        """The error that ended it."""
        async with asyncio.timeout(within):
            await asyncio.wait([self.task])
        error = self.task.exception()
        assert isinstance(error, DeviceLost), error
        return error

    async def stop(self):
        self.task.cancel()
        await asyncio.wait([self.task])


async def hears(microphone):
    """Try until it hears, as the daemon does."""
    deadline = time.monotonic() + 15
    while True:
        hearing = Hearing(microphone)
        await eventually(lambda h=hearing: h.frames > 10 or h.task.done(), within=15)
        if not hearing.task.done():
            return hearing
        assert isinstance(hearing.task.exception(), DeviceLost)
        assert time.monotonic() < deadline, hearing.task.exception()


@contextmanager
def loop_never_blocked(*, longest=1.0):
    """The event loop turns all the time. (Far below the 2 s and more that a blocking call to a frozen server takes.)"""
    gaps, last = [0.0], time.monotonic()

    async def turn():
        nonlocal last
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            gaps.append(now - last)
            last = now

    turning = asyncio.create_task(turn())
    try:
        yield
    finally:
        turning.cancel()
    assert max(gaps) < longest


def resources():
    me = psutil.Process()
    pipes = sum("pipe:" in str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return me.num_threads(), pipes


async def speech(seconds):
    times = np.arange(int(seconds * SPEECH_RATE)) / SPEECH_RATE
    yield SpeechChunk((np.sin(times * 2 * np.pi * 440) / 2).astype(np.float32))


async def play_until_heard(pulse, speaker, monitor="speaker.monitor"):
    """A task that plays 20 s, once that is heard."""
    async with pulse.record(monitor) as recorder:
        playing = asyncio.create_task(speaker.play(speech(20)))
        await eventually(lambda: len(recorder) and np.abs(recorder.samples[-2400:]).max() > 0.01, what="the sound")
    return playing


async def lost(task, within=SOON):
    async with asyncio.timeout(within):
        with pytest.raises(DeviceLost) as caught:
            await task
    return caught.value


async def test_a_killed_sound_server_is_noticed_and_its_return_too_and_nothing_piles_up(pulse):
    microphone = PortAudioMicrophone("default")
    before = None
    for _ in range(3):
        hearing = await hears(microphone)
        before = before or resources()
        assert resources() == before
        await pulse.kill()
        await hearing.lost()
        await pulse.start()
    await (await hears(microphone)).stop()


async def test_a_frozen_sound_server_is_noticed_and_never_blocks_the_loop(pulse):
    microphone = PortAudioMicrophone("default")
    hearing = await hears(microphone)
    with loop_never_blocked():
        pulse.freeze()
        error = await hearing.lost()
    assert "microphone" in error.message
    pulse.thaw()
    await (await hears(microphone)).stop()


async def test_an_unplugged_microphone_is_lost_and_the_speakers_monitor_does_not_take_its_place(pulse):
    microphone, speaker = PortAudioMicrophone("default"), PortAudioSpeaker("default", lead_in_ms=0)
    hearing = await hears(microphone)
    playing = await play_until_heard(pulse, speaker)
    await pulse.unplug()
    error = await hearing.lost()
    assert "gone" in error.message or "no answer" in error.message
    again = Hearing(microphone)
    assert "monitor" in (await again.lost(within=10)).message
    assert hearing.heard == 0
    assert again.frames == 0
    playing.cancel()
    await asyncio.wait([playing])
    await pulse.plug_in()
    await (await hears(microphone)).stop()
    await speaker.close()


async def test_a_named_microphone_that_comes_after_the_start_is_found(pulse):
    microphone = PortAudioMicrophone("attic")
    assert "no microphone called 'attic'" in (await Hearing(microphone).lost(within=10)).message
    await pulse.load("module-remap-source master=mic.monitor source_name=attic remix=no")
    await (await hears(microphone)).stop()


async def test_a_capture_child_that_is_killed_is_a_lost_microphone_and_a_new_one_hears(pulse):
    microphone = PortAudioMicrophone("default")
    hearing = await hears(microphone)
    os.kill(microphone.child.pid, signal.SIGKILL)
    assert "signal 9" in (await hearing.lost()).message
    await (await hears(microphone)).stop()


async def test_a_capture_child_that_hangs_is_killed(pulse):
    microphone = PortAudioMicrophone("default")
    hearing = await hears(microphone)
    pid = microphone.child.pid
    os.kill(pid, signal.SIGSTOP)
    await hearing.lost()
    assert not psutil.pid_exists(pid)


async def test_a_killed_sound_server_ends_the_announcement_and_the_next_one_is_spoken(pulse):
    speaker = PortAudioSpeaker("default", lead_in_ms=0)
    playing = await play_until_heard(pulse, speaker)
    await pulse.kill()
    await lost(playing)
    await lost(asyncio.create_task(speaker.play(speech(1))), within=15)
    await pulse.start()
    assert await speaker.play(speech(0.3)) == pytest.approx(0.3)
    await speaker.close()


async def test_a_frozen_sound_server_ends_the_announcement_and_never_blocks_the_loop(pulse):
    speaker = PortAudioSpeaker("default", lead_in_ms=0)
    playing = await play_until_heard(pulse, speaker)
    with loop_never_blocked():
        pulse.freeze()
        await lost(playing)
    pulse.thaw()
    assert await speaker.play(speech(0.3)) == pytest.approx(0.3)
    await speaker.close()


async def test_a_cancel_while_the_sound_server_is_frozen_takes_no_longer(pulse):
    speaker = PortAudioSpeaker("default", lead_in_ms=0)
    playing = await play_until_heard(pulse, speaker)
    pulse.freeze()
    await asyncio.sleep(0.3)  # the device's buffer is full now, and the child hangs in its write
    playing.cancel()
    async with asyncio.timeout(1):
        await asyncio.wait([playing])
    assert playing.cancelled()
    assert not speaker.child.alive
    pulse.thaw()


async def test_an_announcement_does_not_go_on_in_another_room_when_its_speaker_is_unplugged(pulse):
    await pulse.load("module-null-sink sink_name=kitchen sink_properties=device.description=Kitchen")
    speaker = PortAudioSpeaker("kitchen", lead_in_ms=0)
    playing = await play_until_heard(pulse, speaker, "kitchen.monitor")
    await pulse.unload("sink_name=kitchen")
    assert "kitchen" in (await lost(playing)).message
    assert "no speaker called" in (await lost(asyncio.create_task(speaker.play(speech(1))), within=15)).message
    await pulse.load("module-null-sink sink_name=kitchen sink_properties=device.description=Kitchen")
    assert await speaker.play(speech(0.3)) == pytest.approx(0.3)
    await speaker.close()


async def test_a_playback_child_that_is_killed_is_a_lost_speaker_and_a_new_one_speaks(pulse):
    speaker = PortAudioSpeaker("default", lead_in_ms=0)
    playing = await play_until_heard(pulse, speaker)
    os.kill(speaker.child.pid, signal.SIGKILL)
    assert "signal 9" in (await lost(playing)).message
    assert await speaker.play(speech(0.3)) == pytest.approx(0.3)
    os.kill(speaker.child.pid, signal.SIGKILL)
    await eventually(lambda: not speaker.child.alive)
    assert await speaker.play(speech(0.3)) == pytest.approx(0.3)
    await speaker.close()
