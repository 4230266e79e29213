"""Texts that arrive in pieces: at the desk, with a room that only has an agenda."""

from __future__ import annotations

import json

import pytest
from tests.unit.test_desk import House, Paper

from oyez.errors import InvalidInput
from oyez.model import OutcomeState
from oyez.speak import announce, texts
from oyez.speak.announce import Stop
from oyez.speak.texts import LONGEST, LOST, MOST_KNOWN, MOST_OPEN, Text, Texts


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "finished.jsonl")


async def send(house, text, *, more=True, name="t", flags=None, **fields):
    """A piece; its receipt."""
    return await house.deliver({"id": name, "text": text, "more": more} | fields, **flags or {})


def waiting(house):
    """The texts that wait, as far as they have come."""
    return [one.wording for one in house.room.agenda.waiting]


def last(house):
    return (house.told[-1].id, str(house.told[-1].state), house.told[-1].reason)


async def read(text):
    return [piece async for piece in text]


async def test_pieces_with_one_id_are_one_announcement_whose_first_is_acknowledged_with_its_outcome(house):
    first = await send(house, "[[low]] The wea", voice="bf_emma")
    assert (house.states, first.acknowledged) == ([("t", "accepted")], 0)
    others = [await send(house, "ther is "), await send(house, "", voice="x"), await send(house, "fine.", more=False)]
    assert [paper.acknowledged for paper in others] == [1, 1, 1]
    (waits,) = house.room.agenda.waiting
    assert (waits.wording, waits.voice, waits.priority.name) == ("The weather is fine.", "bf_emma", "LOW")
    assert await read(waits.arriving) == [" The wea", "ther is ", "", "fine."]
    await house.speak()
    assert (house.states, first.acknowledged) == ([("t", "accepted"), ("t", "spoken")], 1)


async def test_who_reads_gets_the_pieces_as_they_come_as_often_as_it_is_read(house):
    await send(house, "One. ")
    reader = aiter(house.room.agenda.waiting[0].arriving)
    assert await anext(reader) == "One. "
    await send(house, "Two.", more=False)
    assert [piece async for piece in reader] == ["Two."]
    assert await read(house.room.agenda.waiting[0].arriving) == ["One. ", "Two."]


async def test_texts_with_other_ids_or_to_other_rooms_are_others(house):
    await send(house, "A", name="a")
    await send(house, "B", name="b")
    await send(house, "a", name="a", more=False)
    assert waiting(house) == ["Aa", "B"]


async def test_a_piece_that_comes_twice_is_passed_over_and_one_that_is_missing_is_told(house):
    first = await send(house, "One. ", piece=0)
    again = await send(house, "One. ", piece=0, flags={"redelivered": True})
    await send(house, "Two. ", piece=1)
    await send(house, "Two. ", piece=1)
    await send(house, "Four. ", piece=3)
    end = await send(house, "Five.", piece=4, more=False)
    end_again = await send(house, "Five.", piece=4, more=False, flags={"redelivered": True})
    assert waiting(house) == ["One. Two. Four. Five."]
    assert (first.acknowledged, again.acknowledged, end.acknowledged, end_again.acknowledged) == (0, 0, 1, 1)
    await house.speak()
    assert (first.acknowledged, again.acknowledged) == (1, 1)
    assert house.told[-1].notes == ("piece 2 of the text didn't come",)
    assert [state for _, state in house.states] == ["accepted", "spoken"]


async def test_a_first_piece_without_a_number_that_the_broker_brings_again_is_known(house):
    old = await send(house, "One. ")
    old.live = False
    new = await send(house, "One. ", flags={"redelivered": True})
    await send(house, "Two.", more=False)
    assert waiting(house) == ["One. Two."]
    await house.speak()
    assert (old.acknowledged, new.acknowledged) == (0, 1)


async def test_without_a_piece_for_a_while_it_ends_with_what_there_is_and_says_so(house):
    house.desk._texts = Texts(silence_s=0.02)
    await send(house, "One.")
    assert await read(house.room.agenda.waiting[0].arriving) == ["One."]
    await send(house, "Two.")
    assert last(house) == ("t", "refused", "too late for this piece of a text: no more of it came for 0.02 s")
    told = len(house.told)
    late = await send(house, "Three.")
    assert (len(house.told), late.acknowledged) == (told, 1)  # a model that writes on is told once
    await house.speak()
    assert house.told[-1].notes == ("no more text came for 0.02 s",)
    await send(house, "Once more.", piece=0)
    assert last(house) == ("t", "spoken", None)  # a repetition of what was spoken


async def test_one_that_waits_unread_ends_as_well(house):
    house.desk._texts = Texts(silence_s=0.0)
    await send(house, "One.")
    await send(house, "Two.")
    assert waiting(house) == ["One."]


@pytest.mark.parametrize("end", [OutcomeState.CANCELLED, OutcomeState.FAILED])
async def test_when_its_announcement_has_ended_the_rest_is_refused_once(house, end):
    await send(house, "One.")
    await house.speak(end)
    await send(house, "Two.")
    await send(house, "Three.")
    assert [state for _, state in house.states] == ["accepted", end, "refused"]
    assert last(house)[2] == "too late for this piece of a text: its announcement has ended"


async def test_one_that_is_refused_ends_its_text(house):
    for name in ("a", "b", "c"):  # the agenda has room for two
        await send(house, "One.", name=name)
    await send(house, "Two.", name="c")
    assert [state for name, state in house.states if name == "c"] == ["refused", "refused"]


async def test_a_text_whose_beginning_was_lost_with_an_earlier_life_is_refused_when_its_turn_comes(house):
    await send(house, "One.", flags={"redelivered": True})
    (waits,) = house.room.agenda.waiting
    with pytest.raises(InvalidInput, match=LOST):
        await read(waits.arriving)
    await send(house, "Two.")
    assert last(house) == ("t", "refused", f"too late for this piece of a text: {LOST}")


async def test_a_whole_text_that_comes_again_is_a_repetition(house):
    await send(house, "One.", more=False)
    await house.speak()
    await send(house, "One.", more=False)
    assert last(house) == ("t", "spoken", None)
    assert house.told[-1].notes == ("repeated",)


async def test_a_text_has_a_bound_and_so_has_their_number(house, monkeypatch):
    monkeypatch.setattr(texts, "LONGEST", 10)
    await send(house, "12345678", name="long")
    await send(house, "90123", name="long")
    await send(house, "45", name="long")
    assert waiting(house) == ["1234567890"]
    assert last(house)[1] == "refused"
    await house.speak()
    assert house.told[-1].notes == ("left out all beyond 10 characters",)
    for number in range(MOST_OPEN + 1):
        house.room.agenda.cancel(Stop(), 0.0)
        await send(house, "a", name=f"n{number}")
    assert last(house) == (f"n{MOST_OPEN}", "refused", f"{MOST_OPEN} texts are arriving already")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None, "text": "a", "more": True}, "needs an id"),
        ({"text": "a", "piece": 1}, "all of them have `more`"),
        ({"text": 3, "more": True}, "text must be a string"),
        ({"text": "a", "more": "yes"}, "more must be true or false"),
        ({"text": "a", "more": True, "piece": -1}, "piece must be a whole number"),
        ({"text": "a", "more": True, "piece": 3}, "hasn't begun"),
        ({"text": "a" * 2_001, "more": True}, "2,000 are the most"),
    ],
)
async def test_what_is_no_piece_is_refused_with_a_reason(house, fields, reason):
    given = {name: value for name, value in ({"id": "x"} | fields).items() if value is not None}
    paper = await house.deliver(json.dumps(given).encode())
    assert (house.told[-1].state, paper.acknowledged) == (OutcomeState.REFUSED, 1)
    assert reason in house.told[-1].reason


async def test_a_text_of_single_letters_has_the_same_bound():
    text = Text()
    for _ in range(LONGEST):
        text.add("a", more=True)
    assert (len(text.text), text.ended) == (LONGEST, None)
    text.add("a", more=False)
    assert len(text.text) == LONGEST
    assert not text.whole


async def test_pieces_of_a_text_that_nobody_knows_are_refused_once(house):
    for number in (3, 4, 5):
        assert (await send(house, "a", piece=number)).acknowledged == 1
    assert [state for _, state in house.states] == ["refused"]
    await send(house, "a", piece=0)
    assert waiting(house) == ["a"]


async def test_a_request_that_is_refused_is_acknowledged(house):
    paper = Paper()
    given = json.dumps({"id": "t", "text": "a", "more": True, "piece": 7}).encode()
    with pytest.raises(InvalidInput, match="hasn't begun"):
        await house.desk.say([announce.parse(given, room="kitchen", now=0.0)], paper)
    assert paper.acknowledged == 1


async def test_of_texts_that_have_ended_no_more_than_some_are_known(house):
    for number in range(3 * MOST_KNOWN):
        await send(house, "a", name=f"n{number}", more=False)
    assert len(house.desk._texts._texts) <= MOST_KNOWN + 1
