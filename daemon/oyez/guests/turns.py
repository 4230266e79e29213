"""Guests at an engine: not too many, and one at a time."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from oyez.errors import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_GUESTS = 4  # at one engine, the one whose turn it is included


class Turns:
    """The order of guests at one engine.

    An engine answers requests in the order in which they come. Since no more than one of them is a guest's, and a
    guest's turn is short (a sentence, a piece of audio), the house never waits longer than that, however many come.
    """

    def __init__(self, engine: str, most: int = MOST_GUESTS) -> None:
        self.guests = 0
        self.turn = asyncio.Lock()  # held for a guest's turn
        self._engine = engine
        self._most = most

    @contextmanager
    def visit(self) -> Iterator[None]:
        """A guest comes, and stays for some turns. Raises Busy when there are too many."""
        if self.guests >= self._most:
            raise Busy(f"{self._engine}: {self._most} requests are at work or wait already", hint="try again soon")
        self.guests += 1
        try:
            yield
        finally:
            self.guests -= 1
