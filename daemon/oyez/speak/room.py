"""One room's voice: takes announcements from its agenda one after another, and sees each to its one outcome."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from oyez import log
from oyez.errors import DeviceLost, OyezError
from oyez.model import Announcement, Outcome, OutcomeState, Priority
from oyez.speak.synthesise import ahead
from oyez.supervise import Backoff, Interruptible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from oyez.config import RoomConfig
    from oyez.flow import Channel
    from oyez.health import PartHealth
    from oyez.model import SpeechChunk
    from oyez.ports import Speaker, Tts
    from oyez.speak.agenda import Agenda

logger = log.get(__name__)

PATIENCE = 10.0  # seconds an announcement waits for a lost speaker to come back
HEARD_ENOUGH = 2.0  # seconds of speech after which a broken announcement isn't started again


class SpeakingRoom:
    """Speaks the announcements of one room.

    `outcomes` gets every step and end, in order; `speaking` is called with True and False around audible speech (the
    back edge to the gate).
    """

    def __init__(
        self,
        name: str,
        config: RoomConfig,
        agenda: Agenda,
        tts: Tts,
        speaker: Speaker,
        *,
        outcomes: Channel[Outcome],
        speaking: Callable[[bool], None],
        health: PartHealth,
    ) -> None:
        self.name = name
        self.config = config
        self._agenda = agenda
        self._tts = tts
        self._speaker = speaker
        self._outcomes = outcomes
        self._speaking = speaking
        self._health = health
        self._arrived = asyncio.Event()
        self._work = Interruptible()
        self._notes: list[str] = []
        self._first_audio: float | None = None

    async def offer(self, announcement: Announcement) -> None:
        """Put an announcement on the agenda; tells `accepted`, or what became of it instead."""
        for outcome in self._agenda.offer(announcement, time.monotonic()):
            await self._outcomes.put(outcome)
        self._arrived.set()

    async def stop(self, announcement_id: str | None = None) -> None:
        """Cancel one announcement by id, or all, the one being spoken included."""
        current = self._agenda.current
        for outcome in self._agenda.cancel(announcement_id, time.monotonic()):
            await self._outcomes.put(outcome)
        if current and announcement_id in (None, current.id):
            self._work.interrupt()

    async def settle(self, config: RoomConfig) -> None:
        """Go on with another voice, speed, volume; a room that turns quiet ends what isn't urgent."""
        self.config = config
        self._agenda.quiet = config.quiet
        if not config.quiet:
            return
        current = self._agenda.current
        for outcome in self._agenda.hush(time.monotonic()):
            await self._outcomes.put(outcome)
        if current and current is self._agenda.current and current.priority < Priority.URGENT:
            self._work.interrupt()

    async def close(self) -> None:
        """Release the speaker."""
        await self._speaker.close()

    async def run(self) -> None:
        """Speak until cancelled."""
        self._health.state("ok")
        while True:
            announcement, expired = self._agenda.next(time.monotonic())
            for outcome in expired:
                await self._outcomes.put(outcome)
            if announcement is None:
                await self._wait()
                continue
            await self._see_through(announcement)

    async def _wait(self) -> None:
        """Until something arrives; at most a second, since waiting announcements expire and the stage must beat."""
        self._arrived.clear()
        self._health.beat()
        try:
            async with asyncio.timeout(1.0):
                await self._arrived.wait()
        except TimeoutError:
            return

    async def _see_through(self, announcement: Announcement) -> None:
        self._notes, self._first_audio = [], None
        try:
            seconds = await self._work.run(self._speak(announcement))
        except OyezError as error:
            state = OutcomeState.REFUSED if error.exit_code == 65 else OutcomeState.FAILED  # noqa: PLR2004 - EX_DATAERR
            logger.warning("announcement not spoken", room=self.name, id=announcement.id, reason=error.message)
            await self._finish(announcement, state, reason=error.message)
            return
        finally:
            self._speaking(False)
        if seconds is None:
            await self._finish(announcement, OutcomeState.CANCELLED, reason="stopped while speaking")
        else:
            await self._finish(announcement, OutcomeState.SPOKEN, seconds=round(seconds, 2))

    async def _speak(self, announcement: Announcement) -> float:
        """Say it; when the speaker is lost before much was heard, wait for it and say it again from its start."""
        backoff, begun = Backoff(0.5, 2.0), time.monotonic()
        while True:
            heard_since = time.monotonic()
            try:
                seconds = await self._play(announcement)
            except DeviceLost as error:
                self._health.state("lost", error.message)
                now = time.monotonic()
                expired = announcement.expires_mono is not None and now > announcement.expires_mono
                if now - heard_since > HEARD_ENOUGH + PATIENCE or now - begun > PATIENCE or expired:
                    raise
                await asyncio.sleep(backoff.next())
            else:
                self._health.state("ok")
                self._health.count("spoken")
                return seconds

    async def _play(self, announcement: Announcement) -> float:
        config = self.config
        speech = self._tts.synthesise(
            announcement.text,
            voice=announcement.voice or config.voice,
            language=announcement.language,
            speed=announcement.speed or config.speed,
        )
        volume = config.volume if announcement.volume is None else announcement.volume
        async with ahead(self._heed(speech)) as chunks:
            return await self._speaker.play(chunks, volume=volume, on_audible=lambda: self._audible(announcement))

    async def _heed(self, speech: AsyncIterator[SpeechChunk]) -> AsyncIterator[SpeechChunk]:
        """The speech as it comes, while what the engine notes (a character it can't say) is kept for the outcome."""
        async for chunk in speech:
            self._notes.extend(note for note in chunk.notes if note not in self._notes)
            self._health.beat()
            yield chunk

    def _audible(self, announcement: Announcement) -> None:
        self._speaking(True)
        self._first_audio = round(time.monotonic() - announcement.received_mono, 3)
        self._outcomes.put_now(self._outcome(announcement, OutcomeState.STARTED))

    async def _finish(self, announcement: Announcement, state: OutcomeState, **told: Any) -> None:
        outcome = self._outcome(announcement, state, **told)
        self._agenda.finished(announcement, outcome, time.monotonic())
        await self._outcomes.put(outcome)

    def _outcome(self, announcement: Announcement, state: OutcomeState, **told: Any) -> Outcome:
        return Outcome(
            announcement.id,
            self.name,
            state,
            transaction=announcement.transaction,
            first_audio=self._first_audio,
            notes=tuple(self._notes),
            **told,
        )
