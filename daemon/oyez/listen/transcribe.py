"""Utterances in, transcripts out: recognition of all rooms, one utterance after another."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from oyez import log
from oyez.errors import OyezError
from oyez.model import NoMatch, Transcript

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from oyez.flow import Channel
    from oyez.health import PartHealth
    from oyez.listen.ahead import Ahead
    from oyez.listen.ask import Ask
    from oyez.listen.expected import Expected
    from oyez.listen.rewrite import Rewriting
    from oyez.listen.voices import Voices
    from oyez.model import Recognition, Speaker, Utterance

logger = log.get(__name__)

STALE = 30.0  # seconds: nobody waits for the answer to something said longer ago


class Transcription:
    """Recognises utterances, unless that was done `ahead`, and delivers what is worth it.

    Dropped and counted are utterances that wait too long (`stale`), on which the engine fails (`failed`), without words
    (`empty`), and below `min_confidence` (`unsure`); of the last two, `refuse` is told. `keep` is given all of it
    that the engine answered, as it was answered. `expected` has the names that `rewrite` spells, `voices` knows whose
    voice it is. `delay_s` on the health topic is from the last decision to its transcript. No text is logged.
    """

    def __init__(
        self,
        ask: Ask,
        utterances: Channel[Utterance],
        *,
        ahead: Ahead,
        min_confidence: float,
        expected: Expected,
        rewrite: Rewriting,
        deliver: Callable[[Transcript], Awaitable[object]],
        refuse: Callable[[NoMatch], None],
        keep: Callable[[Utterance, Recognition], None] | None = None,
        voices: Voices | None = None,
        health: PartHealth,
    ) -> None:
        self._ask = ask
        self._utterances = utterances
        self._ahead = ahead
        self._min_confidence = min_confidence
        self._expected = expected
        self._rewrite = rewrite
        self._deliver = deliver
        self._refuse = refuse
        self._keep = keep
        self._voices = voices
        self._health = health
        self._delay = 0.0
        health.gauge("delay_s", lambda: self._delay)

    async def run(self) -> None:
        """Recognise until the channel is closed and empty."""
        self._health.state("ok")
        async for utterance in self._utterances:
            if time.monotonic() - utterance.decided_mono > STALE:
                self._drop(utterance, "stale")
            elif recognition := await self._recognise(utterance):
                await self._judge(utterance, recognition)

    async def _recognise(self, utterance: Utterance) -> Recognition | None:
        """The recognition; None when the engine failed: that costs this utterance only."""
        try:
            if recognition := await self._ahead.of(utterance):
                self._health.count("ahead")
            else:
                recognition = await self._ask(utterance)
        except OyezError as error:
            self._health.state("failed", error.message)
            self._drop(utterance, "failed", reason=error.message, hint=error.hint)
            return None
        self._health.state("ok")
        return recognition

    async def _judge(self, utterance: Utterance, recognition: Recognition) -> None:
        if self._keep:
            self._keep(utterance, recognition)
        if not recognition.text.strip():
            self._no_match(utterance, recognition, "empty")
        elif recognition.confidence < self._min_confidence:
            self._no_match(utterance, recognition, "unsure")
        else:
            self._health.count("transcripts")
            names = (one.phrase for one in self._expected.of(utterance.room))
            speaker = self._voices.who(utterance, recognition) if self._voices else None
            await self._deliver(_transcript(utterance, self._rewrite(recognition, names), speaker))
            self._delay = time.monotonic() - utterance.decided_mono

    def _no_match(self, utterance: Utterance, recognition: Recognition, why: str) -> None:
        self._drop(utterance, why, confidence=round(recognition.confidence, 3))
        self._refuse(
            NoMatch(
                id=utterance.id,
                room=utterance.room,
                reason=why,
                language=recognition.language,
                confidence=recognition.confidence,
                started_at=utterance.started_at,
                ended_at=utterance.ended_at,
            )
        )

    def _drop(self, utterance: Utterance, why: str, **told: object) -> None:
        self._health.count(why)
        tell = logger.warning if why in ("stale", "failed") else logger.info
        tell(
            f"utterance dropped: {why}",
            room=utterance.room,
            id=utterance.id,
            seconds=round(utterance.seconds, 1),
            **told,
        )


def _transcript(utterance: Utterance, recognition: Recognition, speaker: Speaker | None) -> Transcript:
    return Transcript(
        id=utterance.id,
        room=utterance.room,
        text=recognition.text.strip(),
        language=recognition.language,
        confidence=recognition.confidence,
        started_at=utterance.started_at,
        ended_at=utterance.ended_at,
        decided_mono=utterance.decided_mono,
        words=recognition.words,
        alternatives=recognition.alternatives,
        language_confidence=recognition.language_confidence,
        speaker=speaker,
    )
