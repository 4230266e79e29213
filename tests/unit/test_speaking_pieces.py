"""A room that speaks a text which is still arriving; engine and speaker are fakes (what comes out of them)."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.support.broker import eventually
from tests.unit.test_speak_stream import Tts
from tests.unit.test_speaking_manners import House, Loudspeaker

from oyez.model import Announcement, Party, Priority
from oyez.speak.announce import Stop
from oyez.speak.texts import Text
from oyez.speak.together import Together
from oyez.supervise import running

FIRST, SECOND, THIRD = "The lamp is on. ", "It is warm. ", "Good night."


@pytest.fixture
def text():
    return Text(silence_s=5.0)


async def offer(house, text, name="a", **wishes):
    arriving = {"arriving": text, "text": text.first} if isinstance(text, Text) else {"text": text}
    await house.room.offer(
        Announcement(name, house.room.name, identity=f"id:{name}", received_mono=0.0, **arriving, **wishes)
    )


async def told(house, state):
    async with asyncio.timeout(5):
        while (outcome := await house.outcomes.take()).state != state:
            pass
    return outcome


async def test_the_first_sentence_is_heard_before_the_last_piece_has_come(text):
    house = House(voice=Tts())
    text.add(FIRST + SECOND[:6], more=True)
    async with running(house.room.run()):
        await offer(house, text)
        await told(house, "started")
        assert house.speaker.played == [["The lamp is on."]]
        text.add(SECOND[6:], more=True)
        await eventually(lambda: not text.ended)
        text.add(THIRD, more=False)
        assert (await told(house, "spoken")).notes == ("a note",)
    assert house.speaker.played == [["The lamp is on.", "It is warm.", "Good night."]]


async def test_it_is_said_as_often_as_asked_all_of_it(text):
    house = House(voice=Tts())
    text.add(FIRST, more=True)
    async with running(house.room.run()):
        await offer(house, text, repeat=2, repeat_pause=0.0, chime="ding")
        text.add(SECOND, more=False)
        await told(house, "spoken")
    assert house.speaker.played == [["The lamp is on.", "It is warm."] * 2]


async def test_what_an_urgent_one_cuts_goes_on_with_all_that_has_come_meanwhile(text):
    house = House(voice=Tts(), speaker=Loudspeaker(stop_at=2.0))
    text.add(FIRST + SECOND + "Then go.\n", more=True)
    async with running(house.room.run()):
        await offer(house, text)
        await told(house, "started")
        await offer(house, Text_of("Fire!"), "fire", priority=Priority.URGENT, interrupts=True)
        await told(house, "interrupted")
        text.add(THIRD, more=False)
        assert (await told(house, "spoken")).id == "fire"
        assert (await told(house, "spoken")).id == "a"
    assert house.speaker.played[1:] == [["Fire!"], ["It is warm.", "Then go.", "Good night."]]


def Text_of(words):  # noqa: N802 - reads as the class does
    text = Text()
    text.add(words, more=False)
    return text


async def test_a_stop_ends_it_while_it_waits_for_more(text):
    house = House(voice=Tts())
    text.add(FIRST + "It is", more=True)
    async with running(house.room.run()):
        await offer(house, text)
        await told(house, "started")
        await house.room.stop(Stop("a"))
        await told(house, "cancelled")


async def test_one_that_falls_silent_is_spoken_as_far_as_it_came_and_the_next_has_its_turn():
    house, text = House(voice=Tts()), Text(silence_s=0.05)
    text.add("The lamp is", more=True)
    async with running(house.room.run()):
        await offer(house, text)
        await offer(house, Text_of("Next."), "b")
        assert (await told(house, "spoken")).id == "a"
        assert (await told(house, "spoken")).id == "b"
    assert house.speaker.played == [["The lamp is"], ["Next."]]
    assert text.notes == ("no more text came for 0.05 s",)


async def test_one_without_a_word_is_refused(text):
    house = House(voice=Tts())
    text.add(" \n", more=False)
    async with running(house.room.run()):
        await offer(house, text)
        assert (await told(house, "refused")).reason == "there is no text"


async def test_ssml_waits_for_its_end(text):
    house = House(voice=Tts())
    text.add("<speak>One. Two.\n", more=True)
    async with running(house.room.run()):
        await offer(house, text)
        await told(house, "accepted")
        await eventually(lambda: text._news._waiters)
        assert house.voice.said == []
        text.add("</speak>", more=False)
        await told(house, "spoken")
    assert len(house.voice.said) == 1


async def test_to_wait_for_text_is_no_silence_of_the_stage(text):
    house = House(voice=Tts())
    text.add("The", more=True)
    async with running(house.room.run()):
        await offer(house, text)
        await told(house, "accepted")
        part = house.room._health._part
        part.beaten = before = time.monotonic() - 100
        text.add(" lamp", more=True)
        await eventually(lambda: part.beaten > before)
        text.add("", more=False)
        await told(house, "spoken")


async def test_rooms_say_it_together_and_it_is_made_once(text):
    voice, together = Tts(), Together()
    party = Party("p", frozenset({"hall", "attic"}))
    hall, attic = (House(name, voice=voice, together=together) for name in sorted(party.rooms, reverse=True))
    text.add(FIRST + "It is", more=True)
    async with running(hall.room.run()), running(attic.room.run()):
        for house in (hall, attic):
            await offer(house, text, party=party)
            await told(house, "accepted")
        await told(attic, "started")
        text.add(" warm.", more=False)
        for house in (hall, attic):
            await told(house, "spoken")
            assert house.speaker.played == [["The lamp is on.", "It is warm."]]
    assert len(voice.said) == 2
