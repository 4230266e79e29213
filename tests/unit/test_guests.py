"""Guests at the engines: one sentence or piece at a time, not too many, and what they leave behind is tidy."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.broker import eventually
from tests.support.guests import Ear, Engine, guest_asr, guest_tts, wav

from oyez.errors import Busy, EngineFailed, InvalidInput, ModelMissing
from oyez.guests import speaking
from oyez.guests.hearing import LONGEST_S, SHORTEST_S, pieces
from oyez.guests.turns import MOST_GUESTS
from oyez.hot_words import HotWord
from oyez.model import HEARD_RATE
from oyez.script import Line, Part, Script


@pytest.fixture
async def engine():
    return Engine()


@pytest.fixture
async def guest(engine):
    return guest_tts(engine)


async def all_of(speech):
    async with aclosing(speech) as chunks:
        return [chunk async for chunk in chunks]


async def test_a_text_is_one_speech_however_many_turns_it_takes(guest, engine):
    chunks = await all_of(guest.speak("One. Two.", voice="v"))
    assert engine.said == ["One", "Two"]
    assert [chunk.text for chunk in chunks if chunk.text] == ["One", "Two"]
    assert [chunk.notes for chunk in chunks if chunk.notes] == [("a note",)]
    assert np.allclose(chunks[0].samples, 0.05), "the volume of the markup is applied"
    assert len(np.concatenate([chunk.samples for chunk in chunks])) == 4 * 2_400 + 1_920


async def test_an_announcement_waits_for_one_sentence_of_a_guest_and_not_for_all(guest, engine):
    engine.go_on.clear()
    visit = asyncio.create_task(all_of(guest.speak("One. Two. Three.", voice="v")))
    await eventually(lambda: engine.said == ["One"])
    announcement = asyncio.create_task(all_of(engine.say(Script((Line((Part("Fire", "en"),), "v"),)))))
    await asyncio.sleep(0)
    engine.go_on.set()
    await asyncio.gather(visit, announcement)
    assert engine.said == ["One", "Fire", "Two", "Three"]


async def test_guests_take_turns(guest, engine):
    await asyncio.gather(*(all_of(guest.speak(f"{name}1. {name}2.", voice="v")) for name in "ab"))
    assert engine.said == ["a1", "b1", "a2", "b2"]


async def test_one_guest_too_many_is_turned_away_and_leaves_the_others_alone(guest, engine):
    engine.go_on.clear()
    visits = [asyncio.create_task(all_of(guest.speak("One.", voice="v"))) for _ in range(MOST_GUESTS)]
    await eventually(lambda: engine.said)
    with pytest.raises(Busy, match="4 requests"):
        await all_of(guest.speak("One.", voice="v"))
    engine.go_on.set()
    assert all(len(chunks) == 2 for chunks in await asyncio.gather(*visits))
    assert await all_of(guest.speak("Again.", voice="v"))


async def test_a_guest_who_leaves_has_his_sentence_finished_and_no_other_begun(guest, engine):
    engine.go_on.clear()
    speech = guest.speak("One. Two.", voice="v")
    await anext(speech)
    leaving = asyncio.create_task(speech.aclose())
    await asyncio.sleep(0)
    engine.go_on.set()
    await leaving
    assert engine.ended == engine.said == ["One"]


async def test_a_guest_who_is_cut_off_while_he_waits_leaves_the_engine_whole(guest, engine):
    engine.go_on.clear()
    visit = asyncio.create_task(all_of(guest.speak("One. Two.", voice="v")))
    await eventually(lambda: engine.said)
    visit.cancel()
    await asyncio.sleep(0)
    engine.go_on.set()
    await asyncio.gather(visit, return_exceptions=True)
    assert engine.ended == ["One"]


async def test_a_sentence_that_takes_long_after_its_guest_has_gone_is_ended(guest, engine, monkeypatch):
    monkeypatch.setattr(speaking, "GRACE_S", 0.01)
    engine.go_on.clear()
    speech = guest.speak("One. Two.", voice="v")
    await anext(speech)
    await speech.aclose()
    assert engine.ended == []
    assert not engine.lock.locked()


async def test_a_guest_who_takes_nothing_does_not_keep_the_engine(guest, engine, monkeypatch):
    monkeypatch.setattr(speaking, "HELD_S", 1.0)
    monkeypatch.setattr(speaking, "TURN_S", 0.05)
    engine.chunk, engine.chunks = np.zeros(48_000, np.float32), 4
    async with aclosing(guest.speak("One.", voice="v")) as speech:
        await anext(speech)
        await eventually(lambda: not engine.lock.locked())
        with pytest.raises(EngineFailed, match="wasn't taken in time"):
            await all_of(speech)


async def test_what_goes_wrong_reaches_the_guest(guest, engine):
    with pytest.raises(InvalidInput):
        await all_of(guest.speak(" ", voice="v"))
    engine.error = EngineFailed("it broke")
    with pytest.raises(EngineFailed, match="it broke"):
        await all_of(guest.speak("One.", voice="v"))
    engine.error = None
    assert await all_of(guest.speak("Two.", voice="v"))


async def test_a_sentence_without_an_end_is_said_in_several_turns(guest, engine):
    await all_of(guest.speak("and " * 200, voice="v"))
    assert len(engine.said) == 3
    assert max(map(len, engine.said)) <= 300
    assert " ".join(engine.said).split() == ["and"] * 200


@settings(deadline=None, max_examples=30)
@given(st.floats(0, 40), st.integers(0, 3))
def test_a_recording_is_cut_into_pieces_that_are_the_whole(seconds, seed):
    samples = np.random.default_rng(seed).normal(size=round(seconds * HEARD_RATE)).astype(np.float32)
    cut = list(pieces(samples))
    assert np.array_equal(np.concatenate([piece for _, piece in cut]), samples)
    assert [start for start, _ in cut] == pytest.approx(
        [sum(len(piece) for _, piece in cut[:number]) / HEARD_RATE for number in range(len(cut))]
    )
    assert all(SHORTEST_S <= len(piece) / HEARD_RATE <= LONGEST_S for _, piece in cut[:-1])


def test_a_recording_is_cut_where_it_is_quiet():
    samples = np.random.default_rng(0).normal(size=20 * HEARD_RATE).astype(np.float32)
    samples[11 * HEARD_RATE : round(11.4 * HEARD_RATE)] = 0.0
    (_, first), _ = pieces(samples)
    assert 11 < len(first) / HEARD_RATE < 11.4


async def test_a_recording_is_heard_piece_by_piece_with_what_the_house_knows():
    ear = Ear()
    guest = guest_asr(ear)
    heard = await guest.transcribe(wav(np.zeros(20 * HEARD_RATE)), language="en", hot_words=[HotWord("Anna")])
    assert ear.asked == [("eng", ["kitchen", "Anna"])] * 2
    assert (heard.text, heard.language, heard.seconds, heard.confidence) == ("the lamp the lamp", "eng", 20.0, 0.5)
    assert SHORTEST_S <= heard.words[2].start - 0.1 <= LONGEST_S
    await guest.transcribe(wav(np.zeros(100)))
    assert ear.asked[-1] == ("spa", ["kitchen"])
    with pytest.raises(ModelMissing, match="xx"):
        await guest.transcribe(wav(np.zeros(100)), language="xx")
