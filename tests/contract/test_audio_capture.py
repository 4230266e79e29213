"""What the daemon makes of its capture child, whatever that does."""

from contextlib import aclosing

import numpy as np
import psutil
import pytest

from oyez.audio.portaudio import PortAudioMicrophone
from oyez.errors import DeviceLost
from oyez.model import FRAME_SAMPLES, HEARD_RATE

FRAMES_A_SECOND = HEARD_RATE // FRAME_SAMPLES


def microphone(behaviour):
    return PortAudioMicrophone(behaviour, worker="tests.support.fake_capture")


async def test_audio_that_piled_up_while_the_process_slept_is_dropped_and_overflows_are_counted():
    device = microphone("old, then new")
    async with aclosing(device.frames()) as frames:
        first = await anext(frames)
    assert device.overflows == 3
    assert first.samples.shape == (FRAME_SAMPLES,)


async def test_a_stream_that_says_it_is_alive_but_gives_nothing_is_lost_and_its_child_killed():
    device = microphone("stops")
    async with aclosing(device.frames()) as frames:
        for number in range(FRAMES_A_SECOND):
            frame = await anext(frames)
            if number == 0:
                start, pid = frame.captured_mono, device.child.pid
        np.testing.assert_allclose(frame.captured_mono - start, 1 - FRAME_SAMPLES / HEARD_RATE, atol=1e-6)
        with pytest.raises(DeviceLost, match="no answer within 2 s"):
            await anext(frames)
    assert not psutil.pid_exists(pid)
