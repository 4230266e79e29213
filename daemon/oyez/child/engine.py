"""An engine's child process kept usable: started when needed, restarted within a budget, recycled when too large."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from oyez.child.host import Child
from oyez.child.message import Message
from oyez.errors import EngineFailed, OyezError
from oyez.supervise import Backoff

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

State = Literal["stopped", "starting", "ready", "failed", "unloaded", "loading"]

CHECK_EVERY = 1.0  # seconds between two looks of `run` at the child
CANCEL_WITHIN = 3.0  # seconds in which a child that can be called off says that it has stopped


@dataclass
class RestartBudget:
    """At most `failures` failures within `window` seconds; after that, nothing until the oldest is that old."""

    failures: int = 5
    window: float = 600.0
    clock: Callable[[], float] = time.monotonic
    _spent: deque[float] = field(default_factory=deque)

    def spend(self) -> None:
        """One failure, now."""
        self._spent.append(self.clock())

    def wait(self) -> float:
        """Seconds until the next try is allowed; 0 means now."""
        now = self.clock()
        while self._spent and self._spent[0] <= now - self.window:
            self._spent.popleft()
        return self._spent[0] + self.window - now if len(self._spent) >= self.failures else 0.0


class EngineChild:
    """One child process that answers one request at a time.

    It starts at the first `exchange` (or `start`). A child that died, hung past its deadline or reported EngineFailed
    has failed: it is killed and started anew at the next use, after a wait that doubles, and while the budget lasts. A
    child whose exchange was abandoned (cancelled, closed early) is called off where it can be (child.requests), else it
    is killed, as one that holds over `memory_limit_bytes`; neither is a failure. Other errors it answers with
    (InvalidInput, ModelMissing) leave it as it is. With `unload_after` it is ended when unused for so many seconds.
    """

    def __init__(
        self, name: str, module: str, options: dict[str, Any],
        *, memory_limit_bytes: int | None = None, unload_after: float | None = None, start_deadline: float = 60.0,
        budget: RestartBudget | None = None, backoff: Backoff | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.restarts = 0  # starts after the first
        self.ready: dict[str, Any] = {}  # what the child said when it got ready
        self._module = module
        self._options = options
        self._start_deadline = start_deadline
        self._memory_limit = memory_limit_bytes
        self._unload_after = unload_after
        self._used = time.monotonic()
        self._unloaded = False
        self._expected = asyncio.Event()
        self._budget = budget or RestartBudget()
        self._backoff = backoff or Backoff()
        self._lock = asyncio.Lock()
        self._child: Child | None = None
        self._starting = False
        self._started_once = False
        self._not_before = 0.0
        self._last_error: OyezError | None = None

    @property
    def state(self) -> State:
        """`stopped` has no child but may start one; `failed` may not until the budget's window has passed.

        `unloaded` has none as nobody needed one, `loading` is on its way from there.
        """
        if self._starting:
            return "loading" if self._unloaded else "starting"
        if self._child is not None and self._child.alive:
            return "ready"
        if self._unloaded:
            return "unloaded"
        return "failed" if self._budget.wait() else "stopped"

    @property
    def rss(self) -> int:
        """Resident memory of the child in bytes; 0 without one."""
        return self._child.rss if self._child else 0

    @property
    def pid(self) -> int | None:
        """The child's process id; None without one."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Have a ready child. Raises what the child gave as its reason, or EngineFailed."""
        async with self._lock:
            await self._ready_child()

    async def run(self) -> None:
        """Keep it started, for ever: what died, was abandoned or recycled is ready again before the next request.

        What nobody has used for `unload_after` seconds is ended; `expect` or a request starts it again.
        """
        while True:
            expected = self._expected.is_set()
            self._expected.clear()
            if not self._lock.locked() and (self.state == "stopped" or (self.state == "unloaded" and expected)):
                with contextlib.suppress(OyezError):  # counted, and visible as `state`; the next request tells
                    await self.start()
            elif self._idle:
                await self._unload()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._expected.wait(), CHECK_EVERY)

    def expect(self) -> None:
        """Somebody is about to ask: `run` loads what was unloaded."""
        self._used = time.monotonic()
        self._expected.set()

    async def exchange(self, request: Message, *, last: str, deadline: float) -> AsyncGenerator[Message, None]:
        """Send a request, yield the replies up to and including the one of kind `last`; `deadline` counts for each.

        Others wait meanwhile. Whoever may leave the loop early closes the generator (`contextlib.aclosing`).
        """
        async with self._lock:
            child = await self._ready_child()
            answered = False
            try:
                await self._send(child, request, deadline)
                while not answered:
                    reply = await child.receive(deadline)
                    answered = reply.kind == last
                    yield reply
            except EngineFailed as error:
                self._failed(error)
                raise
            except OyezError:
                answered = True
                raise
            finally:
                await self._settle(child, answered=answered, last=last)

    async def close(self) -> None:
        """End the child; the next use starts another."""
        async with self._lock:
            child, self._child = self._child, None
            if child is not None:
                await _to_its_end(child.close())

    async def _ready_child(self) -> Child:
        if self._child is not None and self._child.alive:
            return self._child
        if self._child is not None:  # it died while nobody was looking
            self._failed(EngineFailed(f"{self.name}: its process ended while idle"))
            await self._drop()
        if wait := self._budget.wait():
            why = self._last_error.message if self._last_error else "unknown"
            text = f"{self.name}: failed {self._budget.failures} times, next try in {wait:.0f} s; last: {why}"
            raise EngineFailed(text, hint=self._last_error.hint if self._last_error else None)
        self._starting = True
        try:
            return await self._start_child()
        except OyezError as error:
            self._failed(error)
            raise
        finally:
            self._starting = self._unloaded = False

    @property
    def _idle(self) -> bool:
        """Whether it is there for nothing."""
        if self._unload_after is None or self.state != "ready" or self._lock.locked():
            return False
        return time.monotonic() - self._used >= self._unload_after

    async def _unload(self) -> None:
        self._unloaded = True
        await self.close()

    async def _start_child(self) -> Child:
        await asyncio.sleep(max(0.0, self._not_before - time.monotonic()))
        child = Child(self.name, self._module, self._options, start_deadline=self._start_deadline)
        self.ready = (await child.start()).data
        self.restarts += self._started_once and not self._unloaded
        self._used = time.monotonic()
        self._started_once = True
        self._child = child
        return child

    async def _send(self, child: Child, request: Message, deadline: float) -> None:
        try:
            async with asyncio.timeout(deadline):  # a frozen child takes no more than its pipe holds
                await child.send(request)
        except TimeoutError:
            raise EngineFailed(f"{self.name}: took no request within {deadline:.0f} s, killed its process") from None

    def _failed(self, error: OyezError) -> None:
        self._last_error = error
        self._budget.spend()
        self._not_before = time.monotonic() + self._backoff.next()

    async def _settle(self, child: Child, *, answered: bool, last: str) -> None:
        """After an exchange: keep the child if it has nothing more to say and is small enough."""
        self._used = time.monotonic()
        if answered:
            self._backoff.reset()
            await self._recycle()
        else:
            await _to_its_end(self._abandon(child, last))

    async def _recycle(self) -> None:
        if self._memory_limit is not None and self.rss > self._memory_limit:
            await self._drop()

    async def _abandon(self, child: Child, last: str) -> None:
        if await self._call_off(child, last):
            await self._recycle()
        else:
            await self._drop()

    async def _call_off(self, child: Child, last: str) -> bool:
        """Have the child stop what it does; whether it did."""
        if not self.ready.get("cancels") or not child.alive:
            return False
        try:
            async with asyncio.timeout(CANCEL_WITHIN):
                await child.send(Message("cancel"))
                while (await child.receive()).kind not in (last, "cancelled"):
                    pass
        except (TimeoutError, EngineFailed):
            return False
        except OyezError:  # the answer, which came first
            return True
        return True

    async def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.kill()


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do brief work that must not be left half done: cancelling waits for it."""
    task, cancelled = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    task.result()
