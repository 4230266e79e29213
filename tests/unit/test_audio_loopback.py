"""The virtual room: time is a number that the test sets."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from oyez.audio.loopback import AHEAD, Air, Airs, LoopbackMicrophone, LoopbackSpeaker
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, SpeechChunk

ONES = np.ones(HEARD_RATE, np.float32)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


class TestAir:
    @pytest.fixture(autouse=True)
    def make(self):
        self.clock = Clock()
        self.air = Air(clock=self.clock)

    def at(self, samples):
        self.clock.seconds = 100.0 + samples / HEARD_RATE

    def test_silent_air_is_silent(self):
        assert not self.air.heard(0, 1000).any()

    def test_what_is_said_is_heard_from_then_on(self):
        self.at(500)
        self.air.voice().say(ONES[:200] * 0.5)
        heard = self.air.heard(400, 400)
        assert np.flatnonzero(heard).tolist() == list(range(100, 300))
        assert set(heard[100:300]) == {0.5}

    def test_what_follows_joins_without_a_gap(self):
        voice = self.air.voice()
        voice.say(ONES[:100] * 0.5)
        self.at(50)
        voice.say(ONES[:100] * 0.25)
        heard = self.air.heard(0, 200)
        assert heard.tolist() == [0.5] * 100 + [0.25] * 100

    def test_what_comes_late_is_said_when_it_comes(self):
        voice = self.air.voice()
        voice.say(ONES[:100])
        self.at(300)
        voice.say(ONES[:100])
        assert np.flatnonzero(self.air.heard(0, 500)).tolist() == [*range(100), *range(300, 400)]

    def test_several_voices_mix_and_all_hear_the_same(self):
        self.air.voice().say(ONES[:100] * 0.5)
        self.air.voice().say(ONES[:100] * 0.25)
        assert set(self.air.heard(0, 100)) == set(self.air.heard(0, 100)) == {0.75}

    def test_the_mix_stays_in_range(self):
        for _ in range(3):
            self.air.voice().say(-ONES[:100])
        assert self.air.heard(0, 100).min() == -1.0

    def test_a_closed_voice_is_silent_from_then_on_and_what_it_said_stays_heard(self):
        voice = self.air.voice()
        voice.say(ONES)
        self.at(1000)
        voice.close()
        assert np.flatnonzero(self.air.heard(0, HEARD_RATE)).tolist() == list(range(1000))

    def test_what_nobody_will_read_any_more_is_forgotten(self):
        for second in range(60):
            self.at(second * HEARD_RATE)
            voice = self.air.voice()
            voice.say(ONES[:100])
            voice.close()
        assert len(self.air._voices) <= 4
        long = self.air.voice()
        for second in range(60, 120):
            self.at(second * HEARD_RATE)
            long.say(ONES)
        assert len(long._pieces) <= 4


def test_gain_and_noise_are_as_configured():
    air = Air(gain_db=-20, noise_db=-40)
    noise = air.heard(0, HEARD_RATE)
    assert 20 * np.log10(noise.std()) == pytest.approx(-40, abs=0.5)
    air.voice().say(np.tile(ONES, 2))
    assert air.heard(1000, HEARD_RATE).mean() == pytest.approx(0.1, abs=0.01)


def test_an_air_is_made_once_for_each_name():
    airs = Airs(gain_db=-6)
    assert airs["a"] is airs["a"]
    assert airs["a"] is not airs["b"]


def tone(seconds):
    return np.sin(np.arange(int(seconds * SPEECH_RATE)) * 2 * np.pi * 440 / SPEECH_RATE).astype(np.float32) / 2


async def one(*chunks):
    for chunk in chunks:
        yield SpeechChunk(chunk)


async def hear(air, until):
    heard, times = [], []
    async with aclosing(LoopbackMicrophone(air).frames()) as frames:
        async for frame in frames:
            heard.append(frame.samples)
            times.append(frame.captured_mono)
            if until(np.concatenate(heard)):
                return np.concatenate(heard), times
    return None


async def test_a_microphone_hears_what_a_speaker_plays_and_both_take_its_time():
    air, audible = Air(), []
    async with asyncio.TaskGroup() as group:
        hearing = group.create_task(hear(air, lambda h: h.any() and not h[-2 * FRAME_SAMPLES :].any()))
        playing = group.create_task(
            LoopbackSpeaker(air).play(one(tone(0.2), tone(0.1)), volume=0.5, on_audible=lambda: audible.append(1))
        )
    heard, times = hearing.result()
    assert playing.result() == pytest.approx(0.3)
    assert audible == [1]
    assert np.count_nonzero(heard) == pytest.approx(0.3 * HEARD_RATE, abs=10)
    assert np.abs(heard).max() == pytest.approx(0.25, abs=0.02)
    np.testing.assert_allclose(np.diff(times), FRAME_SAMPLES / HEARD_RATE, atol=1e-6)


async def test_a_cancelled_speaker_is_silent_at_once_and_tells_what_was_heard():
    air, played = Air(), []
    playing = asyncio.create_task(LoopbackSpeaker(air).play(one(tone(10)), on_played=played.append))
    hearing = asyncio.create_task(hear(air, lambda h: np.count_nonzero(h) > 1000))
    await hearing
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert not air.heard(air.now() + 1, AHEAD).any()
    (seconds,) = played
    assert 0 < seconds <= (air.now()) / HEARD_RATE


async def test_two_speakers_with_one_moment_begin_at_the_same_sample():
    air, other = Air(), Air()
    other.started_mono = air.started_mono
    at = air.started_mono + 0.25
    await asyncio.gather(*(LoopbackSpeaker(one_air).play(one(tone(0.2)), at=at) for one_air in (air, other)))
    heard = [np.flatnonzero(one_air.heard(0, HEARD_RATE)) for one_air in (air, other)]
    assert heard[0][0] == heard[1][0] >= 0.25 * HEARD_RATE


async def test_a_speaker_takes_no_more_than_two_seconds_ahead():
    air, taken = Air(), []

    async def endless():
        while True:
            taken.append(1)
            yield SpeechChunk(tone(0.5))

    source = endless()
    playing = asyncio.create_task(LoopbackSpeaker(air).play(source))
    await hear(air, lambda h: len(h) > HEARD_RATE // 10)
    assert len(taken) <= 6
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    await source.aclose()


async def test_a_microphone_that_sleeps_long_goes_on_with_now():
    clock = Clock()
    air = Air(clock=clock)
    frames = LoopbackMicrophone(air).frames()
    clock.seconds += 0.02
    first = asyncio.ensure_future(anext(frames))
    await asyncio.sleep(0)
    clock.seconds += 60
    frame = await first
    assert clock.seconds - frame.captured_mono < 0.1
    await frames.aclose()
