"""Pure: a text made ready to be spoken: lines in voices and languages, pauses, sounds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a Line in one language (BCP-47 tag); `phonemes` (IPA) are said in place of reading the text."""

    text: str
    language: str
    phonemes: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, or as much of it as one voice says in one manner; `speed`, `volume` are factors on what is asked."""

    parts: tuple[Part, ...]
    voice: str
    speed: float = 1.0
    volume: float = 1.0

    @property
    def text(self) -> str:
        """All that is said in it."""
        return " ".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence between lines."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Sound:
    """An audio file that is played between lines."""

    path: str
    volume: float = 1.0


@dataclass(frozen=True, slots=True)
class Script:
    """A text made ready to be spoken: what is said and played, in order, and notes on what was left out, in words."""

    items: tuple[Line | Pause | Sound, ...]
    notes: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The texts of its lines."""
        return tuple(item.text for item in self.items if isinstance(item, Line))
