"""An engine's child is killed, frozen, cancelled, grows: the next request is answered, or refused with the reason."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from oyez.child.engine import EngineChild, RestartBudget
from oyez.child.message import Message
from oyez.engines.mms.engine import MmsAsr
from oyez.errors import EngineFailed, InvalidInput, ModelMissing
from oyez.supervise import Backoff

FAKE = "tests.support.fake_worker"


@contextlib.asynccontextmanager
async def fake(**options):
    limits = {key: options.pop(key) for key in ("memory_limit_bytes", "unload_after", "budget") if key in options}
    engine = EngineChild("fake", FAKE, options, backoff=Backoff(first=0.01, longest=0.02), **limits)
    try:
        yield engine
    finally:
        await engine.close()


async def ask(engine, kind, *, deadline=10.0, payload=b"", **data):
    async with aclosing(engine.exchange(Message(kind, data, payload), last="done", deadline=deadline)) as replies:
        return [reply async for reply in replies]


async def until(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def gone(pid):
    return not Path(f"/proc/{pid}").exists()


async def test_replies_come_in_order_and_the_child_stays():
    async with fake() as engine:
        assert engine.state == "stopped"
        replies = await ask(engine, "count", to=3)
        assert [reply.data.get("number") for reply in replies] == [0, 1, 2, None]
        assert engine.state == "ready"
        assert engine.rss > 1_000_000
        pid = engine.pid
        assert engine.ready == {"pid": pid}
        await ask(engine, "echo")
        assert (engine.pid, engine.restarts) == (pid, 0)
    assert gone(pid)
    assert (engine.state, engine.pid, engine.rss) == ("stopped", None, 0)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("die", "killed by signal 9"),
        ("crash", "RuntimeError: a bug"),
        ("hang", "no answer within 0 s"),
        ("freeze", "no answer within 0 s"),
    ],
)
async def test_a_child_that_fails_is_told_and_the_next_request_is_answered(kind, reason):
    async with fake() as engine:
        await engine.start()
        pid = engine.pid
        with pytest.raises(EngineFailed, match=reason):
            await ask(engine, kind, deadline=10 if kind in ("die", "crash") else 0.3)
        assert gone(pid)
        await ask(engine, "echo")
        assert engine.restarts == 1


async def test_a_frozen_child_that_takes_no_more_input_is_killed_at_the_deadline():
    async with fake() as engine:
        await engine.start()
        os.kill(engine.pid, signal.SIGSTOP)
        with pytest.raises(EngineFailed, match="took no request within"):
            await ask(engine, "echo", payload=bytes(1 << 22), deadline=0.3)
        assert (await ask(engine, "echo", payload=bytes(1 << 22)))[0].payload == bytes(1 << 22)


async def test_a_child_that_dies_while_idle_is_replaced_at_the_next_request():
    async with fake() as engine:
        await engine.start()
        os.kill(engine.pid, signal.SIGKILL)
        await until(lambda: engine.state == "stopped")
        await ask(engine, "echo")
        assert engine.restarts == 1


async def test_run_brings_a_dead_child_back_without_a_request(monkeypatch):
    monkeypatch.setattr("oyez.child.engine.CHECK_EVERY", 0.02)
    async with fake() as engine:
        keeping = asyncio.create_task(engine.run())
        await until(lambda: engine.state == "ready")
        pid = engine.pid
        os.kill(pid, signal.SIGKILL)
        await until(lambda: engine.state == "ready" and engine.pid != pid)
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping


async def test_an_error_that_a_person_can_mend_leaves_the_child_alone():
    async with fake() as engine:
        await engine.start()
        pid = engine.pid
        with pytest.raises(InvalidInput, match="not this"):
            await ask(engine, "invalid")
        await ask(engine, "echo")
        assert engine.pid == pid


async def test_a_cancelled_request_takes_the_child_with_it_and_costs_no_budget():
    async with fake(budget=RestartBudget(failures=1)) as engine:
        for restarts in range(3):
            await engine.start()
            pid = engine.pid
            task = asyncio.create_task(ask(engine, "hang", deadline=60))
            await until(engine._lock.locked)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert gone(pid)
            assert engine.restarts == restarts
        await ask(engine, "echo")


async def test_leaving_the_replies_early_does_not_mix_them_with_the_next_ones():
    async with fake() as engine:
        async with aclosing(engine.exchange(Message("count", {"to": 1000}), last="done", deadline=10)) as replies:
            async for reply in replies:
                assert reply.data == {"number": 0}
                break
        assert [reply.data for reply in await ask(engine, "echo", still="right")] == [{"still": "right"}]


async def test_leaving_at_the_last_reply_keeps_the_child():
    async with fake() as engine:
        await engine.start()
        pid = engine.pid
        async with aclosing(engine.exchange(Message("echo"), last="done", deadline=10)) as replies:
            async for _ in replies:
                break
        assert engine.pid == pid


async def test_cancelling_while_it_starts_leaves_no_process(tmp_path):
    async with fake() as engine:
        task = asyncio.create_task(engine.start())
        await until(lambda: engine.state == "starting")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert engine.state == "stopped"


async def test_requests_wait_for_each_other():
    async with fake() as engine:
        answers = await asyncio.gather(*(ask(engine, "echo", number=number) for number in range(20)))
        assert [reply.data["number"] for (reply,) in answers] == list(range(20))
        assert engine.restarts == 0


async def test_a_child_over_its_memory_limit_is_replaced_after_the_answer():
    async with fake(memory_limit_bytes=150_000_000) as engine:
        await ask(engine, "echo")
        assert engine.state == "ready"
        pid = engine.pid
        assert (await ask(engine, "grow", bytes=200_000_000))[-1].kind == "done"
        assert gone(pid)
        await ask(engine, "echo")
        assert engine.rss < 150_000_000


async def test_too_many_failures_stop_the_restarts_until_the_window_has_passed():
    now = [1000.0]
    async with fake(budget=RestartBudget(failures=3, window=60, clock=lambda: now[0])) as engine:
        for _ in range(3):
            with pytest.raises(EngineFailed, match="killed by signal 9"):
                await ask(engine, "die")
        assert engine.state == "failed"
        with pytest.raises(
            EngineFailed, match=r"failed 3 times, next try in 60 s; last: fake: its process ended \(killed"
        ):
            await ask(engine, "echo")
        now[0] += 59
        assert engine.state == "failed"
        now[0] += 1
        assert engine.state == "stopped"
        await ask(engine, "echo")
        assert engine.state == "ready"


async def test_a_child_that_cannot_start_says_why_and_starts_once_it_can(tmp_path):
    async with fake(mended_by=str(tmp_path / "mended")) as engine:
        with pytest.raises(EngineFailed, match="AssertionError: told to fail"):
            await engine.start()
        assert engine.state == "stopped"
        (tmp_path / "mended").touch()
        await engine.start()
        assert engine.state == "ready"


async def test_a_missing_model_keeps_its_hint_even_when_the_budget_is_spent():
    async with fake(missing=True, budget=RestartBudget(failures=1)) as engine:
        with pytest.raises(ModelMissing, match="no such model"):
            await engine.start()
        with pytest.raises(EngineFailed, match="last: no such model") as caught:
            await engine.start()
        assert caught.value.hint == "oyez models install it"


async def test_recognition_survives_a_kill_in_the_middle(tiny):
    engine = MmsAsr(tiny, threads=1, backoff=Backoff(first=0.01))
    samples = np.random.default_rng(0).standard_normal(16_000 * 60).astype(np.float32) * 0.1
    try:
        short = await engine.transcribe(samples[:16_000], "eng")
        task = asyncio.create_task(engine.transcribe(samples, "eng"))
        await until(engine.child._lock.locked)
        os.kill(engine.child.pid, signal.SIGKILL)
        with pytest.raises(EngineFailed, match="killed by signal 9"):
            await task
        assert await engine.transcribe(samples[:16_000], "eng") == short
        assert engine.child.restarts == 1
    finally:
        await engine.child.close()


async def test_a_frozen_recognition_ends_at_its_deadline(tiny, monkeypatch):
    monkeypatch.setattr("oyez.engines.mms.engine.BASE_DEADLINE", 0.2)
    monkeypatch.setattr("oyez.engines.mms.engine.DEADLINE_PER_SECOND", 0.1)
    engine = MmsAsr(tiny, threads=1, backoff=Backoff(first=0.01))
    try:
        await engine.child.start()
        os.kill(engine.child.pid, signal.SIGSTOP)
        with pytest.raises(EngineFailed, match="its process was killed"):
            await engine.transcribe(np.zeros(1600, np.float32), "eng")
    finally:
        await engine.child.close()
