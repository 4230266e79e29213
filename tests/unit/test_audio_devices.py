"""Device strings."""

import asyncio
import sys
from contextlib import aclosing

import numpy as np
import pytest

from oyez.audio.file import FileMicrophone, FileSpeaker
from oyez.audio.loopback import Airs, LoopbackMicrophone, LoopbackSpeaker
from oyez.audio.mono import to_mono
from oyez.audio.none import NoMicrophone, NoSpeaker
from oyez.audio.portaudio import PortAudioMicrophone, PortAudioSpeaker
from oyez.audio.udp import UdpMicrophone
from oyez.device_spec import DeviceSpec, parse
from oyez.devices import open_microphone, open_speaker
from oyez.errors import InvalidInput, ModelMissing
from oyez.wyoming.microphone import WyomingMicrophone
from oyez.wyoming.speaker import WyomingSpeaker


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
        ("wyoming:kitchen-pi.local:10600", DeviceSpec("wyoming", "kitchen-pi.local", 10600)),
        ("wyoming:[::1]:10600", DeviceSpec("wyoming", "::1", 10600)),
        ("udp:12202", DeviceSpec("udp", "127.0.0.1", 12202)),
        ("udp:[::]:12202", DeviceSpec("udp", "::", 12202)),
    ],
)
def test_a_device_string_is_understood(text, spec):
    assert parse(text) == spec


@pytest.mark.parametrize("text", ["", "  ", "file:", "file", "loopback: ", "a\x00b", "a\nb", "udp", "wyoming:pi"])
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
        "wyoming:pi:10600": (WyomingMicrophone, WyomingSpeaker),
    }
    for text, (microphone, speaker) in kinds.items():
        assert isinstance(open_microphone(text, airs=airs), microphone)
        assert isinstance(open_speaker(text, airs=airs), speaker)
    assert isinstance(open_microphone("udp:12202", airs=airs), UdpMicrophone)


def test_only_of_what_is_really_in_a_room_digital_silence_is_a_sign_of_trouble():
    assert [parse(text).real for text in ("default", "wyoming:pi:10600", "udp:12202")] == [True] * 3
    assert [parse(text).real for text in ("file:x", "loopback:x", "none")] == [False] * 3


def test_without_its_library_a_wyoming_device_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "oyez.wyoming.microphone", None)
    with pytest.raises(ModelMissing, match="Wyoming protocol needs the Python module") as caught:
        open_microphone("wyoming:pi:10600", airs=Airs())
    assert caught.value.hint == 'pip install "oyez[wyoming]"'


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
