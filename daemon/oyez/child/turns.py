"""Whose turn it is with something that serves one at a time: some wait for nobody but each other, some give way."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from oyez.supervise import Interruptible

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

T = TypeVar("T")


class Turns:
    """`taken` is for those who don't give way; what is done in `give_way` is interrupted when one of them comes."""

    def __init__(self) -> None:
        self._takers = 0
        self._free = asyncio.Event()
        self._free.set()
        self._giving_way: set[Interruptible] = set()

    @property
    def busy(self) -> bool:
        """Whether anybody who doesn't give way is at it, or waits."""
        return self._takers > 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """For the length of a block, nobody who gives way is at it, or will be before the others."""
        self._takers += 1
        self._free.clear()
        for work in self._giving_way:
            work.interrupt()
        try:
            yield
        finally:
            self._takers -= 1
            if not self._takers:
                self._free.set()

    async def give_way(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The work's result, begun when nobody else is at it or waits; None when it was interrupted."""
        interruptible = Interruptible()
        try:
            while self.busy:
                await self._free.wait()
        except BaseException:
            work.close()
            raise
        self._giving_way.add(interruptible)
        try:
            return await interruptible.run(work)
        finally:
            self._giving_way.discard(interruptible)
