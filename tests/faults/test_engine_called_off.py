"""What is asked of an engine is called off, or unloaded while nobody asks: the child lives on, or comes back in time."""

from __future__ import annotations

import asyncio
import contextlib

import numpy as np
import pytest
from tests.faults.test_engine_child import ask, fake, gone, until

from oyez.child.engine import EngineChild
from oyez.engines.mms.engine import MmsAsr
from oyez.supervise import Backoff

LONG = np.random.default_rng(0).standard_normal(16_000 * 60).astype(np.float32) * 0.1


@contextlib.asynccontextmanager
async def stoppable():
    engine = EngineChild("stoppable", "tests.support.stoppable_worker", {}, backoff=Backoff(first=0.01))
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


@contextlib.asynccontextmanager
async def under_way(engine, kind, **data):
    """A request that has been sent when the block begins; it must have been cancelled when the block ends."""
    task = asyncio.create_task(ask(engine, kind, deadline=60, **data))
    await until(engine._lock.locked)
    await asyncio.sleep(0.05)
    yield task
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_cancelled_stops_and_the_child_stays():
    async with stoppable() as engine:
        pid = engine.pid
        async with under_way(engine, "wait", seconds=60) as task:
            task.cancel()
        (reply,) = await ask(engine, "echo")
        assert reply.data == {"stopped": False}
        assert (engine.pid, engine.restarts, engine.state) == (pid, 0, "ready")


async def test_cancelling_twice_or_when_it_has_just_been_answered_costs_nothing():
    async with stoppable() as engine:
        pid = engine.pid
        async with under_way(engine, "wait", seconds=60) as task:
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
        for seconds in (0.04, 0.05, 0.06):
            task = asyncio.create_task(ask(engine, "wait", seconds=seconds))
            await asyncio.sleep(0.05)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            (reply,) = await ask(engine, "echo")
            assert reply.data == {"stopped": False}
        assert engine.pid == pid


async def test_a_child_that_does_not_stop_is_killed(monkeypatch):
    monkeypatch.setattr("oyez.child.engine.CANCEL_WITHIN", 0.2)
    async with stoppable() as engine:
        pid = engine.pid
        async with under_way(engine, "stubborn") as task:
            task.cancel()
        assert gone(pid)
        await ask(engine, "echo")


async def test_a_recognition_ahead_of_time_gives_way_and_the_engine_is_not_loaded_again(tiny):
    engine = MmsAsr(tiny, threads=1)
    try:
        alone = await engine.transcribe(LONG[:16_000], "eng")
        pid = engine.child.pid
        ahead = asyncio.create_task(engine.transcribe_ahead(LONG, "eng"))
        await until(engine.child._lock.locked)
        assert not engine.busy
        asked = asyncio.create_task(engine.transcribe(LONG[:16_000], "eng"))
        await asyncio.sleep(0)
        assert engine.busy
        late = asyncio.create_task(engine.transcribe_ahead(LONG[:16_000], "eng"))
        assert await ahead is None
        assert await asked == alone
        assert await late == alone
        assert (engine.child.pid, engine.busy) == (pid, False)
    finally:
        await engine.child.close()


@contextlib.asynccontextmanager
async def kept(engine):
    """Its child is looked after, as in a house."""
    keeping = asyncio.create_task(engine.run())
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def test_an_engine_that_nobody_needs_is_unloaded_and_loaded_when_speech_is_expected(monkeypatch):
    monkeypatch.setattr("oyez.child.engine.CHECK_EVERY", 0.02)
    async with fake(unload_after=0.2) as engine:
        await engine.start()
        pid = engine.pid
        async with kept(engine):
            await until(lambda: engine.state != "ready")
            assert engine.state == "unloaded"
            await until(lambda: gone(pid))
            assert engine.rss == 0
            engine.expect()
            await until(lambda: engine.state == "loading")
            await until(lambda: engine.state == "ready")
            await until(lambda: engine.state == "unloaded")
            await ask(engine, "echo")
            assert engine.state == "ready"
        assert engine.restarts == 0


async def test_an_engine_that_works_longer_than_that_is_not_unloaded(monkeypatch):
    monkeypatch.setattr("oyez.child.engine.CHECK_EVERY", 0.02)
    async with stoppable() as engine:
        engine._unload_after = 0.1
        pid = engine.pid
        async with kept(engine):
            await ask(engine, "wait", seconds=0.5)
            assert engine.pid == pid
            await until(lambda: engine.state == "unloaded")


async def test_an_unloaded_recognition_gives_its_memory_back_and_hears_the_same_when_it_is_back(tiny, monkeypatch):
    monkeypatch.setattr("oyez.child.engine.CHECK_EVERY", 0.02)
    engine = MmsAsr(tiny, threads=1, unload_after=0.2)
    try:
        before = await engine.transcribe(LONG[:16_000], "eng")
        assert engine.child.rss > 50_000_000
        async with kept(engine.child):
            await until(lambda: engine.child.state == "unloaded")
            assert engine.child.rss == 0
            engine.child.expect()
            assert await engine.transcribe(LONG[:16_000], "eng") == before
    finally:
        await engine.child.close()
