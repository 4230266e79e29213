"""A room's voice, with a fake engine and a fake speaker (allowed: the fakes are what comes out of an engine)."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from oyez.config import RoomConfig
from oyez.errors import DeviceLost, EngineFailed, InvalidInput
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.model import Announcement, Outcome, OutcomeState, Priority, SpeechChunk
from oyez.speak import stage as module
from oyez.speak.agenda import Agenda
from oyez.speak.announce import Stop
from oyez.speak.chimes import Chimes
from oyez.speak.room import SpeakingRoom
from oyez.speak.together import Together
from oyez.supervise import running


class Voice:
    """An engine that says each word as one chunk; `fails_at` raises instead of the chunk with that number."""

    def __init__(self, *, fails_at=None, error=None):
        self.asked = []
        self.closed = 0
        self._fails_at, self._error = fails_at, error

    async def synthesise(self, text, *, voice, language=None, speed=1.0):
        self.asked.append((text, voice, language, speed))
        try:
            for number, word in enumerate(text.split()):
                if number == self._fails_at:
                    raise self._error
                yield SpeechChunk(
                    np.zeros(2400, np.float32), word, notes=("left out: U+1F600",) if word == "smile" else ()
                )
        finally:
            self.closed += 1


class Loudspeaker:
    """A speaker that plays at once; `hold` keeps it playing; `losses` is how often it is lost before it works."""

    def __init__(self, *, hold=None, losses=0):
        self.played = []
        self.volumes = []
        self._hold, self._losses = hold, losses

    async def play(self, speech, *, volume=1.0, at=None, on_audible=None, on_played=None):
        self.volumes.append(volume)
        if self._losses:
            self._losses -= 1
            raise DeviceLost("unplugged")
        words = []
        async for chunk in speech:
            if not words:
                on_audible()
            words.append(chunk.text)
        if self._hold:
            await self._hold.wait()
        self.played.append(words)
        return len(words) * 0.1

    async def close(self):
        pass


class House:
    def __init__(self, voice=None, speaker=None, **config):
        self.outcomes: Channel[Outcome] = Channel("outcomes", 64, WhenFull.WAIT)
        self.flags = []
        self.health = Health()
        self.voice, self.speaker = voice or Voice(), speaker or Loudspeaker()
        self.room = SpeakingRoom(
            "hall",
            RoomConfig(**config),
            Agenda("hall", 4),
            self.voice,
            self.speaker,
            outcomes=self.outcomes,
            speaking=self.flags.append,
            health=self.health.part("speaker:hall"),
            chimes=Chimes(),
            together=Together(),
            answers=None,
        )

    async def say(self, name, text="one two", **wishes):
        now = time.monotonic()
        await self.room.offer(Announcement(name, "hall", text, f"id:{name}", now, **wishes))

    async def told(self, count):
        async with asyncio.timeout(5):
            return [await self.outcomes.take() for _ in range(count)]


def states(outcomes):
    return [(outcome.id, str(outcome.state)) for outcome in outcomes]


async def test_an_announcement_is_accepted_started_and_spoken():
    house = House(speed=1.2, volume=0.5)
    async with running(house.room.run()):
        await house.say("a")
        accepted, started, spoken = await house.told(3)
    assert states([accepted, started, spoken]) == [("a", "accepted"), ("a", "started"), ("a", "spoken")]
    assert started.first_audio is not None
    assert spoken.seconds == 0.2
    assert house.speaker.played == [["one", "two"]]
    assert house.voice.asked == [("one two", "af_heart", None, 1.2)]
    assert house.speaker.volumes == [0.5]
    assert house.flags == [True, False]


async def test_what_an_announcement_wishes_goes_before_the_rooms_config():
    house = House(speed=1.2, volume=0.5)
    async with running(house.room.run()):
        await house.say("a", voice="ff_siwis", language="fr", speed=0.8, volume=0.0)
        await house.told(3)
    assert house.voice.asked == [("one two", "ff_siwis", "fr", 0.8)]
    assert house.speaker.volumes == [0.0]


async def test_a_stop_by_id_ends_the_one_being_spoken_and_the_next_is_said():
    held = asyncio.Event()
    house = House(speaker=Loudspeaker(hold=held))
    async with running(house.room.run()):
        await house.say("a")
        await house.say("b")
        await house.told(3)  # a accepted, b accepted, a started
        await house.room.stop(Stop("a"))
        held.set()
        told = await house.told(3)
    assert states(told) == [("a", "cancelled"), ("b", "started"), ("b", "spoken")]
    assert house.voice.closed == 2


async def test_a_stop_without_an_id_ends_all():
    house = House(speaker=Loudspeaker(hold=asyncio.Event()))
    async with running(house.room.run()):
        for name in "abc":
            await house.say(name)
        await house.told(4)
        await house.room.stop()
        told = await house.told(3)
    assert {(name, state) for name, state in states(told)} == {(name, "cancelled") for name in "abc"}


async def test_an_urgent_one_is_said_before_those_that_wait():
    held = asyncio.Event()
    house = House(speaker=Loudspeaker(hold=held))
    async with running(house.room.run()):
        await house.say("a")
        await house.told(2)
        await house.say("b")
        await house.say("fire", priority=Priority.URGENT)
        held.set()
        told = await house.told(7)
    assert [name for name, state in states(told) if state == "spoken"] == ["a", "fire", "b"]


@pytest.mark.parametrize(
    ("error", "state"),
    [(EngineFailed("died"), OutcomeState.FAILED), (InvalidInput("nothing to say"), OutcomeState.REFUSED)],
)
async def test_an_engine_that_fails_in_the_middle_costs_that_announcement_only(error, state):
    house = House(voice=Voice(fails_at=1, error=error))
    async with running(house.room.run()):
        await house.say("a")
        told = await house.told(3)
        await house.say("b", text="one")
        again = await house.told(3)
    assert told[-1].state is state
    assert told[-1].reason == error.message
    assert again[-1].state is OutcomeState.SPOKEN
    assert house.flags[-1] is False


async def test_a_lost_speaker_is_tried_again_and_the_announcement_is_said_from_its_start(monkeypatch):
    monkeypatch.setattr(module, "Backoff", lambda *_: type("At once", (), {"next": lambda self: 0.0})())
    house = House(speaker=Loudspeaker(losses=2))
    async with running(house.room.run()):
        await house.say("a")
        told = await house.told(3)
    assert told[-1].state is OutcomeState.SPOKEN
    assert house.speaker.played == [["one", "two"]]
    assert house.health["speaker:hall"].current == "ok"


async def test_a_speaker_that_stays_lost_fails_the_announcement_with_the_reason(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    house = House(speaker=Loudspeaker(losses=99))
    async with running(house.room.run()):
        await house.say("a")
        told = await house.told(2)
    assert states(told) == [("a", "accepted"), ("a", "failed")]
    assert told[-1].reason == "unplugged"
    assert house.health.troubles == {"speaker:hall": "lost: unplugged"}


async def test_what_could_not_be_said_is_a_note_of_the_outcome():
    house = House()
    async with running(house.room.run()):
        await house.say("a", text="smile smile")
        told = await house.told(3)
    assert told[-1].notes == ("left out: U+1F600",)


async def test_one_that_expired_while_it_waited_is_not_said():
    held = asyncio.Event()
    house = House(speaker=Loudspeaker(hold=held))
    async with running(house.room.run()):
        await house.say("a")
        await house.told(2)
        await house.say("b", expires_mono=time.monotonic() - 1)
        held.set()
        told = await house.told(3)
    assert ("b", "expired") in states(told)
    assert house.speaker.played == [["one", "two"]]


async def test_a_room_that_turns_quiet_falls_silent_unless_it_is_urgent():
    house = House(speaker=Loudspeaker(hold=asyncio.Event()))
    async with running(house.room.run()):
        await house.say("a")
        await house.say("b")
        await house.told(3)
        await house.room.settle(RoomConfig(quiet=True))
        assert states(await house.told(2)) == [("b", "cancelled"), ("a", "cancelled")]
        await house.say("c", priority=Priority.URGENT)
        assert states(await house.told(2)) == [("c", "accepted"), ("c", "started")]
        await house.room.settle(RoomConfig(quiet=True))
        house.speaker._hold.set()
        assert states(await house.told(1)) == [("c", "spoken")]


async def test_another_voice_and_volume_count_from_the_next_announcement():
    house = House()
    async with running(house.room.run()):
        await house.room.settle(RoomConfig(voice="bf_emma", volume=0.3, speed=1.1))
        await house.say("a")
        await house.told(3)
    assert house.voice.asked == [("one two", "bf_emma", None, 1.1)]
    assert house.speaker.volumes == [0.3]
