"""Device strings."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from oyez.audio.capture_worker import to_mono
from oyez.audio.file import FileMicrophone, FileSpeaker
from oyez.audio.loopback import Airs, LoopbackMicrophone, LoopbackSpeaker
from oyez.audio.none import NoMicrophone, NoSpeaker
from oyez.audio.portaudio import PortAudioMicrophone, PortAudioSpeaker
from oyez.device_spec import DeviceSpec, parse
from oyez.devices import open_microphone, open_speaker
from oyez.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("default", DeviceSpec("device", "default")),
        (" Jabra SPEAK 510 ", DeviceSpec("device", "Jabra SPEAK 510")),
        ("hw:CARD=PCH,DEV=0", DeviceSpec("device", "hw:CARD=PCH,DEV=0")),
        ("file:/tmp/a b:c.wav", DeviceSpec("file", "/tmp/a b:c.wav")),
        ("loopback:kitchen", DeviceSpec("loopback", "kitchen")),
        ("filename", DeviceSpec("device", "filename")),
        ("none", DeviceSpec("none", "")),
    ],
)
def test_a_device_string_is_understood(text, spec):
    assert parse(text) == spec


@pytest.mark.parametrize("text", ["", "  ", "file:", "file", "loopback: ", "a\x00b", "a\nb"])
def test_a_device_string_without_a_meaning_is_refused_with_advice(text):
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    assert caught.value.hint


def test_each_kind_opens_its_devices():
    airs = Airs()
    kinds = {
        "default": (PortAudioMicrophone, PortAudioSpeaker),
        "file:x": (FileMicrophone, FileSpeaker),
        "loopback:x": (LoopbackMicrophone, LoopbackSpeaker),
        "none": (NoMicrophone, NoSpeaker),
    }
    for text, (microphone, speaker) in kinds.items():
        assert isinstance(open_microphone(text, airs=airs), microphone)
        assert isinstance(open_speaker(text, airs=airs), speaker)


async def test_no_microphone_hears_nothing_and_does_not_end():
    async with aclosing(NoMicrophone().frames()) as frames:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(frames), 0.01)


async def test_no_speaker_refuses():
    async def nothing():
        return
        yield

    with pytest.raises(InvalidInput, match="no speaker"):
        await NoSpeaker().play(nothing())


def test_a_stereo_pair_is_averaged_and_of_an_array_the_first_channel_counts():
    assert to_mono(np.array([1, 2], np.float32), 1).tolist() == [1, 2]
    assert to_mono(np.array([1, 0, 0.5, 0.5], np.float32), 2).tolist() == [0.5, 0.5]
    assert to_mono(np.arange(8, dtype=np.float32), 4).tolist() == [0, 4]
