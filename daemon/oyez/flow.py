"""Channel: the only queue in the house. It has a bound, and a manner when it is full."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")

TURN = 0.01  # seconds


class WhenFull(Enum):
    """What `put` does when the channel is full."""

    DROP_OLDEST = "drop oldest"  # the newest matters more: frames, utterances
    WAIT = "wait"  # back-pressure: speech
    REFUSE = "refuse"  # the sender must know: put returns False


class ChannelClosed(Exception):
    """The channel was closed, by its cause if it has one."""


class Channel(Generic[T]):
    """A bounded queue between two stages of one event loop.

    Full is when what is inside weighs `capacity`: each item 1, unless `weigh` says otherwise.

    Counts what went through (`passed`) and what was dropped or refused (`lost`), for the health topic. Iterating ends
    when the channel is closed and empty; with a cause, the cause is raised.
    """

    def __init__(
        self, name: str, capacity: float, when_full: WhenFull, *, weigh: Callable[[T], float] | None = None
    ) -> None:
        if capacity < 1:
            msg = f"channel {name}: capacity must be at least 1"
            raise ValueError(msg)
        self.name = name
        self.capacity = capacity
        self.passed = 0
        self.lost = 0
        self._when_full = when_full
        self._weigh = weigh
        self._items: deque[T] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._load = 0.0
        self._closed = False
        self._cause: BaseException | None = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether there is no room."""
        return self._load >= self.capacity

    def weight_of(self, some: Callable[[T], bool]) -> float:
        """What some of the items inside weigh."""
        return sum(self._weigh(item) if self._weigh else 1 for item in self._items if some(item))

    async def put(self, item: T) -> bool:
        """Add an item, waiting for room where that is the manner; False when it was refused. Raises ChannelClosed."""
        while self._when_full is WhenFull.WAIT and self.full and not self._closed:
            self._drained.clear()
            await self._drained.wait()
        return self.put_now(item)

    def put_now(self, item: T) -> bool:
        """Add an item without waiting; False when it was refused (a full `WAIT` refuses too). Raises ChannelClosed."""
        if self._closed:
            raise ChannelClosed(self.name)
        if self.full:
            self.lost += 1
            if self._when_full is not WhenFull.DROP_OLDEST:
                return False
            self._popped()
        self._items.append(item)
        self._load += self._weigh(item) if self._weigh else 1
        self._filled.set()
        return True

    async def take(self) -> T:
        """The oldest item, waiting for one. Raises the cause or ChannelClosed once closed and empty."""
        while not self._items:
            if self._closed:
                raise self._cause or ChannelClosed(self.name)
            self._filled.clear()
            await self._filled.wait()
        self.passed += 1
        item = self._popped()
        self._drained.set()
        return item

    def _popped(self) -> T:
        item = self._items.popleft()
        self._load -= self._weigh(item) if self._weigh else 1
        return item

    def close(self, cause: BaseException | None = None) -> None:
        """No more items come in; what is inside can still be taken. Waiting sides wake up."""
        self._closed = True
        self._cause = self._cause or cause
        self._filled.set()
        self._drained.set()

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            try:
                yield await self.take()
            except ChannelClosed:
                return


async def in_turns(items: Channel[T]) -> AsyncIterator[T]:
    """The items; when there are many, and work on them has taken `TURN`, others of the loop have their turn first."""
    since = time.monotonic()
    async for item in items:
        yield item
        if time.monotonic() - since > TURN:
            await asyncio.sleep(0)
            since = time.monotonic()
