"""Where the announcements of a room become sound: chimes and words as one stream, out of its speaker."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oyez.errors import DeviceLost
from oyez.speak import chimes as sounds
from oyez.speak.performance import from_there, perform, primed, recorded
from oyez.speak.progress import Progress
from oyez.speak.stream import stream
from oyez.speak.synthesise import ahead
from oyez.supervise import Backoff

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from oyez.arriving import Arriving
    from oyez.config import RoomConfig
    from oyez.health import PartHealth
    from oyez.model import Announcement, Answer, Party, SpeechChunk
    from oyez.ports import ScriptedTts, Speaker
    from oyez.speak.chimes import Chimes
    from oyez.speak.together import Together

PATIENCE = 10.0  # seconds an announcement waits for a lost speaker to come back
HEARD_ENOUGH = 2.0  # seconds of speech after which a broken announcement isn't started again


@dataclass
class Performance:
    """One announcement, in the room as it is set now; and how far it has come."""

    announcement: Announcement
    room: RoomConfig
    volume: float
    progress: Progress = field(default_factory=Progress)  # it may have come some way before it was cut
    notes: list[str] = field(default_factory=list)
    first_audio: float | None = None  # seconds from its reception to its first sound
    begins_at: float | None = None  # on the monotonic clock, where rooms begin together
    answer: Answer | None = None  # to a question

    @property
    def voice(self) -> str:
        """Who says it."""
        return self.announcement.voice or self.room.voice

    @property
    def speed(self) -> float:
        """How fast."""
        return self.announcement.speed or self.room.speed

    @property
    def chimes(self) -> tuple[str | None, str | None]:
        """The sounds before and after it, by name."""
        asked = self.announcement
        after = asked.chime_after or (sounds.QUESTION if asked.ask else None)
        return _named(asked.chime or self.room.chime), _named(after)


class Stage:
    """Of one room. `on_audible` is called when a performance's first sound is heard."""

    def __init__(
        self,
        room: str,
        tts: ScriptedTts,
        speaker: Speaker,
        *,
        chimes: Chimes,
        together: Together,
        health: PartHealth,
        on_audible: Callable[[Performance], None],
    ) -> None:
        self._room = room
        self._tts = tts
        self._speaker = speaker
        self._chimes = chimes
        self._together = together
        self._health = health
        self._on_audible = on_audible

    async def play(self, performance: Performance) -> None:
        """Perform it, all the way or until cancelled; its progress tells how far it came.

        When the speaker is lost before much was heard, it waits for it and begins anew. Raises DeviceLost and what the
        engine raises.
        """
        backoff, begun, announcement = Backoff(0.5, 2.0), time.monotonic(), performance.announcement
        while True:
            heard_since = time.monotonic()
            try:
                await self._play(performance)
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
                return

    def leave(self, party: Party) -> None:
        """The others needn't wait for this room."""
        self._together.leave(party, self._room)

    async def close(self) -> None:
        """Release the speaker."""
        await self._speaker.close()

    async def _play(self, performance: Performance) -> None:
        announcement = performance.announcement
        start = announcement.resume_at
        progress = performance.progress = Progress(start)
        speech = from_there(self._heed(performance, self._speech(performance)), start)
        async with ahead(speech) as made:
            chunks: AsyncIterator[SpeechChunk] = made
            if announcement.party and performance.begins_at is None:
                await self._speaker.wake()
                chunks = await primed(made)
                performance.begins_at = await self._together.meet(announcement.party, self._room)
            at = performance.begins_at

            def audible() -> None:
                if performance.first_audio is None:
                    first = max(time.monotonic(), at or 0.0)
                    performance.first_audio = round(first - announcement.received_mono, 3)
                self._on_audible(performance)

            def played(seconds: float) -> None:
                progress.heard = start + seconds

            played(
                await self._speaker.play(chunks, volume=performance.volume, at=at, on_audible=audible, on_played=played)
            )

    def _speech(self, performance: Performance) -> AsyncGenerator[SpeechChunk, None]:
        """All that is heard of it; made once where rooms say the same together."""
        announcement, voice, speed = performance.announcement, performance.voice, performance.speed
        before, after = performance.chimes

        def say() -> AsyncGenerator[SpeechChunk, None]:
            if announcement.recording is not None:
                return recorded(announcement.recording)
            if text := announcement.arriving:
                pieces = self._watched(text)
                return stream(self._tts, pieces, voice=voice, language=announcement.language, speed=speed)
            return self._tts.synthesise(announcement.text, voice=voice, language=announcement.language, speed=speed)

        def make() -> AsyncGenerator[SpeechChunk, None]:
            times, pause = announcement.repeat, announcement.repeat_pause
            return perform(say, self._chimes, before=before, after=after, times=times, pause=pause)

        if announcement.party is None:
            return make()
        return self._together.share(announcement.party, (voice, speed, before), make)

    async def _watched(self, text: Arriving) -> AsyncGenerator[str, None]:
        """The pieces of a text as they come. To wait for them is work: the stage isn't stuck."""
        async for piece in text:
            self._health.beat()
            yield piece

    async def _heed(
        self, performance: Performance, speech: AsyncGenerator[SpeechChunk, None]
    ) -> AsyncGenerator[SpeechChunk, None]:
        """The stream as it comes; what the engine notes (a character it can't say) is kept for the outcome."""
        async for chunk in speech:
            performance.notes.extend(note for note in chunk.notes if note not in performance.notes)
            performance.progress.made(chunk)
            self._health.beat()
            yield chunk
        performance.progress.complete = True


def _named(chime: str | None) -> str | None:
    return None if chime == sounds.NONE else chime
