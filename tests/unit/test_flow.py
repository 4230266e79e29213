import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez import flow
from oyez.flow import Channel, ChannelClosed, WhenFull
from oyez.supervise import running


async def test_a_full_channel_that_drops_the_oldest_keeps_the_newest_and_counts():
    channel: Channel[int] = Channel("frames", 2, WhenFull.DROP_OLDEST)
    for item in range(5):
        assert await channel.put(item)
    assert [await channel.take(), await channel.take()] == [3, 4]
    assert (channel.lost, channel.passed) == (3, 2)


async def test_a_full_channel_that_refuses_says_so_and_keeps_what_it_has():
    channel: Channel[int] = Channel("agenda", 1, WhenFull.REFUSE)
    assert await channel.put(1)
    assert not await channel.put(2)
    assert await channel.take() == 1


async def test_a_full_channel_that_waits_holds_its_sender_until_there_is_room():
    channel: Channel[int] = Channel("speech", 1, WhenFull.WAIT)
    await channel.put(1)
    sender = asyncio.ensure_future(channel.put(2))
    await asyncio.sleep(0)
    assert not sender.done()
    assert not channel.put_now(3)
    assert await channel.take() == 1
    assert await sender
    assert await channel.take() == 2


async def test_iteration_ends_when_the_channel_is_closed_and_empty():
    channel: Channel[int] = Channel("x", 4, WhenFull.WAIT)
    await channel.put(1)
    channel.close()
    assert [item async for item in channel] == [1]
    with pytest.raises(ChannelClosed):
        await channel.put(2)


async def test_the_cause_of_a_close_reaches_the_reader_after_the_items_before_it():
    channel: Channel[int] = Channel("x", 4, WhenFull.WAIT)
    await channel.put(1)
    channel.close(OSError("gone"))
    seen = []

    async def read():
        async for item in channel:
            seen.append(item)  # noqa: PERF401 - what came before the error matters

    with pytest.raises(OSError, match="gone"):
        await read()
    assert seen == [1]


async def test_closing_wakes_a_waiting_reader_and_a_waiting_sender():
    empty: Channel[int] = Channel("x", 1, WhenFull.WAIT)
    full: Channel[int] = Channel("y", 1, WhenFull.WAIT)
    await full.put(1)
    reader, sender = asyncio.ensure_future(empty.take()), asyncio.ensure_future(full.put(2))
    await asyncio.sleep(0)
    empty.close()
    full.close()
    results = await asyncio.gather(reader, sender, return_exceptions=True)
    assert [type(result) for result in results] == [ChannelClosed, ChannelClosed]


async def test_a_channel_may_be_full_by_weight():
    channel = Channel("speech", 2.5, WhenFull.REFUSE, weigh=len)
    assert [channel.put_now(item) for item in ("a", "bb", "c")] == [True, True, False]
    assert await channel.take() == "a"
    assert channel.put_now("c")


def test_a_channel_needs_a_bound():
    with pytest.raises(ValueError, match="at least 1"):
        Channel("x", 0, WhenFull.WAIT)


@given(
    st.sampled_from([WhenFull.DROP_OLDEST, WhenFull.REFUSE]),
    st.integers(1, 4),
    st.lists(st.booleans(), max_size=50),
)
def test_nothing_is_ever_lost_without_a_count(when_full, capacity, puts):
    async def run():
        channel: Channel[int] = Channel("x", capacity, when_full)
        put = taken = 0
        for is_put in puts:
            if is_put:
                await channel.put(put)
                put += 1
            elif len(channel):
                await channel.take()
                taken += 1
            assert len(channel) <= capacity
        assert put == taken + len(channel) + channel.lost

    asyncio.run(run())


@pytest.mark.parametrize(("turn", "others"), [(-1.0, [0, 1, 2]), (60.0, [0, 0, 0])])
async def test_many_items_leave_others_of_the_loop_their_turn(monkeypatch, turn, others):
    monkeypatch.setattr(flow, "TURN", turn)
    channel, turns = Channel("test", 10, WhenFull.REFUSE), 0
    for number in range(3):
        channel.put_now(number)
    channel.close()

    async def other():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with running(other()):
        assert [turns async for _ in flow.in_turns(channel)] == others


def test_what_weighs_more_takes_more_room():
    channel = Channel("test", 3, WhenFull.DROP_OLDEST, weigh=len)
    assert channel.put_now("ab")
    assert not channel.full
    assert channel.put_now("cd")
    assert channel.full
    assert channel.put_now("e")
    assert (len(channel), channel.lost, channel.full) == (2, 1, True)
