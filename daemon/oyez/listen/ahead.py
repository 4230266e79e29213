"""Recognition before the end of speech is decided: a draft in each pause, partial transcripts while someone speaks.

None of it may cost time that an utterance which has ended needs: drafts and partials give way to it in the engine, and
partials to drafts. What comes too late is thrown away.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oyez.errors import OyezError
from oyez.supervise import Interruptible

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.listen.ask import Ask
    from oyez.model import Recognition, Utterance


@dataclass(eq=False, slots=True)
class _Draft:
    """What may be all of an utterance, and what came of asking for it: nothing where it was interrupted."""

    utterance: Utterance
    partial: bool = False
    wanted: bool = False  # it was all, and is waited for
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    recognition: Recognition | None = None
    error: OyezError | None = None

    def is_of(self, utterance: Utterance) -> bool:
        """Whether it is the same audio: what begins alike and is as long."""
        mine = self.utterance
        return mine.id == utterance.id and len(mine.samples) == len(utterance.samples)


class Ahead:
    """Recognises for all rooms, one thing at a time; of each room the newest only.

    `drafts` False is for machines that have nothing to spare. `tell` is given what is heard so far of an utterance that
    goes on: never after its end.
    """

    def __init__(
        self, ask: Ask, *, drafts: bool = True, tell: Callable[[Utterance, Recognition], None] = lambda *_: None
    ) -> None:
        self._ask = ask
        self._drafting = drafts
        self._tell = tell
        self._drafts: dict[str, _Draft] = {}  # by room: a pause's, until speech goes on or it is asked for
        self._partials: dict[str, _Draft] = {}  # by room: waiting for their turn
        self._current: _Draft | None = None
        self._work = Interruptible()
        self._news = asyncio.Event()

    def pause(self, utterance: Utterance) -> None:
        """Someone has paused: this may be all of it."""
        self.forget(utterance.room)
        if not self._drafting:
            return
        self._drafts[utterance.room] = _Draft(utterance)
        if self._current and self._current.partial:
            self._interrupt()
        self._news.set()

    def so_far(self, utterance: Utterance) -> None:
        """Someone has said this, and goes on; dropped while the engine is busy."""
        if not self._ask.busy:
            self._partials[utterance.room] = _Draft(utterance, partial=True)
            self._news.set()

    def forget(self, room: str) -> None:
        """Speech went on, or was cut off: what is under way for a room is thrown away."""
        self._drafts.pop(room, None)
        self._partials.pop(room, None)
        if self._current and self._current.utterance.room == room and not self._current.wanted:
            self._interrupt()

    async def of(self, utterance: Utterance) -> Recognition | None:
        """What was recognised of an utterance that has ended, None where nothing was. Raises as the engine did."""
        draft = self._drafts.get(utterance.room)
        begun = draft is not None and (draft is self._current or draft.ended.is_set())
        if draft is None or not begun or not draft.is_of(utterance):
            self.forget(utterance.room)
            return None
        del self._drafts[utterance.room]
        draft.wanted = True
        await draft.ended.wait()
        if draft.error:
            raise draft.error
        return draft.recognition

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            if draft := next((one for one in self._drafts.values() if not one.ended.is_set()), None):
                await self._recognise(draft)
            elif self._partials:
                partial = self._partials.pop(next(iter(self._partials)))
                await self._recognise(partial)
                if partial.recognition:
                    self._tell(partial.utterance, partial.recognition)
            else:
                self._news.clear()
                await self._news.wait()

    async def _recognise(self, draft: _Draft) -> None:
        self._current = draft
        try:
            recognition = await self._work.run(self._ask.ahead(draft.utterance, partial=draft.partial))
            if self._current is draft:
                draft.recognition = recognition
        except OyezError as error:
            draft.error = error
        finally:
            self._current = None
            draft.ended.set()

    def _interrupt(self) -> None:
        self._work.interrupt()
        self._current = None
