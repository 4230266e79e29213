"""Texts that arrive in pieces, as a language model writes them: what has come of each, and which piece is next."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from oyez.arriving import Piece
    from oyez.model import Announcement
    from oyez.ports import Receipt

    Key = tuple[tuple[str, ...], str]  # rooms, id

SILENCE_S = 30.0  # for the next piece
REMEMBERED_S = 60.0  # after its last piece a text is known for so long, so that what comes late is recognised
MOST_OPEN = 8
MOST_KNOWN = 64  # with those that have ended
LONGEST = 20_000  # characters of a text: a third of an hour

LOST = "its first pieces were lost when the daemon ended; send all of it again"
OVER = "its announcement has ended"
TOO_LONG = f"it has {LONGEST:,} characters, the most that a text in pieces may have"


class TooLate(InvalidInput):
    """A piece of a text that goes on no more; `told`: the sender has been told with an earlier one."""

    def __init__(self, message: str, *, told: bool) -> None:
        super().__init__(message)
        self.told = told


class Text:
    """One text. Iterating gives its pieces, from the first, as they come; it ends where no more come.

    `lost` tells that it can't be had any more: iterating raises InvalidInput. `notes` tell what of it didn't come;
    `ended` why no more is taken.
    """

    def __init__(self, *, silence_s: float = SILENCE_S, lost: bool = False) -> None:
        self.notes: tuple[str, ...] = ()
        self.ended: str | None = LOST if lost else None
        self.whole = False
        self.told = False  # that it is too late for more
        self.expected = 0  # the number of the next piece
        self.last_mono = time.monotonic()  # when the last piece came
        self._silence_s = silence_s
        self._pieces: list[str] = []
        self._length = 0  # characters of all of them
        self._news = asyncio.Event()

    @property
    def text(self) -> str:
        """All that has come."""
        return "".join(self._pieces)

    @property
    def first(self) -> str | None:
        """The first piece, if it is there."""
        return self._pieces[0] if self._pieces else None

    def add(self, words: str, *, more: bool) -> None:
        """The next piece. What is too long ends it."""
        self.last_mono = time.monotonic()
        self.expected += 1
        room = LONGEST - self._length
        self._length += len(words[:room])
        self._pieces.append(words[:room])
        self._news.set()
        if len(words) > room:
            self.end(TOO_LONG, note=f"left out all beyond {LONGEST:,} characters")
        elif not more:
            self.whole = True
            self.end("it is whole")

    def end(self, why: str, *, note: str | None = None) -> None:
        """No more is taken."""
        if self.ended is None:
            self.ended = why
            self.notes += (note,) if note else ()
            self._news.set()

    def look_at_the_clock(self) -> None:
        """Nobody waits for ever for the next piece."""
        if time.monotonic() - self.last_mono >= self._silence_s:
            self.end(
                f"no more of it came for {self._silence_s:g} s", note=f"no more text came for {self._silence_s:g} s"
            )

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        if self.ended == LOST:
            raise InvalidInput(LOST)
        at = 0
        while True:
            while at < len(self._pieces):
                yield self._pieces[at]
                at += 1
            if self.ended:
                return
            self._news.clear()
            try:
                async with asyncio.timeout(self.last_mono + self._silence_s - time.monotonic()):
                    await self._news.wait()
            except TimeoutError:
                self.look_at_the_clock()


class _Receipt:
    """The receipt of a text's first piece: when its announcement has ended, nobody wants the rest."""

    def __init__(self, receipt: Receipt, text: Text) -> None:
        self._receipt = receipt
        self._text = text

    @property
    def live(self) -> bool:
        """Whether the connection that it came on is still there."""
        return self._receipt.live

    def acknowledge(self) -> None:
        """Its announcement has ended."""
        self._text.end(OVER)
        self._receipt.acknowledge()


class Texts:
    """Those that arrive now, or did a moment ago, by rooms and id. Without a piece for `silence_s` a text ends."""

    def __init__(self, *, silence_s: float = SILENCE_S) -> None:
        self._silence_s = silence_s
        self._texts: dict[Key, Text] = {}

    def take(
        self, announcements: Sequence[Announcement], receipt: Receipt
    ) -> tuple[list[Announcement], Receipt] | None:
        """Take a piece: it begins the announcements that are given back, or goes on with a text that has begun (None).

        The first piece is acknowledged with the outcome, the others at once. Raises InvalidInput for one that belongs
        nowhere, TooLate.
        """
        one = announcements[0]
        assert one.piece
        key = (tuple(each.room for each in announcements), one.id)
        self._forget()
        text = self._texts.get(key)
        if text is None or _begins_anew(one.piece, text, redelivered=one.redelivered):
            text = self._begin(key, one)
        elif not _repeats_the_first(one, text):
            _go_on(text, one.piece, redelivered=one.redelivered)
            receipt.acknowledge()
            return None
        return [replace(each, piece=None, arriving=text) for each in announcements], _Receipt(receipt, text)

    def _begin(self, key: Key, one: Announcement) -> Text:
        assert one.piece
        if one.piece.number:
            self._texts[key] = text = Text(lost=True)
            text.told = True
            raise InvalidInput(f"piece {one.piece.number} of a text that hasn't begun, or ended long ago")
        if sum(not text.ended for text in self._texts.values()) >= MOST_OPEN:
            raise InvalidInput(f"{MOST_OPEN} texts are arriving already")
        # What the broker brings again and nobody remembers began before the daemon did: the rest of it is gone.
        text = Text(silence_s=self._silence_s, lost=one.redelivered and one.piece.more)
        if not text.ended:
            text.add(one.text, more=one.piece.more)
        self._texts[key] = text
        return text

    def _forget(self) -> None:
        before = time.monotonic() - max(REMEMBERED_S, self._silence_s)
        self._texts = {key: text for key, text in self._texts.items() if text.last_mono > before}
        for text in self._texts.values():
            text.look_at_the_clock()
        ended = [key for key, text in self._texts.items() if text.ended]
        for key in ended[: max(0, len(self._texts) - MOST_KNOWN)]:
            del self._texts[key]


def _begins_anew(piece: Piece, text: Text, *, redelivered: bool) -> bool:
    """Whether it is the first piece of another text with the same id."""
    if piece.number is None:
        return text.whole and not redelivered
    return piece.number == 0 and text.ended is not None


def _repeats_the_first(one: Announcement, text: Text) -> bool:
    """Whether a first piece has come once more: the agenda knows what to do with repetitions."""
    assert one.piece
    return one.piece.number == 0 or (one.piece.number is None and one.redelivered and one.text == text.first)


def _go_on(text: Text, piece: Piece, *, redelivered: bool) -> None:
    """Take the next piece of a text; one that has come already is passed over. Raises TooLate."""
    repeated = piece.number is not None and piece.number < text.expected
    if repeated or (text.whole and redelivered):
        return
    if text.ended:
        text.last_mono, told, text.told = time.monotonic(), text.told, True
        raise TooLate(f"too late for this piece of a text: {text.ended}", told=told)
    if piece.number is not None and piece.number > text.expected:
        missing = range(text.expected, piece.number)
        which = f"piece {missing[0]}" if len(missing) == 1 else f"pieces {missing[0]} to {missing[-1]}"
        text.notes += (f"{which} of the text didn't come",)
        text.expected = piece.number
    text.add(piece.text, more=piece.more)
