"""Real devices: PortAudio over ALSA into a PulseAudio server of the test's own."""

import asyncio
import time
from contextlib import aclosing

import numpy as np
import pytest

from oyez.actions.action import Asked
from oyez.actions.table import ACTIONS
from oyez.audio.listing import list_devices
from oyez.audio.portaudio import PortAudioMicrophone, PortAudioSpeaker
from oyez.errors import DeviceLost, EngineFailed
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, SpeechChunk
from oyez.speak.receipts import NoReceipt, Shared
from oyez.supervise import running

pytestmark = pytest.mark.pulse


def babble(rate, seconds, *, seed=1):
    """Tones with the rhythm of syllables, recognisable at any sampling rate."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(rate * seconds)) / rate
    tones = zip(rng.uniform(150, 1200, 40), rng.uniform(0, 6.28, 40), strict=True)
    sound = sum(np.sin(2 * np.pi * hertz * times + phase) for hertz, phase in tones)
    sound = sound * (1.2 + np.sin(2 * np.pi * 3 * times))
    return (sound / np.abs(sound).max() * 0.6).astype(np.float32)


def likeness(recorded, reference):
    """Best correlation of the reference with any part of the recording, and where that part starts."""
    size = 1 << (len(recorded) + len(reference)).bit_length()
    spectrum = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(reference, size))
    bins = np.arange(len(spectrum))
    total = np.concatenate(([0.0], np.cumsum(recorded.astype(np.float64) ** 2)))
    energy = total[len(reference) :] - total[: -len(reference)]
    norm = np.sqrt(np.maximum(energy, 1e-9) * np.sum(reference.astype(np.float64) ** 2))
    best = (0.0, 0)
    # The clocks of two streams differ by a part of a sample.
    for shift in (-0.4, -0.2, 0.0, 0.2, 0.4):
        products = np.fft.irfft(spectrum * np.exp(2j * np.pi * bins * shift / size), size)[: len(energy)]
        scores = products / norm
        start = int(np.argmax(scores))
        best = max(best, (float(scores[start]), start))
    return best


async def speech(*pieces):
    for piece in pieces:
        yield SpeechChunk(piece)


async def hear(microphone, seconds):
    """So much of what the microphone hears, and the frames' times."""
    frames = []
    async with aclosing(microphone.frames()) as source:
        async for frame in source:
            frames.append(frame)
            if len(frames) * FRAME_SAMPLES >= seconds * HEARD_RATE:
                break
    return np.concatenate([frame.samples for frame in frames]), [frame.captured_mono for frame in frames]


@pytest.fixture
async def speaker():
    made = PortAudioSpeaker("default", lead_in_ms=0)
    yield made
    await made.close()


async def test_what_is_played_leaves_the_speaker_whole_and_unchanged(pulse, speaker):
    said, audible = babble(SPEECH_RATE, 3), []
    async with pulse.record() as recorder:
        seconds = await speaker.play(speech(*np.split(said, 6)), on_audible=lambda: audible.append(1))
        recorded = await recorder.more(0.2)
    assert seconds == pytest.approx(3)
    assert audible == [1]
    alike, _ = likeness(recorded, said)
    assert alike > 0.99
    loud = np.flatnonzero(np.abs(recorded) > 0.005)
    assert (loud[-1] - loud[0]) / SPEECH_RATE == pytest.approx(3, abs=0.02)


async def test_announcements_follow_each_other_from_one_child_and_none_loses_its_end(pulse, speaker):
    said = [babble(SPEECH_RATE, 1, seed=seed) for seed in (1, 2, 3)]
    pids = set()
    async with pulse.record() as recorder:
        for sound in said:
            await speaker.play(speech(sound))
            pids.add(speaker.child.pid)
        recorded = await recorder.more(0.2)
    found = [likeness(recorded, sound) for sound in said]
    assert min(alike for alike, _ in found) > 0.99, found
    starts = [start for _, start in found]
    assert starts == sorted(starts)
    assert len(pids) == 1


async def test_volume_is_a_factor(pulse, speaker):
    said = babble(SPEECH_RATE, 1)
    async with pulse.record() as recorder:
        await speaker.play(speech(said), volume=0.25)
        recorded = await recorder.more(0.1)
    assert np.abs(recorded).max() == pytest.approx(0.15, abs=0.02)


async def test_a_slow_voice_leaves_gaps_of_silence_and_loses_nothing(pulse, speaker):
    said = babble(SPEECH_RATE, 2)

    async def slow():
        yield SpeechChunk(said[:SPEECH_RATE])
        while not np.abs(recorder.samples).max() > 0.1 or np.abs(recorder.samples[-SPEECH_RATE // 2 :]).max() > 0.005:
            await recorder.more(0.1)
        yield SpeechChunk(said[SPEECH_RATE:])

    async with pulse.record() as recorder:
        assert await speaker.play(slow()) == pytest.approx(2)
        recorded = await recorder.more(0.2)
    for half in np.split(said, 2):
        assert likeness(recorded, half)[0] > 0.99


async def test_a_cold_device_is_woken_with_silence_first(pulse):
    speaker, said = PortAudioSpeaker("default", lead_in_ms=400), babble(SPEECH_RATE, 1)
    async with pulse.record() as recorder:
        woken = asyncio.create_task(first_stream(pulse, recorder))
        await speaker.play(speech(said))
        _, start = likeness(await recorder.more(0.1), said)
    await speaker.close()
    assert (start - await woken) / SPEECH_RATE > 0.3


async def first_stream(pulse, recorder):
    """The recording's length when a stream was first seen at the speaker."""
    while not await pulse.streams("sink-inputs"):
        await asyncio.sleep(0.01)
    return len(recorder)


async def test_speech_is_taken_at_most_two_seconds_ahead(pulse, speaker):
    taken = []

    async def endless():
        while True:
            taken.append(1)
            yield SpeechChunk(babble(SPEECH_RATE, 0.5))

    async with pulse.record() as recorder:
        source = endless()
        playing = asyncio.create_task(speaker.play(source))
        while not np.abs(recorder.samples).max() > 0.01:
            await recorder.more(0.1)
        ahead = len(taken) * 0.5
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        await source.aclose()
    assert ahead <= 4


async def test_a_cancelled_announcement_is_silent_within_200_ms_and_the_next_is_whole(pulse, speaker):
    said, played = babble(SPEECH_RATE, 10), []
    async with pulse.record() as recorder:
        playing = asyncio.create_task(speaker.play(speech(said), on_played=played.append))
        while not np.abs(recorder.samples).max() > 0.01:
            await recorder.more(0.1)
        await recorder.more(0.3)
        pid = speaker.child.pid
        cancelled_at = len(recorder)
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        recorded = await recorder.more(0.5)
        last = np.flatnonzero(np.abs(recorded) > 0.005)[-1]
        assert (last - cancelled_at) / SPEECH_RATE < 0.2
        assert speaker.child.pid == pid, "the child had to be killed"
        assert 0.3 < played[-1] < 10.0
        assert played == sorted(played)
        again = babble(SPEECH_RATE, 1, seed=2)
        await speaker.play(speech(again))
        assert likeness(await recorder.more(0.2), again)[0] > 0.99


async def test_what_is_to_begin_at_a_moment_does_not_begin_before_and_is_whole(pulse, speaker):
    said = babble(SPEECH_RATE, 1)
    await speaker.play(speech(said[:100]))
    async with pulse.record() as recorder:
        at = time.monotonic() + 1.5
        playing = asyncio.create_task(speaker.play(speech(said), at=at))
        while not np.abs(recorder.samples).max() > 0.01:
            assert not playing.done()
            await recorder.more(0.05)
        assert time.monotonic() > at
        await playing
        assert likeness(await recorder.more(0.2), said)[0] > 0.99


async def test_an_engine_that_fails_in_mid_sentence_ends_the_sound_and_its_error_arrives(pulse, speaker):
    async def failing():
        yield SpeechChunk(babble(SPEECH_RATE, 1))
        raise EngineFailed("the voice broke")

    with pytest.raises(EngineFailed, match="the voice broke"):
        await speaker.play(failing())
    assert await speaker.play(speech(babble(SPEECH_RATE, 0.2))) == pytest.approx(0.2)


async def test_a_speaker_is_found_by_the_name_its_server_gives_it(pulse):
    await pulse.load("module-null-sink sink_name=kitchen sink_properties=device.description=Kitchen")
    speaker, said = PortAudioSpeaker("Kitchen", lead_in_ms=0), babble(SPEECH_RATE, 1)
    async with pulse.record("kitchen.monitor") as kitchen, pulse.record() as elsewhere:
        await speaker.play(speech(said))
        assert likeness(await kitchen.more(0.2), said)[0] > 0.99
        assert not elsewhere.samples.any()
    await speaker.close()


@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (48_000, 2)])
async def test_what_is_said_into_the_microphone_is_heard(pulse, rate, channels):
    said = babble(rate, 3)
    hearing = asyncio.create_task(hear(PortAudioMicrophone("default"), 6))
    while not await pulse.streams("source-outputs"):
        await asyncio.sleep(0.02)
    await pulse.feed(np.tile(said[:, None], channels), rate=rate, channels=channels)
    heard, times = await hearing
    alike, _ = likeness(heard, babble(HEARD_RATE, 3)[: 2 * HEARD_RATE])
    assert alike > 0.97
    np.testing.assert_allclose(np.diff(times).mean(), FRAME_SAMPLES / HEARD_RATE, rtol=0.02)


async def test_a_source_at_48_khz_in_stereo_is_heard(pulse):
    await pulse.load("module-null-sink sink_name=studio rate=48000 channels=2 format=s32le")
    said = babble(48_000, 3)
    hearing = asyncio.create_task(hear(PortAudioMicrophone("studio.monitor"), 6))
    while not any(stream["sample_specification"] for stream in await pulse.streams("source-outputs")):
        await asyncio.sleep(0.02)
    await pulse.feed(np.tile(said[:, None], 2), sink="studio", rate=48_000, channels=2)
    assert likeness((await hearing)[0], babble(HEARD_RATE, 3)[: 2 * HEARD_RATE])[0] > 0.97


async def test_two_programs_record_and_play_at_the_same_time_as_we_do(pulse, speaker):
    said, music, voice = babble(SPEECH_RATE, 2), babble(SPEECH_RATE, 2, seed=2), babble(HEARD_RATE, 2, seed=3)
    heard = []

    async def hearing():
        async with aclosing(PortAudioMicrophone("microphone").frames()) as frames:
            async for frame in frames:
                heard.append(frame.samples)  # noqa: PERF401 - read meanwhile

    async with pulse.record("microphone", rate=HEARD_RATE) as theirs, pulse.record() as out, running(hearing()):
        while not heard:
            await theirs.more(0.1)
        await asyncio.gather(
            speaker.play(speech(said), volume=0.5),
            pulse.feed(music / 2, sink="speaker", rate=SPEECH_RATE),
            pulse.feed(voice),
        )
        recorded = await out.more(0.2)
        assert likeness(await theirs.more(0.2), voice[:HEARD_RATE])[0] > 0.97
        assert likeness(np.concatenate(heard), voice[:HEARD_RATE])[0] > 0.97
    assert min(likeness(recorded, sound)[0] for sound in (said, music)) > 0.6  # one over the other: 0.7


async def test_devices_are_listed_with_what_they_work_as(pulse):
    listed = {device.id: device for device in await list_devices()}
    assert listed["microphone"].works_as == ["microphone"]
    assert listed["speaker"].works_as == ["speaker"]
    assert listed["speaker.monitor"].monitor
    assert listed["default"].works_as == ["microphone", "speaker"]


async def test_devices_are_told_to_whoever_asks_the_daemon(pulse):
    asked = Asked(ACTIONS["devices"].request(), None, Shared(NoReceipt()))
    told = {one.id: one for one in (await ACTIONS["devices"].run(None, asked)).devices}
    assert (told["microphone"].works_as, told["microphone"].monitor) == (["microphone"], False)
    assert (told["speaker"].works_as, told["speaker.monitor"].monitor) == (["speaker"], True)


@pytest.mark.parametrize("name", ["no such thing", "m"])
async def test_an_unknown_or_ambiguous_name_is_a_lost_device_that_names_the_candidates(pulse, name):
    await pulse.load("module-remap-source master=mic.monitor source_name=microphone2 remix=no")
    with pytest.raises(DeviceLost, match=r"microphone") as caught:
        await hear(PortAudioMicrophone(name), 0.1)
    assert caught.value.hint
    with pytest.raises(DeviceLost):
        await PortAudioSpeaker("no such thing", lead_in_ms=0).play(speech(babble(SPEECH_RATE, 0.1)))
