"""Whose voice it is that rooms hear; or whose it is to be, where somebody is enrolled by what is said next."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from oyez.errors import Busy

if TYPE_CHECKING:
    from oyez.model import Recognition, Speaker, Utterance, Voiceprint
    from oyez.speakers import Speakers

SHORTEST_S = 1.0  # of speech: less tells nobody (docs/recognition.md)


class _Gathering:
    """The voiceprints of what is said from now on, so many of them."""

    def __init__(self, count: int) -> None:
        self.since = time.time()
        self.voiceprints: list[Voiceprint] = []
        self.complete = asyncio.Event()
        self._count = count

    def add(self, voiceprint: Voiceprint) -> None:
        self.voiceprints.append(voiceprint)
        if len(self.voiceprints) >= self._count:
            self.complete.set()


class Voices:
    """`speakers` are those who are enrolled."""

    def __init__(self, speakers: Speakers) -> None:
        self.speakers = speakers
        self._gathering: dict[str, _Gathering] = {}  # by room

    async def wanted(self, utterance: Utterance) -> bool:
        """Whether its voiceprint is of use: it is long enough, and somebody could be told by it, or enrolled."""
        if utterance.ended_at - utterance.started_at < SHORTEST_S:
            return False
        return utterance.room in self._gathering or await asyncio.to_thread(self.speakers.anyone)

    def who(self, utterance: Utterance, recognition: Recognition) -> Speaker | None:
        """Who said it; None: nobody who is known."""
        if recognition.voiceprint is None:
            return None
        gathering = self._gathering.get(utterance.room)
        if gathering and utterance.started_at >= gathering.since:
            gathering.add(recognition.voiceprint)
        return self.speakers.who(recognition.voiceprint)

    async def gather(self, room: str, count: int, seconds: float) -> list[Voiceprint]:
        """Those of the next so many utterances of a room, or of as many as come within so many seconds. Raises Busy."""
        if room in self._gathering:
            raise Busy(f"somebody is being enrolled in {room} already; try again when that is done")
        gathering = self._gathering[room] = _Gathering(count)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await gathering.complete.wait()
        finally:
            del self._gathering[room]
        return gathering.voiceprints
