"""Answers to what a room asked: the first that is understood there after the question, while it is waited for."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from oyez.model import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.model import NoMatch, Transcript

SILENCE = "silence"
DECIDING = 10.0  # seconds in which what was said is understood, or isn't
LOOK = 0.1  # seconds between two looks whether somebody speaks


class _Question:
    """A question that has been asked: `since` is wall-clock."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.spoken_mono: float | None = None  # when somebody spoke last, while what it was isn't known yet
        self.missed = SILENCE


class Answers:
    """Between the rooms that ask and what is heard in them.

    `speaks` tells whether somebody speaks to a room now, `deaf` why a room can't hear, if it can't.

    What was said before the question was over is none, nor is the question: a room is deaf while it speaks, and for a
    tail after (listen/gate.py).
    """

    def __init__(self, *, speaks: Callable[[str], bool], deaf: Callable[[str], str | None]) -> None:
        self.deaf = deaf
        self._speaks = speaks
        self._asked: dict[str, _Question] = {}

    async def wait(self, room: str, seconds: float) -> Answer:
        """The answer in a room whose question has just been spoken.

        Who begins within so many seconds is heard out. What isn't understood is passed over, and told when nothing
        better came.
        """
        question = self._asked[room] = _Question(time.time())
        until = time.monotonic() + seconds
        try:
            while not self._over(room, question, until):
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(question.answer), LOOK)
        finally:
            del self._asked[room]
            question.answer.cancel()
        return Answer(reason=question.missed)

    def heard(self, transcript: Transcript) -> None:
        """Something was said."""
        question = self._asked.get(transcript.room)
        if question and transcript.started_at >= question.since and not question.answer.done():
            question.answer.set_result(Answer(transcript.text, transcript.language, transcript.confidence))

    def not_understood(self, heard: NoMatch) -> None:
        """Somebody spoke, but what?"""
        question = self._asked.get(heard.room)
        if question and heard.started_at >= question.since:
            question.missed, question.spoken_mono = heard.reason, None

    def _over(self, room: str, question: _Question, until: float) -> bool:
        """Whether the time is up, and nobody's words are under way."""
        now = time.monotonic()
        if self._speaks(room):
            question.spoken_mono = now
        return now >= until and (question.spoken_mono is None or now - question.spoken_mono > DECIDING)
