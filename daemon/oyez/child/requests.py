"""A child's requests, where one can be called off while it runs: a thread reads on, so that `cancel` gets through."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oyez.child.message import Message
    from oyez.child.worker import Port


class Stoppable(Protocol):
    """One piece of work; `stop` comes from another thread, maybe before it has begun or after it has ended."""

    def stop(self) -> None:
        """End it soon."""
        ...


Work = TypeVar("Work", bound=Stoppable)


def requests(port: Port, begin: Callable[[], Work]) -> Iterator[tuple[Message, Work]]:
    """Each message with work of its own; a message `cancel` isn't one of them, but stops the work of the one before.

    A worker that uses this says `{"cancels": true}` when it is `ready`, and answers what was stopped by `cancelled`.
    """
    waiting: queue.Queue[tuple[Message, Work] | None] = queue.Queue(1)  # the parent asks for one thing at a time

    def read() -> None:
        work: Work | None = None
        try:
            for message in port:
                if message.kind != "cancel":
                    work = begin()
                    waiting.put((message, work))
                elif work is not None:
                    work.stop()
        finally:
            waiting.put(None)

    threading.Thread(target=read, name="requests", daemon=True).start()
    while (item := waiting.get()) is not None:
        yield item
