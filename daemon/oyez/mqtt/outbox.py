"""What waits for the broker: transcripts and outcomes in order and for a while, states by topic and for good. Pure.

`now` is monotonic. At most `CAPACITY` items wait; beyond that, the oldest droppable one goes, or else the oldest.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CAPACITY = 32
LIFETIME_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One publication. A retained one has no end; a later one on its topic replaces it."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expires_mono: float | None = None
    droppable: bool = False
    correlation: bytes | None = None


class Outbox:
    """Publications that wait. `take` hands out the next one; it stays inside until it is `done`."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.expired = 0
        self.dropped = 0
        self._items: deque[Item] = deque()
        self._states: dict[str, Item] = {}  # the latest of each topic, kept to be sent again on each connection
        self._unsent: dict[str, Item] = {}  # those of them that this connection hasn't seen

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Add one; when full, the oldest droppable one goes, or else the oldest."""
        if item.retain:
            self._states[item.topic] = self._unsent[item.topic] = item
            return
        self._items.append(item)
        if len(self._items) > self.capacity:
            self._items.remove(next((one for one in self._items if one.droppable), self._items[0]))
            self.dropped += 1

    def take(self, now: float) -> Item | None:
        """The next to send, states first; None when nothing waits."""
        if self._unsent:
            return next(iter(self._unsent.values()))
        while self._items and _expired(self._items[0], now):
            self._items.popleft()
            self.expired += 1
        return self._items[0] if self._items else None

    def done(self, item: Item) -> None:
        """It was sent. Does nothing when it was replaced or dropped meanwhile."""
        if self._unsent.get(item.topic) is item:
            del self._unsent[item.topic]
        elif item in self._items:
            self._items.remove(item)

    def again(self, first: Iterable[str]) -> None:
        """All states are to be sent again, those of these topics first."""
        ordered = [topic for topic in first if topic in self._states]
        self._unsent = {topic: self._states[topic] for topic in [*ordered, *self._states]}

    def connected(self) -> None:
        """A new connection: all states are to be sent again, since the broker may have lost them."""
        self.again(())


def _expired(item: Item, now: float) -> bool:
    return item.expires_mono is not None and item.expires_mono <= now
