"""The front desk, with a room that only has an agenda."""

import asyncio
import json

import pytest

from oyez.model import Outcome, OutcomeState
from oyez.ports import Delivery
from oyez.speak import announce
from oyez.speak.agenda import Agenda
from oyez.speak.announce import Stop
from oyez.speak.desk import Desk
from oyez.speak.finished import Finished
from oyez.speak.together import Together


class Paper:
    """A receipt."""

    def __init__(self) -> None:
        self.live = True
        self.acknowledged = 0

    def acknowledge(self) -> None:
        self.acknowledged += 1


class Room:
    def __init__(self, outcomes) -> None:
        self.agenda = Agenda("kitchen", 2)
        self.stops: list[Stop] = []
        self.outcomes = outcomes

    async def offer(self, announcement):
        self.outcomes += self.agenda.offer(announcement, announcement.received_mono)

    async def stop(self, wanted, *, waiting_only=False):
        self.stops.append(wanted)


class House:
    """A desk, a room, and what was published."""

    def __init__(self, path) -> None:
        self.outcomes: list[Outcome] = []
        self.told: list[Outcome] = []
        self.path = path
        self.room = Room(self.outcomes)
        self.desk = Desk(
            {"kitchen": self.room}, Finished(path), self.told.append, groups={"all": ["kitchen"]}, together=Together()
        )

    async def deliver(self, payload, *, verb="say", room="kitchen", **flags) -> Paper:
        paper = Paper()
        content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        await self.desk.receive(Delivery(room, verb, content, paper, **flags))
        await self.conclude()
        return paper

    async def conclude(self):
        while self.outcomes:
            await self.desk.conclude(self.outcomes.pop(0))

    async def speak(self, state=OutcomeState.SPOKEN):
        announcement, _ = self.room.agenda.next(0.0)
        outcome = Outcome(announcement.id, "kitchen", state)
        self.room.agenda.finished(announcement, outcome, announcement.received_mono)
        await self.desk.conclude(outcome)

    @property
    def states(self):
        return [(outcome.id, str(outcome.state)) for outcome in self.told]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "finished.jsonl")


async def test_an_announcement_is_acknowledged_when_its_outcome_is_known(house):
    paper = await house.deliver({"text": "a", "id": "1"})
    assert (house.states, paper.acknowledged, len(house.desk)) == ([("1", "accepted")], 0, 1)
    await house.desk.conclude(Outcome("1", "kitchen", OutcomeState.STARTED))
    assert paper.acknowledged == 0
    await house.speak()
    assert house.states == [("1", "accepted"), ("1", "started"), ("1", "spoken")]
    assert (paper.acknowledged, len(house.desk)) == (1, 0)


async def test_the_end_is_on_disk_before_it_is_told(house, nothing_blocks_the_loop):
    nothing_blocks_the_loop.deactivate()  # it is the test that reads
    on_disk = []
    house.desk._publish = lambda outcome: on_disk.append(house.path.exists() and house.path.read_text())
    await house.deliver({"text": "a", "id": "1"})
    await house.speak()
    assert on_disk[0] is False
    assert json.loads(on_disk[1])["id"] == "1"


async def test_a_redelivery_takes_the_place_of_the_receipt_of_the_connection_that_is_gone(house):
    old = await house.deliver({"text": "a", "id": "1"})
    old.live = False
    new = await house.deliver({"text": "a", "id": "1"}, redelivered=True)
    assert house.states == [("1", "accepted")]
    await house.speak()
    assert (old.acknowledged, new.acknowledged) == (0, 1)


async def test_two_copies_are_spoken_once_and_both_acknowledged(house):
    first = await house.deliver(b"Dinner.")
    second = await house.deliver(b"Dinner.")
    await house.speak()
    assert [state for _, state in house.states] == ["accepted", "spoken"]
    assert (first.acknowledged, second.acknowledged) == (1, 1)


async def test_a_finished_one_is_acknowledged_at_once_and_its_outcome_told_again(house):
    await house.deliver({"text": "a", "id": "1"})
    await house.speak()
    paper = await house.deliver({"text": "a", "id": "1"}, redelivered=True)
    assert paper.acknowledged == 1
    assert house.told[-1] == Outcome("1", "kitchen", OutcomeState.SPOKEN, notes=("repeated",))
    assert len(house.path.read_text().splitlines()) == 1


async def test_a_refused_one_is_told_and_acknowledged_and_not_remembered(house):
    for name in "ab":
        await house.deliver({"text": "x", "id": name})
    paper = await house.deliver({"text": "x", "id": "c"})
    assert (house.states[-1], paper.acknowledged) == (("c", "refused"), 1)
    assert not house.path.exists()


async def test_what_cannot_be_read_is_refused_without_touching_another_of_the_same_id(house):
    paper = await house.deliver({"text": "a", "id": "1"})
    bad = await house.deliver({"text": "", "id": "1", "transaction": "t"})
    assert house.told[-1] == Outcome("1", "kitchen", OutcomeState.REFUSED, "the text is empty", "t")
    assert (paper.acknowledged, bad.acknowledged, len(house.desk)) == (0, 1, 1)


async def test_a_retained_one_is_refused(house):
    paper = await house.deliver({"text": "a", "id": "1"}, retained=True)
    assert (house.states, paper.acknowledged, len(house.room.agenda)) == ([("1", "refused")], 1, 0)
    assert "retain" in house.told[0].reason


async def test_the_expiry_and_the_correlation_of_the_packet_count(house):
    await house.deliver(b"a", expires_in=5, correlation=b"c1")
    announcement, _ = house.room.agenda.next(0.0)
    assert announcement.expires_mono == announcement.received_mono + 5
    assert house.told[0].transaction == "c1"


async def test_a_stop_goes_to_its_room(house):
    assert (await house.deliver(b"", verb="stop")).acknowledged == 1
    await house.deliver({"id": "1"}, verb="stop")
    await house.deliver(b"", verb="stop", retained=True)
    await house.deliver({"ids": "1"}, verb="stop")
    assert house.room.stops == [Stop(), Stop("1")]


async def test_who_writes_to_a_room_that_does_not_speak_is_told_which_do(house):
    paper = await house.deliver(b"a", room="cellar")
    assert paper.acknowledged == 1
    (told,) = house.told
    assert (told.room, told.state) == ("cellar", OutcomeState.REFUSED)
    assert "kitchen" in told.reason


async def test_what_goes_to_a_group_goes_to_its_rooms_that_speak_and_begins_there_together(tmp_path):
    outcomes, told = [], []
    rooms = {name: Room(outcomes) for name in ("kitchen", "hall")}
    groups = {"downstairs": ["kitchen", "cellar", "hall"], "garden": ["shed"]}
    desk = Desk(rooms, Finished(tmp_path / "f"), told.append, groups=groups, together=Together())
    paper, garden = Paper(), Paper()
    await desk.receive(Delivery("downstairs", "say", b"Dinner.", paper))
    (first,), (second,) = (room.agenda.waiting for room in rooms.values())
    assert (first.id, first.text, first.party) == (second.id, second.text, second.party)
    assert first.party.rooms == {"kitchen", "hall"}
    await desk.receive(Delivery("downstairs", "stop", b'{"tag": "x"}', Paper()))
    assert [room.stops for room in rooms.values()] == [[Stop(tag="x")]] * 2
    for room in rooms.values():
        assert paper.acknowledged == 0
        announcement, _ = room.agenda.next(0.0)
        await desk.conclude(Outcome(announcement.id, announcement.room, OutcomeState.SPOKEN))
    assert paper.acknowledged == 1
    await desk.receive(Delivery("garden", "say", b"Dinner.", garden))
    assert (told[-1].state, garden.acknowledged) == (OutcomeState.REFUSED, 1)


async def test_who_waits_for_an_outcome_gets_it_when_it_is_known(house):
    asked = announce.parse(b'{"text": "a", "id": "1"}', room="kitchen", now=0.0)
    paper = Paper()
    waiting = asyncio.create_task(house.desk.see_through(asked, paper))
    await asyncio.sleep(0)
    await house.conclude()
    assert (waiting.done(), paper.acknowledged) == (False, 0)
    await house.speak()
    assert (await waiting).state is OutcomeState.SPOKEN
    assert paper.acknowledged == 1
