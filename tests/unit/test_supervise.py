import asyncio
import random

import pytest

from oyez.supervise import Backoff, Interruptible, running


def test_waits_double_up_to_the_longest_and_start_again_after_a_success():
    backoff = Backoff(0.5, 4.0, rng=random.Random(1))
    waits = [backoff.next() for _ in range(6)]
    for wait, nominal in zip(waits, [0.5, 1, 2, 4, 4, 4], strict=True):
        assert 0.8 * nominal <= wait <= 1.2 * nominal
    backoff.reset()
    assert backoff.next() <= 0.6


async def test_interrupting_ends_the_work_and_not_the_stage():
    work, started = Interruptible(), asyncio.Event()

    async def speak():
        started.set()
        await asyncio.Event().wait()

    stage = asyncio.ensure_future(work.run(speak()))
    await started.wait()
    assert work.interrupt()
    assert await stage is None
    assert not work.interrupt()


async def test_work_that_ends_by_itself_gives_its_result_and_its_error():
    work = Interruptible()

    async def fine():
        return 3

    async def broken():
        raise OSError("lost")

    assert await work.run(fine()) == 3
    with pytest.raises(OSError, match="lost"):
        await work.run(broken())


async def test_cancelling_the_stage_ends_the_work_too():
    work, started, ended = Interruptible(), asyncio.Event(), asyncio.Event()

    async def speak():
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    stage = asyncio.ensure_future(work.run(speak()))
    await started.wait()
    stage.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage
    assert ended.is_set()


async def test_background_work_is_gone_when_its_block_is_left():
    ended = asyncio.Event()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with running(work()):
        await asyncio.sleep(0)
    assert ended.is_set()
