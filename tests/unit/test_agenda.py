"""The agenda of a room."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from oyez.model import Announcement, Interrupted, Outcome, OutcomeState, Party, Priority, Quiet
from oyez.speak.agenda import CUT, HELD, MADE_QUIET, REPLACED, Agenda
from oyez.speak.announce import Stop
from oyez.speak.ended import DONE, REMEMBERED, REPEATED

LOW, NORMAL, URGENT = Priority
ACCEPTED, SPOKEN, CANCELLED = OutcomeState.ACCEPTED, OutcomeState.SPOKEN, OutcomeState.CANCELLED
EXPIRED, REFUSED, FAILED = OutcomeState.EXPIRED, OutcomeState.REFUSED, OutcomeState.FAILED
INTERRUPTED = OutcomeState.INTERRUPTED


def one(
    name: str, priority: Priority = NORMAL, *, expires: float | None = None, anonymous: bool = False, **wishes
) -> Announcement:
    identity = f"text:{name}" if anonymous else f"id:{name}"
    wishes.setdefault("interrupts", priority is URGENT)
    return Announcement(name, "kitchen", f"say {name}", identity, 0.0, expires, priority=priority, **wishes)


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
    assert agenda.cancel(Stop("a"), 0.0) == []
    assert states(agenda.cancel(Stop("c"), 0.0)) == [("c", CANCELLED)]
    assert states(agenda.cancel(Stop(), 0.0)) == [("b", CANCELLED)]
    assert agenda.cancel(Stop("nobody"), 0.0) == []
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
    agenda.ended.add("text:a", Outcome("a", "kitchen", SPOKEN), 0.0)
    again = replace(one("a", anonymous=True), redelivered=True)
    assert states(agenda.offer(again, 60.0)) == [("a", SPOKEN)]
    assert states(agenda.offer(again, 60.1)) == [("a", ACCEPTED)]


def test_a_thousand_ended_ones_are_remembered():
    agenda = Agenda("kitchen", 9)
    for number in range(REMEMBERED + 1):
        agenda.ended.add(f"id:{number}", Outcome(str(number), "kitchen", SPOKEN), 0.0)
    assert states(agenda.offer(one("0"), 1.0)) == [("0", ACCEPTED)]
    assert states(agenda.offer(one("1"), 1.0)) == [("1", SPOKEN)]


def test_a_capacity_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Agenda("kitchen", 0)


@pytest.mark.parametrize(
    ("current", "newer", "cut"),
    [
        (one("a"), one("b", URGENT), True),
        (one("a", LOW), one("b", URGENT), True),
        (one("a", LOW), one("b", NORMAL), False),
        (one("a", LOW), one("b", NORMAL, interrupts=True), True),
        (one("a", NORMAL), one("b", NORMAL, interrupts=True), False),
        (one("a", NORMAL), one("b", URGENT, interrupts=False), False),
        (one("a", URGENT), one("b", URGENT), False),
    ],
)
def test_one_that_interrupts_cuts_one_of_lower_priority(current, newer, cut):
    agenda = Agenda("kitchen", 9)
    agenda.offer(current, 0.0)
    assert not agenda.gives_way
    agenda.next(0.0)
    agenda.offer(newer, 1.0)
    assert agenda.gives_way is cut


@pytest.mark.parametrize(("policy", "resume_at"), [(Interrupted.RESUME, 4.5), (Interrupted.RESTART, 0.0)])
def test_what_was_cut_is_spoken_next_of_its_priority_from_where_it_wishes(policy, resume_at):
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a", interrupted=policy), 0.0)
    agenda.offer(one("b"), 0.0)
    current, _ = agenda.next(0.0)
    agenda.offer(one("fire", URGENT), 1.0)
    assert agenda.cut(current, 4.5, 1.0) == Outcome("a", "kitchen", INTERRUPTED)
    assert agenda.current is None
    assert speak(agenda, 1.0) == "fire"
    again, _ = agenda.next(2.0)
    assert (again.id, again.resume_at, again.cut) == ("a", resume_at, True)
    agenda.finished(again, Outcome("a", "kitchen", SPOKEN), 3.0)
    assert speak(agenda, 3.0) == "b"


def test_what_does_not_want_to_go_on_ends_when_it_is_cut():
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a", interrupted=Interrupted.DROP), 0.0)
    current, _ = agenda.next(0.0)
    told = agenda.cut(current, 1.0, 1.0)
    assert (told.state, told.reason) == (CANCELLED, CUT)
    assert agenda.next(2.0) == (None, [])
    assert states(agenda.offer(one("a"), 2.0)) == [("a", CANCELLED)]  # remembered


def test_what_was_cut_has_a_place_beside_those_that_wait_and_may_expire_there():
    agenda = Agenda("kitchen", 1)
    agenda.offer(one("a", expires=10.0), 0.0)
    current, _ = agenda.next(0.0)
    agenda.offer(one("b", LOW), 1.0)
    agenda.cut(current, 1.0, 1.0)
    assert [waiting.id for waiting in agenda.waiting] == ["a", "b"]
    assert states(agenda.offer(one("c"), 1.0)) == [("c", REFUSED)]
    assert states(agenda.expire(10.0)) == [("a", EXPIRED)]


def test_the_rooms_of_what_was_cut_do_not_wait_for_each_other_again():
    agenda = Agenda("kitchen", 1)
    agenda.offer(one("a", party=Party("p", frozenset({"kitchen", "hall"}))), 0.0)
    current, _ = agenda.next(0.0)
    agenda.cut(current, 1.0, 1.0)
    assert agenda.next(1.0)[0].party is None


def test_a_newer_one_stands_in_the_place_of_the_one_with_its_key():
    agenda = Agenda("kitchen", 2)
    agenda.offer(one("old", key="door"), 0.0)
    agenda.offer(one("b"), 0.0)
    told = agenda.offer(one("new", key="door"), 1.0)
    assert states(told) == [("old", CANCELLED), ("new", ACCEPTED)]
    assert told[0].reason == REPLACED
    assert [speak(agenda, 1.0) for _ in range(3)] == ["new", "b", None]


def test_a_newer_one_of_another_priority_goes_where_that_belongs():
    agenda = Agenda("kitchen", 2)
    agenda.offer(one("old", URGENT, key="door"), 0.0)
    agenda.offer(one("b"), 0.0)
    agenda.offer(one("new", LOW, key="door"), 1.0)
    assert [speak(agenda, 1.0) for _ in range(3)] == ["b", "new", None]


def test_what_is_being_spoken_is_not_replaced_but_does_not_come_back_once_it_is_cut():
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("old", key="door"), 0.0)
    current, _ = agenda.next(0.0)
    assert states(agenda.offer(one("new", key="door"), 1.0)) == [("new", ACCEPTED)]
    assert agenda.current is current
    told = agenda.cut(current, 1.0, 2.0)
    assert (told.state, told.reason) == (CANCELLED, REPLACED)
    assert speak(agenda, 2.0) == "new"


def test_a_refused_one_replaces_nothing():
    agenda = Agenda("kitchen", 9)
    agenda.be_quiet(Quiet.REFUSE, 0.0)
    agenda.offer(one("old", URGENT, key="door"), 0.0)
    assert states(agenda.offer(one("new", key="door"), 1.0)) == [("new", REFUSED)]
    assert len(agenda) == 1


def test_one_is_cancelled_by_its_id_its_key_or_its_tag():
    agenda = Agenda("kitchen", 9)
    for name, wishes in (("a", {"key": "k"}), ("b", {"tag": "t"}), ("c", {"tag": "t", "key": "x"}), ("d", {})):
        agenda.offer(one(name, **wishes), 0.0)
    assert states(agenda.cancel(Stop(key="k"), 0.0)) == [("a", CANCELLED)]
    assert states(agenda.cancel(Stop(id="b", tag="other"), 0.0)) == []
    assert states(agenda.cancel(Stop(key="x", tag="t"), 0.0)) == [("c", CANCELLED)]
    assert states(agenda.cancel(Stop(tag="t"), 0.0)) == [("b", CANCELLED)]
    assert [waiting.id for waiting in agenda.waiting] == ["d"]


def test_a_room_that_holds_speaks_what_is_urgent_and_the_rest_when_it_is_no_longer_quiet():
    agenda = Agenda("kitchen", 9)
    agenda.offer(one("a"), 0.0)
    assert agenda.be_quiet(Quiet.HOLD, 1.0) == []
    (held,) = agenda.offer(one("b", expires=20.0), 1.0)
    assert (held.state, held.reason) == (ACCEPTED, HELD)
    agenda.offer(one("fire", URGENT), 1.0)
    assert [speak(agenda, 2.0) for _ in range(2)] == ["fire", None]
    assert states(agenda.expire(20.0)) == [("b", EXPIRED)]
    agenda.be_quiet(Quiet.NO, 21.0)
    assert speak(agenda, 21.0) == "a"


def test_what_is_cut_for_quiet_begins_anew_when_that_is_over_or_is_over_itself():
    for quiet, told in ((Quiet.HOLD, (INTERRUPTED, None)), (Quiet.REFUSE, (CANCELLED, MADE_QUIET))):
        agenda = Agenda("kitchen", 9)
        agenda.offer(one("a"), 0.0)
        current, _ = agenda.next(0.0)
        agenda.be_quiet(quiet, 1.0)
        outcome = agenda.cut(current, 4.5, 1.0)
        assert (outcome.state, outcome.reason) == told
        assert [(waiting.id, waiting.resume_at) for waiting in agenda.waiting] == [("a", 0.0)] * (quiet is Quiet.HOLD)


class AgendaMachine(RuleBasedStateMachine):
    """Never above capacity and those that were cut; exactly one end for each accepted one; none begun twice but those."""

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
            elif REPEATED not in outcome.notes and outcome.state.final:
                self.ended[outcome.id] += outcome.id in self.accepted
                if outcome.state not in DONE:
                    self.begun[outcome.id] = 0  # a sender may try again

    @rule(
        name=st.sampled_from("abcdefgh"),
        priority=st.sampled_from(Priority),
        lifetime=st.none() | st.integers(1, 20),
        redelivered=st.booleans(),
        key=st.none() | st.sampled_from("xy"),
        interrupts=st.booleans(),
        interrupted=st.sampled_from(Interrupted),
    )
    def offer(self, name, priority, lifetime, redelivered, **wishes):
        expires = None if lifetime is None else self.now + lifetime
        announcement = replace(one(name, priority, expires=expires, **wishes), redelivered=redelivered)
        told = self.agenda.offer(announcement, self.now)
        self.tell([outcome for outcome in told if states([outcome]) != [(name, REFUSED)]])  # it was never accepted

    @rule()
    def begin(self):
        announcement, expired = self.agenda.next(self.now)
        self.tell(expired)
        if announcement:
            self.begun[announcement.id] += not announcement.cut
            assert announcement.expires_mono is None or announcement.expires_mono > self.now
            assert self.agenda.quiet is Quiet.NO or announcement.priority is URGENT

    @rule()
    def give_way(self):
        if self.agenda.gives_way:
            current = self.agenda.current
            self.tell([self.agenda.cut(current, current.resume_at + 1.0, self.now)])
            following = self.agenda.waiting[0]
            assert following.priority > current.priority

    @rule(state=st.sampled_from([SPOKEN, FAILED, CANCELLED]))
    def finish(self, state):
        if current := self.agenda.current:
            outcome = Outcome(current.id, "kitchen", state)
            self.agenda.finished(current, outcome, self.now)
            self.tell([outcome])

    @rule(name=st.none() | st.sampled_from("abcdefgh"), key=st.none() | st.sampled_from("xy"))
    def cancel(self, name, key):
        self.tell(self.agenda.cancel(Stop(name, key), self.now))

    @rule(quiet=st.sampled_from(Quiet))
    def be_quiet(self, quiet):
        self.tell(self.agenda.be_quiet(quiet, self.now))

    @rule(seconds=st.integers(1, 30))
    def wait(self, seconds):
        self.now += seconds
        self.tell(self.agenda.expire(self.now))

    @invariant()
    def never_above_capacity(self):
        assert len([one for one in self.agenda.waiting if not one.cut]) <= 3
        assert len(self.agenda) <= 3 + len(Priority) - 1

    @invariant()
    def a_key_waits_once(self):
        keys = [one.key for one in self.agenda.waiting if one.key]
        assert len(set(keys)) == len(keys)

    @invariant()
    def the_more_urgent_stand_before_the_others(self):
        priorities = [one.priority for one in self.agenda.waiting]
        assert priorities == sorted(priorities, reverse=True)

    @invariant()
    def each_accepted_one_is_pending_or_has_ended_once(self):
        pending = {announcement.id for announcement in self.agenda._pending()}
        for name in self.accepted:
            assert self.ended[name] == (0 if name in pending else 1)

    @invariant()
    def none_is_begun_twice(self):
        assert all(times <= 1 for times in self.begun.values())


TestAgendaMachine = AgendaMachine.TestCase
TestAgendaMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_a_quiet_room_takes_only_urgent_ones_and_ends_the_others_that_wait():
    agenda = Agenda("kitchen", 10)
    agenda.offer(one("a"), 0.0)
    agenda.offer(one("b", URGENT), 0.0)
    assert states(agenda.be_quiet(Quiet.REFUSE, 1.0)) == [("a", CANCELLED)]
    (refused,) = agenda.offer(one("c"), 1.0)
    assert (refused.state, "quiet" in (refused.reason or "")) == (REFUSED, True)
    assert states(agenda.offer(one("d", URGENT), 1.0)) == [("d", ACCEPTED)]
    assert agenda.be_quiet(Quiet.NO, 2.0) == []
    assert states(agenda.offer(one("c"), 2.0)) == [("c", ACCEPTED)]
    assert [speak(agenda, 2.0) for _ in range(4)] == ["b", "d", "c", None]
