"""Manners of a room's voice: it gives way, goes on, repeats, chimes, keeps quiet hours, asks, begins with others."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from tests.support.broker import eventually

from oyez.config import RoomConfig
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.model import (
    SPEECH_RATE,
    Announcement,
    Answer,
    Interrupted,
    Outcome,
    Party,
    Priority,
    SpeechChunk,
    SpokenWord,
)
from oyez.speak.agenda import Agenda
from oyez.speak.chimes import Chimes, tune
from oyez.speak.room import SpeakingRoom
from oyez.speak.together import Together
from oyez.supervise import running

WORD = 0.5  # seconds
TEXT = "one two three four five six"


class Voice:
    """An engine that says each word as a sentence of half a second; it tells how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def synthesise(self, text, *, voice, language=None, speed=1.0):
        self.asked += 1
        for number, word in enumerate(text.split()):
            words = (SpokenWord(word, number * WORD, number * WORD + 0.4),)
            yield SpeechChunk(np.full(round(WORD * SPEECH_RATE), 0.1, np.float32), word, words=words)


class Loudspeaker:
    """Plays at once, up to `stop_at` seconds, where it holds until it is cancelled or let go."""

    def __init__(self, stop_at: float | None = None) -> None:
        self.played: list[list[str]] = []
        self.volumes: list[float] = []
        self.ats: list[float | None] = []
        self.seconds: list[float] = []
        self.stop_at = stop_at
        self.go_on = asyncio.Event()

    async def play(self, speech, *, volume=1.0, at=None, on_audible=None, on_played=None):
        self.volumes.append(volume)
        self.ats.append(at)
        self.played.append([])
        seconds = 0.0
        async for chunk in speech:
            if not seconds and len(chunk.samples):
                on_audible()
            seconds += len(chunk.samples) / SPEECH_RATE
            self.played[-1] += [chunk.text] if chunk.text and len(chunk.samples) else []
            if self.stop_at and seconds >= self.stop_at:
                self.stop_at = None
                on_played(seconds)
                await self.go_on.wait()
        self.seconds.append(seconds)
        return seconds

    async def wake(self):
        self.awake = True

    async def close(self):
        pass


class Ear:
    """Waits for answers, as long as it likes."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.waited: list[float] = []
        self.why: str | None = None

    def deaf(self, room):
        return self.why

    async def wait(self, room, seconds):
        self.waited.append(seconds)
        if self.answer is None:
            await asyncio.Event().wait()
        return self.answer


class House:
    """A room with all that it needs."""

    def __init__(
        self, name="hall", *, speaker=None, voice=None, together=None, ear=None, chimes=None, **config
    ) -> None:
        self.outcomes: Channel[Outcome] = Channel("outcomes", 64, WhenFull.WAIT)
        self.flags: list[bool] = []
        self.voice, self.speaker = voice or Voice(), speaker or Loudspeaker()
        self.ear = ear or Ear()
        self.wall = datetime(2026, 11, 23, 12, tzinfo=UTC)
        self.room = SpeakingRoom(
            name,
            RoomConfig(**config),
            Agenda(name, 4),
            self.voice,
            self.speaker,
            outcomes=self.outcomes,
            speaking=self.flags.append,
            health=Health().part(f"speaker:{name}"),
            chimes=chimes or Chimes(),
            together=together or Together(),
            answers=self.ear,
            local=lambda: self.wall,
        )

    async def say(self, name, text=TEXT, **wishes):
        wishes.setdefault("interrupts", wishes.get("priority") is Priority.URGENT)
        await self.room.offer(Announcement(name, self.room.name, text, f"id:{name}", time.monotonic(), **wishes))

    async def told(self, count):
        async with asyncio.timeout(20):
            return [await self.outcomes.take() for _ in range(count)]


def states(outcomes):
    return [(outcome.id, str(outcome.state)) for outcome in outcomes]


async def cut(house, **wishes):
    """Say something, and something urgent when it has come to the speaker's stop; what was told until then."""
    await house.say("a", **wishes)
    told = await house.told(2)
    await house.say("fire", "Fire!", priority=Priority.URGENT)
    return told


async def test_what_an_urgent_one_cuts_goes_on_with_the_sentence_in_which_it_was_cut():
    house = House(speaker=Loudspeaker(stop_at=1.5))
    async with running(house.room.run()):
        await cut(house)
        told = await house.told(6)
    assert states(told) == [
        ("fire", "accepted"),
        ("a", "interrupted"),
        ("fire", "started"),
        ("fire", "spoken"),
        ("a", "started"),
        ("a", "spoken"),
    ]
    assert house.speaker.played == [["one", "two", "three"], ["Fire!"], ["three", "four", "five", "six"]]
    assert (told[4].first_audio, told[5].first_audio) == (None, None)  # it isn't its first sound
    assert told[5].seconds == 3.0
    assert house.flags == [True, False, True, False, True, False]


async def test_what_is_cut_may_begin_anew_or_be_over():
    for policy, end, played in ((Interrupted.RESTART, 6, 3), (Interrupted.DROP, 4, 2)):
        house = House(speaker=Loudspeaker(stop_at=1.5))
        async with running(house.room.run()):
            await cut(house, interrupted=policy)
            told = await house.told(end)
        assert len(house.speaker.played) == played
        assert house.speaker.played[-1] == (TEXT.split() if policy is Interrupted.RESTART else ["Fire!"])
        final = [outcome for outcome in told if outcome.id == "a" and outcome.state.final]
        assert [str(one.state) for one in final] == ["spoken" if policy is Interrupted.RESTART else "cancelled"]


async def test_what_was_heard_to_its_end_is_spoken_even_if_it_was_cut():
    house = House(speaker=Loudspeaker(stop_at=3.0))
    async with running(house.room.run()):
        await house.say("a")
        await house.told(2)
        await asyncio.sleep(0)
        await house.say("fire", "Fire!", priority=Priority.URGENT)
        told = await house.told(4)
    assert ("a", "spoken") in states(told)


async def test_one_that_was_cut_can_be_stopped_while_it_waits():
    house = House(speaker=Loudspeaker(stop_at=1.5))
    async with running(house.room.run()):
        await cut(house)
        await house.told(2)
        await house.room.stop(waiting_only=True)
        house.speaker.go_on.set()
        told = await house.told(3)
    assert sorted(states(told)) == [("a", "cancelled"), ("fire", "spoken"), ("fire", "started")]


async def test_it_is_said_as_often_as_asked_between_its_chimes_with_one_outcome():
    house = House(chime="ding")
    async with running(house.room.run()):
        await house.say("a", "one", repeat=3, repeat_pause=2.0, chime_after="alarm")
        told = await house.told(3)
    assert states(told) == [("a", "accepted"), ("a", "started"), ("a", "spoken")]
    chimes = len(tune("ding")) + len(tune("alarm"))
    assert house.speaker.seconds == [pytest.approx(chimes / SPEECH_RATE + 3 * WORD + 2 * 2.0)]
    assert house.voice.asked == 3


@pytest.mark.parametrize(("wish", "chime"), [(None, "ding"), ("alarm", "alarm"), ("none", None)])
async def test_the_rooms_chime_sounds_unless_the_announcement_wants_another_or_none(wish, chime):
    house = House(chime="ding")
    async with running(house.room.run()):
        await house.say("a", "one", chime=wish)
        await house.told(3)
    length = len(tune(chime)) / SPEECH_RATE if chime else 0.0
    assert house.speaker.seconds == [pytest.approx(length + WORD)]


async def test_a_chime_that_is_not_there_is_a_note_and_the_announcement_is_spoken():
    house = House()
    async with running(house.room.run()):
        await house.say("a", "one", chime="gong")
        told = await house.told(3)
    assert states(told)[-1] == ("a", "spoken")
    assert "gong" in told[-1].notes[0]


async def test_the_hours_make_it_softer_unless_it_is_urgent_or_wishes_a_volume():
    house = House(volume=0.8, hours=["20:00-24:00 50%"])
    house.wall = house.wall.replace(hour=21)
    async with running(house.room.run()):
        await house.say("a", "one")
        await house.say("b", "one", volume=0.3)
        await house.say("c", "one", priority=Priority.URGENT)
        await house.told(9)
        house.wall = house.wall.replace(hour=12)
        await house.say("d", "one")
        await house.told(3)
    assert sorted(house.speaker.volumes) == [0.3, 0.4, 0.8, 0.8]


async def test_quiet_hours_refuse_or_hold_and_what_is_held_is_spoken_when_they_are_over():
    house = House(hours=["22:00-7:00 quiet"], when_quiet="hold")
    house.wall = house.wall.replace(hour=23)
    async with running(house.room.run()):
        await house.say("a", "one")
        await house.say("fire", "one", priority=Priority.URGENT)
        assert states(await house.told(4)) == [
            ("a", "accepted"),
            ("fire", "accepted"),
            ("fire", "started"),
            ("fire", "spoken"),
        ]
        house.wall = house.wall.replace(hour=7)
        assert states(await house.told(2)) == [("a", "started"), ("a", "spoken")]
        await house.room.settle(RoomConfig(hours=["6:00-8:00 quiet"]))
        await house.say("b", "one")
        assert states(await house.told(1)) == [("b", "refused")]


async def test_hours_that_begin_let_it_finish_but_a_switch_silences_it():
    house = House(speaker=Loudspeaker(stop_at=1.0), hours=["22:00-7:00 quiet"], when_quiet="hold")
    async with running(house.room.run()):
        await house.say("a")
        await house.told(2)
        house.wall = house.wall.replace(hour=23)
        await house.say("b")
        house.speaker.go_on.set()
        assert states(await house.told(2)) == [("b", "accepted"), ("a", "spoken")]
        house.wall = house.wall.replace(hour=8)
        house.speaker.stop_at, house.speaker.go_on = 1.0, asyncio.Event()
        assert states(await house.told(1)) == [("b", "started")]
        await house.room.settle(RoomConfig(quiet=True, when_quiet="hold"))
        assert states(await house.told(1)) == [("b", "interrupted")]
        await house.room.settle(RoomConfig())
        assert states(await house.told(2)) == [("b", "started"), ("b", "spoken")]
    assert house.speaker.played[-1] == TEXT.split()  # from its start, after all that time


async def test_a_question_ends_with_its_answer_when_the_gate_is_open_and_a_tone_tells_so():
    house = House(ear=Ear(Answer("yes", "eng", 0.9)))
    async with running(house.room.run()):
        await house.say("q", "one", ask=8.0)
        told = await house.told(3)
    assert told[-1].answer == Answer("yes", "eng", 0.9)
    assert house.ear.waited == [8.0]
    assert house.flags[:2] == [True, False]
    assert house.speaker.seconds == [pytest.approx(WORD + len(tune("question")) / SPEECH_RATE)]


async def test_a_question_where_nobody_can_hear_is_refused_before_it_is_asked():
    house = House()
    house.ear.why = "the room has no microphone"
    async with running(house.room.run()):
        await house.say("q", ask=8.0)
        told = await house.told(2)
    assert states(told) == [("q", "accepted"), ("q", "refused")]
    assert "no microphone" in told[-1].reason
    assert house.speaker.played == []


async def test_an_urgent_one_does_not_wait_for_an_answer_and_the_question_is_asked_again():
    house = House()
    async with running(house.room.run()):
        await house.say("q", "one two", ask=8.0)
        await house.told(2)
        await eventually(lambda: house.ear.waited)
        await house.say("fire", "Fire!", priority=Priority.URGENT)
        told = await house.told(5)
        await house.room.stop()
    assert states(told)[1:] == [("q", "interrupted"), ("fire", "started"), ("fire", "spoken"), ("q", "started")]
    assert house.speaker.played[2] == ["two"]


async def test_rooms_of_a_party_are_given_one_speech_and_one_moment():
    together, voice = Together(), Voice()
    houses = [House(name, together=together, voice=voice) for name in ("hall", "kitchen", "attic")]
    party = Party("p", frozenset({"hall", "kitchen", "attic"}))
    async with running(houses[0].room.run()), running(houses[1].room.run()):
        for house in houses[:2]:
            await house.say("a", party=party)
        together.leave(party, "attic")  # it was refused there
        for house in houses[:2]:
            assert states(await house.told(3))[-1] == ("a", "spoken")
    (first,), (second,) = (house.speaker.ats for house in houses[:2])
    assert first == second
    assert voice.asked == 1
    assert houses[0].speaker.awake


async def test_a_party_does_not_wait_for_a_room_that_holds_or_refuses(monkeypatch):
    monkeypatch.setattr("oyez.speak.together.PATIENCE", 3600.0)
    together = Together()
    hall = House("hall", together=together)
    holds = House("bedroom", together=together, quiet=True, when_quiet="hold")
    refuses = House("attic", together=together, quiet=True)
    party = Party("p", frozenset({"hall", "bedroom", "attic"}))
    async with running(hall.room.run()), running(holds.room.run()), running(refuses.room.run()):
        for house in (hall, holds, refuses):
            await house.say("a", party=party)
        assert states(await hall.told(3))[-1] == ("a", "spoken")
        assert states(await refuses.told(1)) == [("a", "refused")]
        await holds.room.settle(RoomConfig())
        assert states(await holds.told(3))[-1] == ("a", "spoken")  # by itself, later


async def test_a_party_does_not_wait_for_ever_for_a_room_that_is_busy(monkeypatch):
    monkeypatch.setattr("oyez.speak.together.PATIENCE", 0.05)
    together = Together()
    hall, kitchen = House("hall", together=together), House("kitchen", together=together)
    kitchen.speaker.stop_at = 0.5
    party = Party("p", frozenset({"hall", "kitchen"}))
    async with running(hall.room.run()), running(kitchen.room.run()):
        await kitchen.say("busy")
        await kitchen.told(2)
        for house in (hall, kitchen):
            await house.say("a", party=party)
        assert states(await hall.told(3))[-1] == ("a", "spoken")
        kitchen.speaker.go_on.set()
        assert states(await kitchen.told(4))[-1] == ("a", "spoken")
    assert kitchen.speaker.ats[1] == hall.speaker.ats[0]  # which is past: it begins at once
