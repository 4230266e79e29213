"""The agenda of a room."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oyez.model import Announcement, Outcome, OutcomeState, Priority
from oyez.speak.agenda import REMEMBERED, REPEATED, Agenda

LOW, NORMAL, URGENT = Priority
ACCEPTED, SPOKEN, CANCELLED = OutcomeState.ACCEPTED, OutcomeState.SPOKEN, OutcomeState.CANCELLED
EXPIRED, REFUSED, FAILED = OutcomeState.EXPIRED, OutcomeState.REFUSED, OutcomeState.FAILED


def one(
    name: str, priority: Priority = NORMAL, *, expires: float | None = None, anonymous: bool = False
) -> Announcement:
    key = f"text:{name}" if anonymous else f"id:{name}"
    return Announcement(name, "kitchen", f"say {name}", key, 0.0, expires, priority=priority)


def states(outcomes: list[Outcome]) -> list[tuple[str, OutcomeState]]:
    return [(outcome.id, outcome.state) for outcome in outcomes]


def speak(agenda: Agenda, now: float, state: OutcomeState = SPOKEN) -> str | None:
    announcement, _ = agenda.next(now)
    if announcement is None:
        return None
    agenda.finished(announcement, Outcome(announcement.id, "kitchen", state), now)
    return announcement.id


def test_the_first_come_is_spoken_first_within_a_priority():
    agenda = Agenda("kitchen", 10)
    for name, priority in (("a", NORMAL), ("b", LOW), ("c", URGENT), ("d", NORMAL), ("e", URGENT)):
        assert states(agenda.offer(one(name, priority), 0.0)) == [(name, ACCEPTED)]
    assert [speak(agenda, 0.0) for _ in range(6)] == ["c", "e", "a", "d", "b", None]


def test_one_is_spoken_at_a_time():
    agenda = Agenda("kitchen", 10)
    agenda.offer(one("a"), 0.0)
    agenda.offer(one("b"), 0.0)
    first, _ = agenda.next(0.0)
    assert agenda.current is first
    assert agenda.next(0.0) == (None, [])
    agenda.finished(first, Outcome("a", "kitchen", SPOKEN), 1.0)
    assert agenda.current is None
    assert agenda.next(1.0)[0].id == "b"


def test_only_the_current_one_can_finish():
    agenda = Agenda("kitchen", 10)
    agenda.offer(one("a"), 0.0)
    with pytest.raises(ValueError, match="isn't being spoken"):
        agenda.finished(one("a"), Outcome("a", "kitchen", SPOKEN), 0.0)


def test_the_newest_is_refused_when_it_is_full():
    agenda = Agenda("kitchen", 2)
    agenda.offer(one("a"), 0.0)
    agenda.offer(one("b", LOW), 0.0)
    assert states(agenda.offer(one("c"), 0.0)) == [("c", REFUSED)]
    assert len(agenda) == 2
    speak(agenda, 0.0)
    assert states(agenda.offer(one("c"), 0.0)) == [("c", ACCEPTED)]


def test_an_urgent_one_displaces_the_newest_of_the_least_priority():
    agenda = Agenda("kitchen", 4)
    for name, priority in (("a", NORMAL), ("b", LOW), ("c", LOW), ("d", NORMAL)):
        agenda.offer(one(name, priority), 0.0)
    told = agenda.offer(one("fire", URGENT), 0.0)
    assert states(told) == [("c", REFUSED), ("fire", ACCEPTED)]
    assert told[0].reason == "displaced by an urgent one"
    assert [speak(agenda, 0.0) for _ in range(5)] == ["fire", "a", "d", "b", None]


def test_an_urgent_one_does_not_displace_an_urgent_one():
    agenda = Agenda("kitchen", 1)
    agenda.offer(one("a", URGENT), 0.0)
    assert states(agenda.offer(one("b", URGENT), 0.0)) == [("b", REFUSED)]


def test_what_waited_too_long_expires_and_makes_room():
    agenda = Agenda("kitchen", 1)
    agenda.offer(one("a", expires=10.0), 0.0)
    assert agenda.expire(9.9) == []
    assert states(agenda.offer(one("b"), 10.0)) == [("a", EXPIRED), ("b", ACCEPTED)]


def test_the_expired_are_told_when_the_next_is_asked_for():
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a", expires=10.0), 0.0)
    agenda.offer(one("b", expires=30.0), 0.0)
    announcement, expired = agenda.next(20.0)
    assert (announcement.id, states(expired)) == ("b", [("a", EXPIRED)])


def test_cancelling_ends_those_that_wait_but_not_the_current_one():
    agenda = Agenda("kitchen", 9)
    for name in "abc":
        agenda.offer(one(name), 0.0)
    agenda.next(0.0)
    assert agenda.cancel("a", 0.0) == []
    assert states(agenda.cancel("c", 0.0)) == [("c", CANCELLED)]
    assert states(agenda.cancel(None, 0.0)) == [("b", CANCELLED)]
    assert agenda.cancel("nobody", 0.0) == []
    assert agenda.current.id == "a"


def test_a_repetition_of_a_pending_one_changes_nothing():
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a"), 0.0)
    assert agenda.offer(one("a"), 5.0) == []
    agenda.next(5.0)
    assert agenda.offer(one("a"), 6.0) == []
    assert len(agenda) == 0


def test_a_repetition_of_a_pending_one_is_not_refused_by_a_full_agenda():
    agenda = Agenda("kitchen", 1)
    agenda.offer(one("a"), 0.0)
    assert agenda.offer(one("a"), 0.0) == []


@pytest.mark.parametrize("state", [SPOKEN, CANCELLED])
def test_an_id_that_was_spoken_or_stopped_is_not_spoken_again(state):
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a"), 0.0)
    speak(agenda, 0.0, state)
    again = agenda.offer(replace(one("a"), transaction="t2"), 10_000.0)
    assert again == [Outcome("a", "kitchen", state, transaction="t2", notes=(REPEATED,))]
    assert agenda.next(10_000.0) == (None, [])


@pytest.mark.parametrize("state", [FAILED, REFUSED])
def test_an_id_that_failed_may_be_tried_again_by_its_sender_but_not_by_the_broker(state):
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a"), 0.0)
    speak(agenda, 0.0, state)
    assert states(agenda.offer(replace(one("a"), redelivered=True), 1.0)) == [("a", state)]
    assert states(agenda.offer(one("a"), 1.0)) == [("a", ACCEPTED)]


def test_the_same_words_within_two_seconds_are_one_announcement():
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a", anonymous=True), 0.0)
    speak(agenda, 1.0)
    assert states(agenda.offer(one("a", anonymous=True), 3.0)) == [("a", SPOKEN)]
    assert states(agenda.offer(one("a", anonymous=True), 3.1)) == [("a", ACCEPTED)]


def test_the_same_words_brought_again_by_the_broker_are_known_for_as_long_as_it_keeps_them():
    agenda = Agenda("kitchen", 9, redelivery_s=60.0)
    agenda.remember("text:a", Outcome("a", "kitchen", SPOKEN), 0.0)
    again = replace(one("a", anonymous=True), redelivered=True)
    assert states(agenda.offer(again, 60.0)) == [("a", SPOKEN)]
    assert states(agenda.offer(again, 60.1)) == [("a", ACCEPTED)]


def test_a_thousand_ended_ones_are_remembered():
    agenda = Agenda("kitchen", 9)
    for number in range(REMEMBERED + 1):
        agenda.remember(f"id:{number}", Outcome(str(number), "kitchen", SPOKEN), 0.0)
    assert states(agenda.offer(one("0"), 1.0)) == [("0", ACCEPTED)]
    assert states(agenda.offer(one("1"), 1.0)) == [("1", SPOKEN)]


def test_a_capacity_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Agenda("kitchen", 0)


class AgendaMachine(RuleBasedStateMachine):
    """Never above capacity, exactly one end for each accepted announcement, none spoken twice."""

    def __init__(self) -> None:
        super().__init__()
        self.agenda = Agenda("kitchen", 3)
        self.now = 0.0
        self.accepted: set[str] = set()
        self.ended: Counter[str] = Counter()
        self.begun: Counter[str] = Counter()

    def tell(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.state is ACCEPTED:
                assert outcome.id not in self.accepted or self.ended[outcome.id]
                self.accepted.add(outcome.id)
                self.ended[outcome.id] = 0
            elif REPEATED not in outcome.notes:
                self.ended[outcome.id] += outcome.id in self.accepted

    @rule(
        name=st.sampled_from("abcdefgh"),
        priority=st.sampled_from(Priority),
        lifetime=st.none() | st.integers(1, 20),
        redelivered=st.booleans(),
    )
    def offer(self, name, priority, lifetime, redelivered):
        expires = None if lifetime is None else self.now + lifetime
        announcement = replace(one(name, priority, expires=expires), redelivered=redelivered)
        told = self.agenda.offer(announcement, self.now)
        self.tell([outcome for outcome in told if states([outcome]) != [(name, REFUSED)]])  # it was never accepted

    @rule()
    def begin(self):
        announcement, expired = self.agenda.next(self.now)
        self.tell(expired)
        if announcement:
            self.begun[announcement.id] += 1
            assert announcement.expires_mono is None or announcement.expires_mono > self.now

    @rule(state=st.sampled_from([SPOKEN, FAILED, CANCELLED]))
    def finish(self, state):
        if current := self.agenda.current:
            outcome = Outcome(current.id, "kitchen", state)
            self.agenda.finished(current, outcome, self.now)
            self.tell([outcome])
            if state is FAILED:
                self.begun[current.id] -= 1  # a sender may try again

    @rule(name=st.none() | st.sampled_from("abcdefgh"))
    def cancel(self, name):
        self.tell(self.agenda.cancel(name, self.now))

    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds):
        self.now += seconds
        self.tell(self.agenda.expire(self.now))

    @invariant()
    def never_above_capacity(self):
        assert len(self.agenda) <= 3

    @invariant()
    def each_accepted_one_is_pending_or_has_ended_once(self):
        pending = {announcement.id for announcement in self.agenda._pending()}
        for name in self.accepted:
            assert self.ended[name] == (0 if name in pending else 1)

    @invariant()
    def none_is_spoken_twice(self):
        assert all(times <= 1 for times in self.begun.values())


TestAgendaMachine = AgendaMachine.TestCase
TestAgendaMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_a_quiet_room_takes_only_urgent_ones_and_ends_the_others_that_wait():
    agenda = Agenda("kitchen", 10)
    agenda.offer(one("a"), 0.0)
    agenda.offer(one("b", URGENT), 0.0)
    agenda.quiet = True
    assert states(agenda.hush(1.0)) == [("a", CANCELLED)]
    (refused,) = agenda.offer(one("c"), 1.0)
    assert (refused.state, "quiet" in (refused.reason or "")) == (REFUSED, True)
    assert states(agenda.offer(one("d", URGENT), 1.0)) == [("d", ACCEPTED)]
    agenda.quiet = False
    assert states(agenda.offer(one("c"), 2.0)) == [("c", ACCEPTED)]
    assert [speak(agenda, 2.0) for _ in range(4)] == ["b", "d", "c", None]
