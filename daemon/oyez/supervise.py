"""Keep a stage alive: wait between tries, interrupt what runs without ending its stage."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Backoff:
    """Waits that double from `first` to `longest` seconds, with jitter, until `reset` after a success.

    Jitter (plus or minus a fifth) keeps the daemons of a house from knocking on the broker's door in step.
    """

    first: float = 0.5
    longest: float = 30.0
    tries: int = 0
    rng: random.Random = field(default_factory=random.Random)

    def next(self) -> float:
        """Seconds to wait before the next try."""
        wait = min(self.longest, self.first * 2.0 ** min(self.tries, 16))
        self.tries += 1
        return wait * self.rng.uniform(0.8, 1.2)

    def reset(self) -> None:
        """The try succeeded."""
        self.tries = 0


class Interruptible:
    """Runs a piece of work that someone else may interrupt: speech that a `stop` ends in mid-word.

    The work runs as its own task inside `run`, so that interrupting it cancels the work and not the stage around it.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[Any] | None = None
        self._interrupted = False

    async def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The work's result; None when it was interrupted. Errors and outer cancellation go through."""
        self._interrupted = False
        self._task = task = asyncio.create_task(work)
        try:
            return await task
        except asyncio.CancelledError:
            if self._interrupted and not _outer_cancelled():
                return None
            task.cancel()
            await asyncio.wait([task])
            raise
        finally:
            self._task = None

    def interrupt(self) -> bool:
        """Interrupt the running work; False when nothing runs."""
        if self._task is None or self._task.done():
            return False
        self._interrupted = True
        self._task.cancel()
        return True


def _outer_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], *, grace: float = 0.0) -> AsyncIterator[None]:
    """Run work in the background for the length of a block; it is cancelled and gone when the block is left.

    Work that is about to end by itself gets `grace` seconds for it.
    """
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        try:
            if grace:
                await asyncio.wait([task], timeout=grace)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
