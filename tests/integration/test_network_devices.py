"""Microphones and speakers of other machines: programs in processes of their own, which are killed, frozen and talk nonsense."""

from __future__ import annotations

import asyncio
import io
import socket
import time
import wave
from contextlib import aclosing

import numpy as np
import pytest
from tests.support.broker import free_port
from tests.support.hearing import Ear
from tests.support.pi import Pi
from tests.support.pulse import eventually

from oyez.audio import udp
from oyez.audio.loopback import Airs
from oyez.devices import open_microphone, open_speaker
from oyez.errors import DeviceLost
from oyez.listen import SilenceWatch, hear
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, SpeechChunk
from oyez.supervise import running
from oyez.wyoming import line, microphone, speaker

SOON = 4.0  # seconds until a loss is told: 2 s without a sign of life, and a loaded machine


@pytest.fixture
async def pi(tmp_path):
    async with Pi(tmp_path / "pi") as made:
        yield made


def opened(device):
    return open_microphone(device, airs=Airs())


def spoken(pi, lead_in_ms=0):
    return open_speaker(pi.speaker, airs=Airs(), lead_in_ms=lead_in_ms)


def tone(seconds, hertz=440, rate=SPEECH_RATE):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


async def speech(*pieces):
    for piece in pieces:
        yield SpeechChunk(piece)


class Hearing:
    """Reads a microphone in the background."""

    def __init__(self, device):
        self.frames = []
        self.task = asyncio.create_task(self._read(opened(device)))

    async def _read(self, source):
        async with aclosing(source.frames()) as frames:
            async for frame in frames:
                self.frames.append(frame)

    @property
    def loud(self):
        return sum(np.abs(frame.samples).max() > 0.3 for frame in self.frames) * FRAME_SAMPLES / HEARD_RATE

    async def begun(self):
        await eventually(lambda: len(self.frames) > 5 or self.task.done(), what="the first frames")
        assert not self.task.done(), self.task.exception()

    async def lost(self, within=SOON):
        async with asyncio.timeout(within):
            await asyncio.wait([self.task])
        assert isinstance(self.task.exception(), DeviceLost), self.task.exception()
        return self.task.exception().message

    async def stop(self):
        self.task.cancel()
        await asyncio.wait([self.task])


async def lost(awaitable):
    with pytest.raises(DeviceLost) as caught:
        await awaitable
    return caught.value.message


async def test_what_one_program_plays_the_other_hears_whole_and_in_time(pi):
    hearing, said, told, audible = Hearing(pi.microphone), tone(1.5), [], []
    await hearing.begun()
    began = time.monotonic()
    seconds = await spoken(pi, lead_in_ms=100).play(
        speech(said[:10_000], said[10_000:]), on_audible=lambda: audible.append(1), on_played=told.append
    )
    took = time.monotonic() - began
    assert (seconds, told[-1], audible) == (1.5, 1.5, [1])
    assert told == sorted(told)
    assert took > 0.1 + 1.5 + speaker.TAIL - 0.01  # the speaker is done when the last word was heard
    await eventually(lambda: hearing.loud > 1.4, what="the tone")
    await hearing.stop()
    await eventually(lambda: pi.events[-1:] == ["end"], what="the end of the connection")
    assert pi.events.count("start") == pi.events.count("stop") == 1
    start = np.flatnonzero(np.abs(pi.played) > 0.01)[0]
    assert start == pytest.approx(0.1 * SPEECH_RATE, abs=10)
    np.testing.assert_allclose(pi.played[2_400:][: len(said)], said, atol=1e-4)
    assert not pi.played[2_400 + len(said) :].any()
    times = [frame.captured_mono for frame in hearing.frames]
    assert max(abs(np.diff(times) - 0.02)) < hear.GAP


async def test_a_stop_leaves_nothing_to_be_heard_but_what_was_under_way(pi):
    told = []
    playing = asyncio.create_task(spoken(pi).play(speech(tone(20)), on_played=told.append))
    await eventually(lambda: len(pi.played) > 0.5 * SPEECH_RATE, what="the sound")
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    await eventually(lambda: pi.events[-1:] == ["end"], what="the end of the connection")
    assert 0.25 < told[-1] < len(pi.played) / SPEECH_RATE
    assert len(pi.played) / SPEECH_RATE - told[-1] < speaker.AHEAD + 2 * speaker.PIECE / SPEECH_RATE
    assert "stop" not in pi.events


async def test_what_is_to_begin_at_a_moment_is_led_in_until_then(pi):
    device, at = spoken(pi), time.monotonic() + 0.5
    await device.wake()
    await device.play(speech(tone(0.2)), at=at)
    first = np.flatnonzero(np.abs(pi.played) > 0.01)[0] / SPEECH_RATE
    assert 0.1 < first < 0.51
    await device.wake()  # and what was woken in vain is closed
    await device.close()
    await eventually(lambda: pi.events.count("end") >= 2, what="the end of the connection")


async def test_a_microphone_that_dies_is_lost_and_one_that_returns_is_heard_and_both_are_told(pi, monkeypatch):
    monkeypatch.setattr(hear, "LONGEST_WAIT", 0.5)
    ear = Ear(opened(pi.microphone), silence=SilenceWatch())
    async with running(ear.room.run()):
        await eventually(lambda: ear.states[-1:] == ["ok"])
        await pi.kill()
        await eventually(lambda: ear.states[-1] == "lost", within=SOON)
        assert pi.microphone in ear.part["detail"]
        await pi.start()
        await eventually(lambda: ear.states[-1] == "ok")
    assert ear.part["lost"] == 1


async def test_a_speaker_that_dies_in_mid_sentence_is_lost_and_one_that_returns_speaks(pi):
    device, told = spoken(pi), []
    playing = asyncio.create_task(device.play(speech(tone(20)), on_played=told.append))
    await eventually(lambda: len(pi.played) > 0.5 * SPEECH_RATE, what="the sound")
    await pi.kill()
    async with asyncio.timeout(SOON):
        assert pi.speaker in await lost(playing)
    assert 0.2 < told[-1] < 10
    assert "can't be reached: Connection refused" in await lost(device.play(speech(tone(1))))
    await pi.start()
    assert await device.play(speech(tone(0.2))) == pytest.approx(0.2)


async def test_a_machine_that_hangs_is_lost_both_ways(pi, monkeypatch):
    monkeypatch.setattr(microphone, "STALL", 0.5)
    monkeypatch.setattr(line, "UNREAD", 0.5)
    monkeypatch.setattr(speaker, "PLAYED_WITHIN", 0.3)
    hearing, playing = Hearing(pi.microphone), asyncio.create_task(spoken(pi).play(speech(tone(20))))
    await hearing.begun()
    await eventually(lambda: len(pi.played) > 0.1 * SPEECH_RATE, what="the sound")
    pi.freeze()
    assert "silent" in await hearing.lost()
    async with asyncio.timeout(10):  # what the kernels between us hold is some seconds of sound
        assert "hangs" in await lost(playing)
    assert "silent: no played" in await lost(spoken(pi).play(speech(tone(0.2))))
    pi.thaw()
    hearing = Hearing(pi.microphone)
    await hearing.begun()
    await hearing.stop()


async def test_a_program_that_talks_nonsense_or_faster_than_time_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.setattr(speaker, "PLAYED_WITHIN", 0.3)
    async with Pi(tmp_path / "nonsense", nonsense=True, wordless=True) as pi:
        assert "not an event of the Wyoming protocol" in await Hearing(pi.microphone).lost()
        assert "no played within" in await lost(spoken(pi).play(speech(tone(0.1))))
    async with Pi(tmp_path / "haste", haste=True) as pi:
        began, hearing = time.monotonic(), Hearing(pi.microphone)
        await eventually(lambda: len(hearing.frames) > 130, what="the frames")  # 2.6 s
        assert time.monotonic() - began > 0.4
        await hearing.stop()


async def test_a_machine_that_is_not_there_is_lost_and_its_name_too():
    nowhere = f"wyoming:127.0.0.1:{free_port()}"
    assert "can't be reached" in await Hearing(nowhere).lost()
    assert "can't be reached" in await Hearing("wyoming:nobody.invalid:10600").lost()


class Sender:
    """Sends datagrams to a port of this machine."""

    def __init__(self, port):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._to = ("127.0.0.1", port)

    def send(self, content):
        self._socket.sendto(content, self._to)

    async def speak(self, sound, *, header=b"", pause=0.005):
        pcm = (sound * 32767).astype("<i2").tobytes()
        for start in range(0, len(pcm), 1_280):
            self.send(header + pcm[start : start + 1_280])
            await asyncio.sleep(pause)

    async def awaited(self):
        """Until somebody listens there."""

        def taken():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                try:
                    other.bind(self._to)
                except OSError:
                    return True
            return False

        await eventually(taken, what="somebody who listens")

    def close(self):
        self._socket.close()


@pytest.fixture
def sender():
    made = Sender(free_port())
    yield made
    made.close()


def wav_header(rate):
    with io.BytesIO() as file:
        with wave.open(file, "wb") as written:
            written.setnchannels(1)
            written.setsampwidth(2)
            written.setframerate(rate)
        return file.getvalue()


@pytest.mark.parametrize("header", [b"", wav_header(HEARD_RATE)], ids=["raw", "Rhasspy"])
async def test_datagrams_are_heard_from_the_first_who_sends_them(sender, header):
    port, other = sender._to[1], Sender(sender._to[1])
    hearing, said = Hearing(f"udp:{port}"), tone(1.0, rate=HEARD_RATE)
    await sender.awaited()
    sender.send(b"")
    await sender.speak(np.zeros(640, np.float32), header=header)
    other.send(said.tobytes())
    await sender.speak(said, header=header)
    await eventually(lambda: hearing.loud > 0.95, what="the tone")
    other.close()
    heard = np.concatenate([frame.samples for frame in hearing.frames])[640:]
    np.testing.assert_allclose(heard, said[: len(heard)], atol=1e-3)
    await hearing.stop()


async def test_datagrams_that_stop_or_are_of_another_kind_are_a_lost_microphone_and_the_port_is_free_again(
    sender, monkeypatch
):
    monkeypatch.setattr(udp, "STALL", 0.2)
    device = f"udp:{sender._to[1]}"
    for _ in range(2):
        hearing = Hearing(device)
        await sender.awaited()
        await sender.speak(tone(0.2, rate=HEARD_RATE))
        assert "nothing comes" in await hearing.lost()
    hearing = Hearing(device)
    await sender.awaited()
    assert "can't listen: Address already in use" in await Hearing(device).lost()
    sender.send(wav_header(48_000))
    assert "WAV of another kind" in await hearing.lost()
