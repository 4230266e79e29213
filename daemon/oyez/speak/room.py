"""One room's voice: takes announcements from its agenda one after another, and sees each to its one outcome."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from oyez import hours, log
from oyez.errors import InvalidInput, OyezError
from oyez.model import Announcement, Answer, Outcome, OutcomeState, Priority, Quiet
from oyez.speak.announce import Stop
from oyez.speak.progress import Progress
from oyez.speak.stage import Performance, Stage
from oyez.supervise import Interruptible

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.config import RoomConfig
    from oyez.flow import Channel
    from oyez.health import PartHealth
    from oyez.ports import ScriptedTts, Speaker
    from oyez.speak.agenda import Agenda
    from oyez.speak.chimes import Chimes
    from oyez.speak.together import Together

logger = log.get(__name__)

STOPPED = "stopped while speaking"
EVERYTHING = Stop()


class Listens(Protocol):
    """Who waits for the answer to a question: `oyez.speak.answers.Answers`."""

    def deaf(self, room: str) -> str | None:
        """Why a room can't hear an answer, if it can't."""
        ...

    async def wait(self, room: str, seconds: float) -> Answer:
        """The answer in a room whose question has just been spoken."""
        ...


class SpeakingRoom:
    """Speaks the announcements of one room.

    `outcomes` gets every step and end, in order; `speaking` is called with True and False around audible speech (the
    back edge to the gate). `answers` waits for what is said to questions. `local` is the clock on the wall, for hours
    of the day.
    """

    def __init__(
        self,
        name: str,
        config: RoomConfig,
        agenda: Agenda,
        tts: ScriptedTts,
        speaker: Speaker,
        *,
        outcomes: Channel[Outcome],
        speaking: Callable[[bool], None],
        health: PartHealth,
        chimes: Chimes,
        together: Together,
        answers: Listens,
        local: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.name = name
        self.config = config
        self._agenda = agenda
        self._outcomes = outcomes
        self._speaking = speaking
        self._health = health
        self._answers = answers
        self._local = local
        self._stage = Stage(
            name, tts, speaker, chimes=chimes, together=together, health=health, on_audible=self._audible
        )
        self._arrived = asyncio.Event()
        self._work = Interruptible()
        self._cut = self._stopped = False  # the current one is to end, and for good

    @property
    def quiet(self) -> Quiet:
        """What is done now with announcements that aren't urgent, by setting or by the hours."""
        if self.config.quiet or hours.quiet(self.config.periods, self._local()):
            return Quiet(self.config.when_quiet)
        return Quiet.NO

    async def offer(self, announcement: Announcement) -> None:
        """Put an announcement on the agenda; tells `accepted`, or what became of it instead."""
        await self._look_at_the_clock()
        told = self._agenda.offer(announcement, time.monotonic())
        if announcement.party and announcement not in self._agenda.waiting:  # refused, or held without the others
            self._stage.leave(announcement.party)
        await self._tell(*told)
        if self._agenda.gives_way:
            self._interrupt()
        self._arrived.set()

    async def stop(self, wanted: Stop = EVERYTHING, *, waiting_only: bool = False) -> None:
        """Cancel what is meant, the one being spoken included unless only those that wait are meant."""
        current = self._agenda.current
        if current and wanted.means(current) and not waiting_only:
            self._interrupt(stopped=True)
        await self._tell(*self._agenda.cancel(wanted, time.monotonic()))

    async def settle(self, config: RoomConfig) -> None:
        """Go on with another voice, speed, volume; a room that turns quiet falls silent, but for what is urgent."""
        turns_quiet = config.quiet and not self.config.quiet
        self.config = config
        current = self._agenda.current
        if turns_quiet and current and current.priority < Priority.URGENT:
            self._interrupt()
        await self._look_at_the_clock()
        self._arrived.set()

    async def close(self) -> None:
        """Release the speaker."""
        await self._stage.close()

    async def run(self) -> None:
        """Speak until cancelled."""
        self._health.state("ok")
        while True:
            await self._look_at_the_clock()
            announcement, expired = self._agenda.next(time.monotonic())
            self._cut = self._stopped = False
            await self._tell(*expired)
            if announcement is None:
                await self._wait()
            else:
                await self._see_through(announcement)

    async def _look_at_the_clock(self) -> None:
        """The hours may have turned: those that wait learn of it, the one being spoken is spoken to its end."""
        if (quiet := self.quiet) is not self._agenda.quiet:
            await self._tell(*self._agenda.be_quiet(quiet, time.monotonic()))

    async def _wait(self) -> None:
        """Until something arrives; at most a second, since announcements expire, hours turn and the stage must beat."""
        self._arrived.clear()
        self._health.beat()
        try:
            async with asyncio.timeout(1.0):
                await self._arrived.wait()
        except TimeoutError:
            return

    def _interrupt(self, *, stopped: bool = False) -> None:
        """The one being spoken ends, or gives way."""
        self._cut, self._stopped = True, self._stopped or stopped
        self._work.interrupt()

    async def _see_through(self, announcement: Announcement) -> None:
        performance = Performance(
            announcement, self.config, self._volume(announcement), Progress(announcement.resume_at)
        )
        done = None
        try:
            if not self._cut:
                done = await self._work.run(self._perform(performance))
        except OyezError as error:
            state = OutcomeState.REFUSED if isinstance(error, InvalidInput) else OutcomeState.FAILED
            logger.warning("announcement not spoken", room=self.name, id=announcement.id, reason=error.message)
            await self._finish(performance, state, reason=error.message)
            return
        finally:
            self._speaking(False)
        if done or (performance.progress.over and not announcement.ask):
            seconds = round(performance.progress.heard, 2)
            await self._finish(performance, OutcomeState.SPOKEN, seconds=seconds, answer=performance.answer)
        elif self._stopped:
            await self._finish(performance, OutcomeState.CANCELLED, reason=STOPPED)
        else:
            outcome = self._agenda.cut(announcement, performance.progress.resume_at(), time.monotonic())
            await self._tell(replace(outcome, notes=tuple(performance.notes)))

    async def _perform(self, performance: Performance) -> bool:
        """Play it, and wait for the answer where it is a question; True when that is done. Raises InvalidInput."""
        if performance.announcement.ask and (why := self._answers.deaf(self.name)):
            raise InvalidInput(f"nobody would hear an answer: {why}")
        await self._stage.play(performance)
        if performance.announcement.ask:
            self._speaking(False)
            performance.answer = await self._answers.wait(self.name, performance.announcement.ask)
        return True

    def _volume(self, announcement: Announcement) -> float:
        """As it asks for, or the room's: at these hours, unless it is urgent."""
        if announcement.volume is not None:
            return announcement.volume
        urgent = announcement.priority is Priority.URGENT
        return self.config.volume * (1.0 if urgent else hours.loudness(self.config.periods, self._local()))

    def _audible(self, performance: Performance) -> None:
        self._speaking(True)
        self._outcomes.put_now(self._outcome(performance, OutcomeState.STARTED))

    async def _finish(self, performance: Performance, state: OutcomeState, **told: Any) -> None:
        outcome = self._outcome(performance, state, **told)
        self._agenda.finished(performance.announcement, outcome, time.monotonic())
        await self._tell(outcome)

    def _outcome(self, performance: Performance, state: OutcomeState, **told: Any) -> Outcome:
        announcement = performance.announcement
        return Outcome(
            announcement.id,
            self.name,
            state,
            transaction=announcement.transaction,
            first_audio=None if announcement.cut else performance.first_audio,
            notes=tuple(performance.notes),
            **told,
        )

    async def _tell(self, *outcomes: Outcome) -> None:
        for outcome in outcomes:
            await self._outcomes.put(outcome)
