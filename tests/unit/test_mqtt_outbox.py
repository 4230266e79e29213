"""What waits for the broker."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from oyez.mqtt.outbox import Item, Outbox


def item(name: str, *, expires: float | None = 30.0, droppable: bool = False) -> Item:
    return Item("t", name.encode(), expires_mono=expires, droppable=droppable)


def drain(outbox: Outbox, now: float) -> list[bytes]:
    sent = []
    while one := outbox.take(now):
        sent.append(one.payload)
        outbox.done(one)
    return sent


def test_what_waits_goes_out_in_order():
    outbox = Outbox()
    for name in "abc":
        outbox.put(item(name))
    assert drain(outbox, 0.0) == [b"a", b"b", b"c"]


def test_an_item_stays_until_it_is_done():
    outbox = Outbox()
    outbox.put(item("a"))
    first = outbox.take(0.0)
    assert outbox.take(0.0) is first
    outbox.done(first)
    assert outbox.take(0.0) is None


def test_equal_payloads_are_different_items():
    outbox = Outbox()
    outbox.put(item("a"))
    outbox.put(item("a"))
    assert drain(outbox, 0.0) == [b"a", b"a"]


def test_what_waited_too_long_is_dropped_and_counted():
    outbox = Outbox()
    outbox.put(item("old", expires=30.0))
    outbox.put(item("new", expires=31.0))
    assert drain(outbox, 30.0) == [b"new"]
    assert outbox.expired == 1


def test_a_full_outbox_drops_the_oldest():
    outbox = Outbox(capacity=2)
    for name in "abc":
        outbox.put(item(name))
    assert drain(outbox, 0.0) == [b"b", b"c"]
    assert outbox.dropped == 1


def test_a_full_outbox_drops_what_is_droppable_first():
    outbox = Outbox(capacity=2)
    outbox.put(item("spoken"))
    outbox.put(item("refused", droppable=True))
    outbox.put(item("heard"))
    assert drain(outbox, 0.0) == [b"spoken", b"heard"]


def test_done_after_it_was_dropped_takes_nothing_else_away():
    outbox = Outbox(capacity=1)
    outbox.put(item("a"))
    sending = outbox.take(0.0)
    outbox.put(item("b"))
    outbox.done(sending)
    assert drain(outbox, 0.0) == [b"b"]


def test_of_a_state_only_the_latest_goes_out_and_again_on_each_connection():
    outbox = Outbox()
    outbox.put(Item("s", b"1", retain=True))
    outbox.put(Item("s", b"2", retain=True))
    outbox.put(Item("r", b"x", retain=True))
    assert drain(outbox, 0.0) == [b"2", b"x"]
    assert drain(outbox, 0.0) == []
    outbox.connected()
    assert drain(outbox, 0.0) == [b"2", b"x"]


def test_a_state_that_changed_while_it_was_sent_is_sent_again():
    outbox = Outbox()
    outbox.put(Item("s", b"1", retain=True))
    sending = outbox.take(0.0)
    outbox.put(Item("s", b"2", retain=True))
    outbox.done(sending)
    assert drain(outbox, 0.0) == [b"2"]


def test_states_do_not_count_against_the_bound():
    outbox = Outbox(capacity=1)
    for number in range(5):
        outbox.put(Item(f"s{number}", b"", retain=True))
    outbox.put(item("a"))
    assert len(drain(outbox, 0.0)) == 6
    assert outbox.dropped == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5))), st.integers(1, 4))
def test_never_above_the_bound_never_lost_without_a_count(puts, capacity):
    outbox, sent = Outbox(capacity), Counter()
    for number, (droppable, expires) in enumerate(puts):
        outbox.put(item(str(number), expires=float(expires), droppable=droppable))
        assert len(outbox) <= capacity
    out = drain(outbox, 3.0)
    sent.update(out)
    assert len(out) + outbox.dropped + outbox.expired == len(puts)
    assert all(count == 1 for count in sent.values())
    assert out == sorted(out, key=int)
