"""What markup says, whichever way it was written: spans of text in their manner, pauses, sounds. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from oyez.script import Pause

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_PAUSE = 10.0  # seconds
SPEEDS = (0.5, 2.0)
VOLUMES = (0.0, 2.0)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a span is said. `voice` and `language` as they were asked for, None: as the announcement is.

    `speed` and `volume` are factors on the announcement's own. `spelled`: letter by letter. `instead_of`: only if the
    sound of that name can't be played.
    """

    voice: str | None = None
    language: str | None = None
    speed: float = 1.0
    volume: float = 1.0
    spelled: bool = False
    instead_of: str | None = None

    def faster(self, factor: float) -> Manner:
        """The same, but its speed times a factor, within what is spoken well."""
        return replace(self, speed=_within(SPEEDS, self.speed * factor))

    def louder(self, factor: float) -> Manner:
        """The same, but its volume times a factor, within what speakers take."""
        return replace(self, volume=_within(VOLUMES, self.volume * factor))

    def by(self, voice: str) -> Manner:
        """The same in another voice, and so in that voice's language."""
        return replace(self, voice=voice, language=None)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one manner; `phonemes` (IPA) are said in place of reading it."""

    text: str
    manner: Manner = Manner()
    phonemes: str | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """A sound to be played, by its name in the house's folder."""

    name: str
    manner: Manner = Manner()


Item: TypeAlias = Span | Pause | Play


@dataclass(frozen=True, slots=True)
class Marked:
    """A marked-up text, read: its items in order, and notes on what couldn't be followed."""

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


class Writer:
    """Collects the items of a text, in order."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._notes: dict[str, None] = {}

    def say(self, text: str, manner: Manner) -> None:
        """More text; joined to the span before if that is in the same manner."""
        last = self._items[-1] if self._items else None
        if isinstance(last, Span) and last.manner == manner and last.phonemes is None:
            self._items[-1] = Span(last.text + text, manner)
        elif text:
            self._items.append(Span(text, manner))

    def say_phonemes(self, phonemes: str, manner: Manner) -> None:
        """Phonemes, said as they are."""
        self._items.append(Span(f"/{phonemes}/", manner, phonemes))

    def pause(self, seconds: float) -> None:
        """A silence; `LONGEST_PAUSE` at most."""
        if seconds > LONGEST_PAUSE:
            self.note(f"a pause of {seconds:g} s was cut to {LONGEST_PAUSE:g} s")
        self._items.append(Pause(min(seconds, LONGEST_PAUSE)))

    def play(self, name: str, manner: Manner) -> None:
        """A sound by its name."""
        self._items.append(Play(name, manner))

    def note(self, what: str) -> None:
        """Something that couldn't be followed, told once."""
        self._notes[what] = None

    def marked(self) -> Marked:
        """All of it."""
        return Marked(tuple(self._items), tuple(self._notes))


def plain(text: str, notes: Sequence[str] = ()) -> Marked:
    """A text in which nothing is markup."""
    return Marked((Span(text),), tuple(notes))


def seconds(amount: str, unit: str) -> float:
    """Seconds of an amount in `ms` or `s`."""
    return float(amount) / (1_000 if unit == "ms" else 1)


def _within(bounds: tuple[float, float], value: float) -> float:
    low, high = bounds
    return min(high, max(low, value))
