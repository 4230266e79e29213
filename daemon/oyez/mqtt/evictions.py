"""Who else uses our client id: a broker closes the older of two connections with one id, and they chase each other."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING

from oyez.mqtt.connection import TAKEN_OVER, Refused

if TYPE_CHECKING:
    import aiomqtt

    from oyez.mqtt.connection import Address

MOST, WINDOW = 3, 60.0  # so often within so many seconds is no accident
SHORT_LIVED = 3.0  # seconds
TRY = 1.0  # second


class Evictions:
    """How often the broker has closed our connections for another's sake."""

    def __init__(self, address: Address, client_id: str) -> None:
        self._address, self._client_id = address, client_id
        self._connected_mono: float | None = None  # when, while it is
        self._times: deque[float] = deque(maxlen=MOST)

    def connected(self) -> None:
        """A connection has been made."""
        self._connected_mono = time.monotonic()

    def disconnected(self) -> None:
        """It is over."""
        self._connected_mono = None

    async def by(self, error: aiomqtt.MqttError) -> Refused | None:
        """What to tell if this end of a connection is one eviction too many."""
        code = getattr(getattr(error.__cause__, "rc", None), "value", None)
        if code != TAKEN_OVER and not await self._thrown_out():
            return None
        now = time.monotonic()
        self._times.append(now)
        if len(self._times) < MOST or now - self._times[0] >= WINDOW:
            return None
        self._times.clear()
        return Refused(
            f"the broker closes our connections: another client seems to use our id {self._client_id!r}",
            hint="stop the second daemon, or give each its own broker.client_id in the config",
        )

    async def _thrown_out(self) -> bool:
        """Whether a broker that is still there closed a connection soon after it was made.

        That is how mosquitto 2.0 hands our session to another client with our id: without a word.
        """
        if self._connected_mono is None or time.monotonic() - self._connected_mono > SHORT_LIVED:
            return False
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(TRY):
                _, writer = await asyncio.open_connection(self._address.host, self._address.port)
            writer.close()
            return True
        return False
