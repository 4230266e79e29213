import asyncio
import time

import numpy as np
import pytest
from tests.support.broker import eventually
from tests.support.hearing import FRAME_S, Ear, ScriptedMicrophone, marks, stream

from oyez.errors import DeviceLost, InvalidInput
from oyez.listen import SilenceWatch, hear
from oyez.supervise import running

WORD = [0.5] * 10
PAUSE = [0.0] * 20


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(hear, "LONGEST_WAIT", 0.01)


async def test_what_is_said_comes_out_as_utterances_with_room_and_times():
    start, now = time.monotonic(), time.time()
    microphone = ScriptedMicrophone(stream(PAUSE + WORD + PAUSE + WORD + PAUSE, start))
    ear = Ear(microphone)
    await ear.room.run()
    first, second = await ear.heard()
    assert first.id != second.id
    assert first.room == "kitchen"
    assert not first.cut
    assert first.started_at - now == pytest.approx(20 * FRAME_S, abs=0.05)
    assert first.ended_at - first.started_at == pytest.approx(10 * FRAME_S, abs=0.001)
    assert first.decided_mono >= start
    assert marks(first) == [0.0] * 3 + WORD + [0.0] * 3
    assert ear.speech == [True, False, True, False]
    assert microphone.closed == 1


@pytest.mark.parametrize(("gain_db", "factor"), [(6.0, 1.9953), (-20.0, 0.1), (40.0, 1 / 0.4)])
async def test_gain_makes_louder_or_softer_and_what_is_above_full_scale_is_cut(gain_db, factor):
    ear = Ear(ScriptedMicrophone(stream([0.4, -0.4] * 5 + PAUSE)))
    ear.room.amplify(gain_db)
    await ear.room.run()
    (heard,) = await ear.heard()
    assert marks(heard)[:10] == pytest.approx([0.4 * factor, -0.4 * factor] * 5, abs=1e-4)
    assert heard.samples.dtype == np.float32


async def test_noise_suppression_is_changed_while_it_hears_and_comes_after_the_gain():
    class Turned(ScriptedMicrophone):
        async def frames(self):
            count = 0
            async for frame in super().frames():
                count += 1
                if count in levels:
                    ear.room.suppress(levels[count])
                yield frame

    levels = {4: 1, 6: 1, 8: 0}
    ear = Ear(Turned(stream([0.8] * 10 + PAUSE)))
    ear.room.amplify(6.0)
    await ear.room.run()
    (heard,) = await ear.heard()
    assert marks(heard)[:10] == [1.0] * 3 + [0.5] * 4 + [1.0] * 3


async def test_gain_is_changed_while_it_hears_and_a_dead_microphone_stays_dead():
    class Turned(ScriptedMicrophone):
        async def frames(self):
            count = 0
            async for frame in super().frames():
                count += 1
                if count == 6:
                    ear.room.amplify(12.0)
                yield frame

    wavering = stream([0.0] * 60)
    for frame in wavering:
        frame.samples[1::2] = 1 / 32768  # as a resampler lets silence waver
    ear = Ear(Turned(stream([0.2] * 10 + PAUSE) + wavering), silence=SilenceWatch(0.2))
    await ear.room.run()
    first, *_ = await ear.heard()
    assert marks(first)[:10] == pytest.approx([0.2] * 5 + [0.796] * 5, abs=1e-3)
    assert "silent" in ear.states


async def test_a_source_that_ends_in_mid_speech_still_gives_its_last_words_and_says_off():
    ear = Ear(ScriptedMicrophone(stream(PAUSE + WORD)))
    await ear.room.run()
    (last,) = await ear.heard()
    assert last.cut
    assert ear.speech == [True, False]
    assert ear.part["state"] == "off"


@pytest.mark.parametrize("lost", [DeviceLost("unplugged"), InvalidInput("not audio")])
async def test_a_lost_microphone_is_told_and_tried_again_until_it_is_back(lost):
    microphone = ScriptedMicrophone(stream(WORD + PAUSE), [lost], [lost], stream(WORD + PAUSE))
    microphone.takes[0].append(lost)
    ear = Ear(microphone)
    await ear.room.run()
    assert ear.states == ["ok", "lost", "ok", "off"]
    assert ear.part["lost"] == 1
    assert len(await ear.heard()) == 2
    assert microphone.closed == 4


async def test_an_utterance_torn_by_a_lost_microphone_is_dropped_and_counted():
    take = [*stream(WORD), DeviceLost("unplugged")]
    ear = Ear(ScriptedMicrophone(take, stream(WORD + PAUSE)))
    await ear.room.run()
    (whole,) = await ear.heard()
    assert marks(whole)[:10] == WORD
    assert ear.part["interrupted"] == 1
    assert ear.vad.resets >= 1
    assert ear.speech == [True, False, True, False]


async def test_a_gap_in_the_audio_does_not_join_what_lies_on_its_sides():
    start = time.monotonic()
    ear = Ear(ScriptedMicrophone(stream(WORD, start) + stream(WORD + PAUSE, start + 2.0)))
    await ear.room.run()
    assert [len(marks(utterance)) for utterance in await ear.heard()] == [13]
    assert ear.part["interrupted"] == 1


async def test_audio_older_than_a_second_is_thrown_away_and_forgotten():
    now = time.monotonic()
    ear = Ear(ScriptedMicrophone(stream(WORD, now) + stream(WORD + PAUSE, now - 60) + stream(PAUSE, now + 0.2)))
    await ear.room.run()
    assert await ear.heard() == []
    assert ear.part["stale_frames"] == 30
    assert ear.part["interrupted"] == 1


async def test_the_room_does_not_hear_itself_nor_the_tail_of_its_voice():
    start = time.monotonic()
    ear = Ear(ScriptedMicrophone(stream(WORD * 2 + PAUSE, start)))
    ear.room.speaking(True)
    ear.room.speaking(False)  # the tail is 200 ms: 10 frames
    await ear.room.run()
    (heard,) = await ear.heard()
    assert 9 <= sum(1 for mark in marks(heard) if mark) <= 10


async def test_words_cut_off_by_the_rooms_own_voice_are_delivered_and_the_detector_starts_anew():
    class Announcing(ScriptedMicrophone):
        async def frames(self):
            count = 0
            async for frame in super().frames():
                count += 1
                if count == 20:
                    ear.room.speaking(True)
                yield frame

    ear = Ear(Announcing(stream(PAUSE[:10] + WORD * 4 + PAUSE)))
    await ear.room.run()
    (before,) = await ear.heard()
    assert before.cut
    assert marks(before) == [0.0] * 3 + [0.5] * 9
    assert ear.vad.resets == 1
    assert ear.speech == [True, False]


async def test_when_nobody_takes_the_utterances_the_oldest_goes_and_is_counted():
    said = [frame for n in range(1, 7) for frame in [n / 10] * 10 + PAUSE]
    ear = Ear(ScriptedMicrophone(stream(said)), capacity=4)
    await ear.room.run()
    assert [max(marks(utterance)) for utterance in await ear.heard()] == pytest.approx([0.3, 0.4, 0.5, 0.6])
    assert ear.utterances.lost == 2
    assert ear.part["utterances"] == 6


async def test_dead_audio_is_told_as_silent_and_life_as_ok():
    frames = stream([0.0] * 250)
    for living in frames[150:]:
        living.samples[100] = 1e-4
    ear = Ear(ScriptedMicrophone(frames), silence=SilenceWatch(1.0))
    await ear.room.run()
    assert ear.states == ["ok", "silent", "ok", "off"]


async def test_it_beats_once_a_second_of_audio():
    ear = Ear(ScriptedMicrophone(stream([0.0] * 150)))
    beats = []
    ear.health.now = lambda: beats.append(1) or 0.0
    await ear.room.run()
    assert len(beats) == 3 + 1  # and once at the end


async def test_ending_the_task_closes_the_microphone():
    class Endless(ScriptedMicrophone):
        async def frames(self):
            try:
                while True:
                    await asyncio.sleep(0)
                    yield stream([0.0])[0]
            finally:
                self.closed += 1

    ear = Ear(Endless())
    task = asyncio.ensure_future(ear.room.run())
    while not ear.states:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ear.room._microphone.closed == 1


async def test_a_microphone_that_is_switched_off_is_closed_and_hears_again_when_it_is_on():
    class Endless(ScriptedMicrophone):
        async def frames(self):
            try:
                for item in self.takes.pop(0):
                    yield item
                await asyncio.Event().wait()
            finally:
                self.closed += 1

    microphone = Endless(stream(WORD), stream(WORD + PAUSE))
    ear = Ear(microphone)
    async with running(ear.room.run()):
        await eventually(lambda: ear.room.speech)
        ear.room.listen(False)
        await eventually(lambda: ear.states[-1] == "off")
        assert (microphone.closed, ear.room.speech, len(ear.utterances)) == (1, False, 0)
        ear.room.listen(True)
        await eventually(lambda: len(ear.utterances) == 1)
        assert ear.states == ["ok", "off", "ok"]


async def test_a_microphone_that_was_off_from_the_start_is_never_opened():
    microphone = ScriptedMicrophone()
    ear = Ear(microphone)
    ear.room.listen(False)
    async with running(ear.room.run()):
        await eventually(lambda: ear.states == ["off"])
    assert (microphone.closed, microphone.takes) == (0, [])


class Listener:
    """Writes down what it is told ahead of time."""

    def __init__(self):
        self.told = []

    def pause(self, utterance):
        self.told.append(("pause", utterance.id, marks(utterance)))

    def so_far(self, utterance):
        self.told.append(("so far", utterance.id, marks(utterance)))

    def forget(self, room):
        self.told.append(("forget", room))


async def test_a_pause_is_told_before_the_end_with_the_id_and_the_audio_of_what_will_come():
    listener = Listener()
    ear = Ear(ScriptedMicrophone(stream(PAUSE + WORD + [0.0] * 4 + WORD + PAUSE + WORD + PAUSE)), ahead=listener)
    await ear.room.run()
    first, second = await ear.heard()
    assert listener.told == [
        ("pause", first.id, [0.0] * 3 + WORD + [0.0] * 3),
        ("forget", "kitchen"),
        ("pause", first.id, marks(first)),
        ("pause", second.id, marks(second)),
    ]
    assert first.id != second.id


async def test_what_is_said_so_far_is_told_every_few_frames_of_speech():
    listener = Listener()
    ear = Ear(ScriptedMicrophone(stream([0.5] * 13 + PAUSE)), ahead=listener, partial_frames=4)
    await ear.room.run()
    (only,) = await ear.heard()
    assert listener.told == [
        ("so far", only.id, [0.5] * 6),
        ("so far", only.id, [0.5] * 10),
        ("so far", only.id, [0.5] * 13 + [0.0]),
        ("pause", only.id, marks(only)),
    ]


async def test_what_was_under_way_when_the_audio_tore_is_forgotten():
    listener = Listener()
    ear = Ear(
        ScriptedMicrophone([*stream(WORD + [0.0] * 3), DeviceLost("unplugged")], stream(WORD + PAUSE)), ahead=listener
    )
    await ear.room.run()
    (whole,) = await ear.heard()
    assert [told[0] for told in listener.told] == ["pause", "forget", "pause"]
    assert listener.told[0][1] != whole.id == listener.told[2][1]
