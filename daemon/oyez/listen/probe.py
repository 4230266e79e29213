"""A look at what a room hears, for those who set it up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from oyez.errors import Busy, DeviceLost
from oyez.listen.calibration import Measurement
from oyez.listen.segment import FRAME_SECONDS

if TYPE_CHECKING:
    from oyez.model import Frame

PATIENCE = 5.0  # seconds more than it should take, if the microphone is there and the room doesn't speak


class Probe:
    """Is told every frame that is heard, and measures when asked to. Nothing of the sound is kept."""

    def __init__(self) -> None:
        self._measuring: Measurement | None = None
        self._done = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether somebody measures now."""
        return self._measuring is not None

    def take(self, frame: Frame, probability: float) -> None:
        """A frame as it is heard, and its probability of speech."""
        if self._measuring and not self._done.is_set() and self._measuring.add(frame, probability):
            self._done.set()

    async def measure(self, seconds: float) -> Measurement:
        """The next seconds. Raises Busy while somebody else measures, DeviceLost when not enough of them come."""
        if self.busy:
            raise Busy("somebody measures here already; try again soon")
        self._done.clear()
        self._measuring = measurement = Measurement(seconds)
        try:
            async with asyncio.timeout(seconds + PATIENCE):
                await self._done.wait()
        except TimeoutError:
            heard = len(measurement.powers) * FRAME_SECONDS
            raise DeviceLost(
                f"only {heard:.1f} of {seconds:g} s were heard: the microphone is lost or switched off, or the room "
                "was speaking",
                hint="oyez doctor",
            ) from None
        finally:
            self._measuring = None
        return measurement
