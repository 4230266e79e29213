"""Answers to questions: what counts as one, and how long it is waited for."""

from __future__ import annotations

import asyncio
import time

import pytest

from oyez.model import Answer, NoMatch, Transcript
from oyez.speak import answers as module
from oyez.speak.answers import Answers


def heard(text="yes", *, room="hall", since=0.1) -> Transcript:
    """A transcript of speech that began so many seconds from now."""
    begun = time.time() + since
    return Transcript("u", room, text, "eng", 0.9, begun, begun + 1.0, time.monotonic())


def missed(reason="unsure", *, room="hall") -> NoMatch:
    return NoMatch("u", room, reason, "eng", 0.1, time.time() + 0.1, time.time() + 0.2)


class House:
    def __init__(self) -> None:
        self.speech = False
        self.answers = Answers(speaks=lambda _: self.speech, deaf=lambda _: None)

    async def asked(self, seconds: float) -> asyncio.Task[Answer]:
        waiting = asyncio.create_task(self.answers.wait("hall", seconds))
        await asyncio.sleep(0)
        return waiting


@pytest.fixture
def house(monkeypatch):
    monkeypatch.setattr(module, "LOOK", 0.005)
    return House()


async def test_what_is_said_first_after_the_question_is_the_answer(house):
    waiting = await house.asked(30.0)
    house.answers.heard(heard("before it", since=-5.0))
    house.answers.heard(heard("elsewhere", room="kitchen"))
    house.answers.heard(heard("yes"))
    house.answers.heard(heard("no"))
    assert await waiting == Answer("yes", "eng", 0.9)


async def test_nobody_s_words_are_silence(house):
    assert await (await house.asked(0.02)) == Answer(reason="silence")
    house.answers.heard(heard())  # too late, and nobody minds


async def test_what_is_not_understood_is_passed_over_and_told_when_nothing_better_comes(house):
    waiting = await house.asked(30.0)
    house.answers.not_understood(missed("empty"))
    house.answers.heard(heard("yes"))
    assert (await waiting).text == "yes"
    waiting = await house.asked(0.05)
    house.answers.not_understood(missed("unsure"))
    assert await waiting == Answer(reason="unsure")


async def test_who_has_begun_in_time_is_heard_out_and_understood(house):
    house.speech = True
    waiting = await house.asked(0.01)
    await asyncio.sleep(0.05)
    house.speech = False
    await asyncio.sleep(0.05)
    assert not waiting.done()  # what was said isn't known yet
    house.answers.heard(heard("yes please"))
    assert (await waiting).text == "yes please"


async def test_who_has_begun_in_time_and_was_not_understood_has_given_no_answer(house):
    house.speech = True
    waiting = await house.asked(0.01)
    await asyncio.sleep(0.05)
    house.speech = False
    await asyncio.sleep(0.02)
    house.answers.not_understood(missed("empty"))
    assert await waiting == Answer(reason="empty")


async def test_recognition_that_never_comes_does_not_keep_the_room_waiting(house, monkeypatch):
    monkeypatch.setattr(module, "DECIDING", 0.02)
    house.speech = True
    waiting = await house.asked(0.01)
    await asyncio.sleep(0.03)
    house.speech = False
    assert await waiting == Answer(reason="silence")
