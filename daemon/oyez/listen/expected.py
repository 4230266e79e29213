"""What the house expects to hear: hot words from the config, and those that come over MQTT. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from oyez import hot_words, log
from oyez.errors import InvalidInput
from oyez.outside import kind, refuse, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oyez.health import PartHealth
    from oyez.hot_words import HotWord

logger = log.get(__name__)

MOST = 1000  # phrases in one list


class Expected:
    """The hot words of each room: its own and those of all rooms, from the config and as told last.

    A list that can't be read changes nothing; the log says why, and the health topic until a good one comes.
    """

    def __init__(self, everywhere: Sequence[str], rooms: Mapping[str, Sequence[str]], health: PartHealth) -> None:
        """`everywhere` and `rooms` are as the config writes them."""
        self._written = {None: _parsed(everywhere)} | {room: _parsed(phrases) for room, phrases in rooms.items()}
        self._told: dict[str | None, tuple[HotWord, ...]] = {}
        self._health = health
        health.gauge("phrases", lambda: sum(map(len, (*self._written.values(), *self._told.values()))))
        health.state("ok")

    @property
    def rooms(self) -> list[str]:
        """The rooms that hear."""
        return [room for room in self._written if room is not None]

    def of(self, room: str | None) -> tuple[HotWord, ...]:
        """The hot words of a room; None: those of all rooms."""
        both = (self._written, self._told)
        return tuple(dict.fromkeys(one for source in both for key in (None, room) for one in source.get(key, ())))

    def tell(self, room: str | None, payload: bytes) -> None:
        """Take a JSON list of phrases for a room (None: all) in place of the one told before; empty is none."""
        try:
            self._take(room, read(payload))
        except InvalidInput as error:
            logger.warning("hot words refused; those from before stay", room=room or "all", reason=error.message)
            self._health.count("refused")
            self._health.state("ok", f"hot words for {room or 'all'} refused: {error.message}")

    def expect(self, room: str | None, phrases: Sequence[str]) -> None:
        """The same for a list that is one. Raises InvalidInput, and nothing is changed."""
        self._take(room, _checked(phrases))

    def _take(self, room: str | None, phrases: tuple[HotWord, ...]) -> None:
        self._told[room] = phrases
        logger.info("hot words", room=room or "all", phrases=len(phrases))
        self._health.state("ok")


def read(payload: bytes) -> tuple[HotWord, ...]:
    """The phrases of a payload. Raises InvalidInput."""
    content = text(payload)
    if not content:
        return ()
    try:
        phrases = json.loads(content)
    except (ValueError, RecursionError):
        refuse('not JSON; give a list, as in ["kitchen lamp", "Anna*2"]')
    if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
        odd = next((one for one in phrases if not isinstance(one, str)), None) if isinstance(phrases, list) else phrases
        refuse(f'give a list of strings, as in ["kitchen lamp", "Anna*2"], not {kind(odd)}')
    return _checked(phrases)


def _checked(phrases: Sequence[str]) -> tuple[HotWord, ...]:
    if len(phrases) > MOST:
        refuse(f"{len(phrases):,} phrases; {MOST:,} are the most")
    try:
        return _parsed(phrases)
    except ValueError as error:
        raise InvalidInput(str(error)) from None


def _parsed(phrases: Sequence[str]) -> tuple[HotWord, ...]:
    return tuple(hot_words.parse(phrase) for phrase in phrases)
