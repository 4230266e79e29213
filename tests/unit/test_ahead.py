import asyncio
import contextlib
import time

import numpy as np
import pytest
from tests.support.broker import eventually

from oyez.child.turns import Turns
from oyez.errors import EngineFailed
from oyez.health import Health
from oyez.listen import Ahead, Ask, Partials
from oyez.listen.expected import Expected
from oyez.listen.rewrite import Rewriting
from oyez.model import Recognition, Utterance
from oyez.supervise import running

LANGUAGES = {"kitchen": "eng", "study": "spa"}


def utterance(name: str, seconds: float = 1.0, room: str = "kitchen") -> Utterance:
    return Utterance(name, room, np.zeros(int(16_000 * seconds), np.float32), 100.0, 101.0, time.monotonic())


class SlowAsr:
    """Takes until `answer` is called; tells the length of what it was asked. What is short is answered at once."""

    def __init__(self):
        self.asked = []
        self.stopped = []
        self.turns = Turns()
        self._release = asyncio.Event()
        self.failure = None

    @property
    def busy(self):
        return self.turns.busy

    def answer(self, failure=None):
        self.failure = failure
        self._release.set()

    async def transcribe(self, samples, language, *, hot_words=(), n_best=1):
        with self.turns.taken():
            return await self._work(samples, language)

    async def transcribe_ahead(self, samples, language, *, hot_words=(), n_best=1):
        return await self.turns.give_way(self._work(samples, language))

    async def _work(self, samples, language):
        seconds = len(samples) / 16_000
        self.asked.append((seconds, language))
        try:
            await self._release.wait()
        except asyncio.CancelledError:
            self.stopped.append(seconds)
            raise
        if self.failure:
            raise self.failure
        return Recognition(f"{seconds} s", language, 0.9)


class Room:
    """An Ahead at work."""

    def __init__(self, **options):
        self.asr = SlowAsr()
        self.told = []
        expected = Expected((), {}, Health().part("hot words"))
        self.ask = Ask(self.asr, languages=LANGUAGES, expected=expected)
        self.ahead = Ahead(
            self.ask, tell=lambda utterance, heard: self.told.append((utterance.id, heard.text)), **options
        )

    @contextlib.asynccontextmanager
    async def works(self):
        async with running(self.ahead.run()):
            yield

    async def asked(self, *seconds):
        await eventually(lambda: [one[0] for one in self.asr.asked] == list(seconds))


async def test_what_was_heard_in_the_pause_is_the_answer_when_nothing_more_is_said():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        room.asr.answer()
        assert (await room.ahead.of(utterance("a"))).text == "1.0 s"
        assert room.asr.asked == [(1.0, "eng")]
        assert await room.ahead.of(utterance("a")) is None  # once


async def test_it_is_waited_for_when_the_end_is_decided_before_it_is_there():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        waiting = asyncio.create_task(room.ahead.of(utterance("a")))
        await asyncio.sleep(0)
        assert not waiting.done()
        room.asr.answer()
        assert (await waiting).text == "1.0 s"


async def test_what_is_waited_for_is_not_disturbed_by_what_is_said_next():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        waiting = asyncio.create_task(room.ahead.of(utterance("a")))
        await asyncio.sleep(0)
        room.ahead.so_far(utterance("b", 0.5))
        room.ahead.pause(utterance("b", 0.8))
        room.ahead.forget("kitchen")
        room.ahead.pause(utterance("b", 2.0))
        room.asr.answer()
        assert (await waiting).text == "1.0 s"
        assert (await room.ahead.of(utterance("b", 2.0))).text == "2.0 s"
        assert room.asr.stopped == []


async def test_when_speech_goes_on_it_is_called_off_and_begun_anew_in_the_next_pause():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        room.ahead.forget("kitchen")
        await eventually(lambda: room.asr.stopped == [1.0])
        room.ahead.pause(utterance("a", 2.0))
        await room.asked(1.0, 2.0)
        room.asr.answer()
        assert (await room.ahead.of(utterance("a", 2.0))).text == "2.0 s"


@pytest.mark.parametrize("other", [utterance("a", 1.5), utterance("b"), utterance("a", room="study")])
async def test_what_is_of_other_audio_is_not_taken(other):
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        room.asr.answer()
        await eventually(lambda: not room.ahead._current)
        assert await room.ahead.of(other) is None


async def test_an_utterance_that_has_ended_in_another_room_is_not_held_up():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        asked = asyncio.create_task(room.ask(utterance("b", 3.0, "study")))
        await eventually(lambda: room.asr.stopped == [1.0])
        await room.asked(1.0, 3.0)
        assert await room.ahead.of(utterance("a")) is None
        room.asr.answer()
        assert (await asked).text == "3.0 s"


async def test_a_pause_while_another_room_is_heard_waits_and_a_decision_does_not_wait_for_it():
    room = Room()
    async with room.works():
        asked = asyncio.create_task(room.ask(utterance("b", 3.0, "study")))
        await room.asked(3.0)
        room.ahead.pause(utterance("a"))
        await eventually(lambda: room.ahead._current)
        await asyncio.sleep(0)
        assert len(room.asr.asked) == 1
        room.asr.answer()
        assert (await asked).text == "3.0 s"
        assert (await room.ahead.of(utterance("a"))).text == "1.0 s"


async def test_of_two_rooms_that_pause_the_second_is_not_waited_for():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        room.ahead.pause(utterance("b", 2.0, "study"))
        await room.asked(1.0)
        assert await room.ahead.of(utterance("b", 2.0, "study")) is None


async def test_a_failure_is_told_once_and_not_tried_again():
    room = Room()
    async with room.works():
        room.ahead.pause(utterance("a"))
        await room.asked(1.0)
        room.asr.answer(EngineFailed("it died"))
        with pytest.raises(EngineFailed):
            await room.ahead.of(utterance("a"))


async def test_a_partial_is_told_and_gives_way_to_a_pause():
    room = Room()
    async with room.works():
        room.ahead.so_far(utterance("a", 0.5))
        await room.asked(0.5)
        room.ahead.pause(utterance("b", 1.0, "study"))
        await room.asked(0.5, 1.0)
        assert room.asr.stopped == [0.5]
        room.ahead.so_far(utterance("a", 0.7))
        room.ahead.so_far(utterance("a", 0.9))
        room.asr.answer()
        await eventually(lambda: room.told)
        assert room.told == [("a", "0.9 s")]


async def test_no_partial_comes_after_the_end():
    room = Room()
    async with room.works():
        room.ahead.so_far(utterance("a", 0.5))
        await room.asked(0.5)
        assert await room.ahead.of(utterance("a", 1.0)) is None
        await eventually(lambda: room.asr.stopped == [0.5])
        room.ahead.so_far(utterance("b", 0.6))
        room.asr.answer()
        await eventually(lambda: room.told)
        assert room.told == [("b", "0.6 s")]


async def test_partials_are_given_up_while_the_engine_is_busy():
    room = Room()
    async with room.works():
        asked = asyncio.create_task(room.ask(utterance("b", 3.0, "study")))
        await room.asked(3.0)
        room.ahead.so_far(utterance("a", 0.5))
        room.asr.answer()
        await asked
        room.ahead.so_far(utterance("a", 0.6))
        await eventually(lambda: room.told)
        assert room.told == [("a", "0.6 s")]


async def test_without_drafts_there_are_partials_only():
    room = Room(drafts=False)
    async with room.works():
        room.ahead.so_far(utterance("a", 0.5))
        await room.asked(0.5)
        room.ahead.pause(utterance("a", 0.8))
        await eventually(lambda: room.asr.stopped == [0.5])
        assert await room.ahead.of(utterance("a", 0.8)) is None
        assert len(room.asr.asked) == 1


def test_of_partials_only_what_is_new_and_not_too_doubtful_is_delivered_and_it_is_rewritten():
    told = []
    partials = Partials(
        min_confidence=0.5,
        expected=Expected((), {}, Health().part("hot words")),
        rewrite=Rewriting(sentence=True),
        deliver=told.append,
    )
    for text, confidence in (("", 0.9), ("turn", 0.4), ("turn on", 0.9), ("turn on", 0.8), ("turn on the", 0.9)):
        words = Recognition(text, "eng", confidence)
        partials(utterance("a"), words)
    partials(utterance("b"), Recognition("turn on the", "eng", 0.9))
    assert [(one.id, one.text, one.confidence) for one in told] == [
        ("a", "turn on", 0.9),
        ("a", "turn on the", 0.9),
        ("b", "turn on the", 0.9),
    ]
