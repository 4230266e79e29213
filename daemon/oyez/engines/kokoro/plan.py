"""What the model is to say for a script, run by run: voices found, letters read, long sentences cut. No inference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from oyez.engines.kokoro import languages, voices
from oyez.engines.kokoro.phonemes import from_ipa, in_alphabet, unread
from oyez.engines.kokoro.split import split
from oyez.engines.kokoro.words import Span, spans
from oyez.errors import InvalidInput
from oyez.model import SENTENCE_PAUSE
from oyez.script import Line, Pause, Sound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oyez.engines.kokoro.g2p import G2p
    from oyez.engines.kokoro.voices import Voice
    from oyez.script import Part

SLOWEST, FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What the model says in one run; `text` is the line's, None where it goes on with the one before.

    `rest` is seconds of silence before it; `words` are those of the text that it says, by their phonemes.
    """

    text: str | None
    phonemes: str
    voice: Voice
    speed: float
    volume: float
    rest: float = 0.0
    words: tuple[Span, ...] = ()


Step: TypeAlias = Piece | Pause | Sound


def plan(items: Iterable[Line | Pause | Sound], speed: float, g2p: G2p) -> tuple[list[Step], list[str]]:
    """The steps of a script, and notes on what has no sound. Raises InvalidInput if that's all of it."""
    steps: list[Step] = []
    notes: dict[str, None] = {}
    for item in items:
        if isinstance(item, Line):
            rest = SENTENCE_PAUSE if steps and isinstance(steps[-1], Piece) else 0.0
            steps += _pieces(item, [(part.text, _read(part, g2p, notes)) for part in item.parts], speed, rest)
        else:
            steps.append(item)
    if not any(isinstance(step, Piece | Sound) for step in steps):
        raise InvalidInput("; ".join(["nothing in this text can be said", *notes]))
    return steps, list(notes)


def _pieces(line: Line, read: list[tuple[str, str]], speed: float, rest: float) -> list[Piece]:
    """The pieces of a line whose parts are read so: (text, phonemes)."""
    phonemes, words = "", []
    for text, heard in read:
        if heard:
            phonemes = f"{phonemes} {heard}" if phonemes else heard
            words += [word.moved(len(phonemes) - len(heard)) for word in spans(text, heard)]
    voice, within = voices.find(line.voice), min(FASTEST, max(SLOWEST, speed * line.speed))
    pieces: list[Piece] = []
    at = 0
    for part in split(phonemes):
        at = phonemes.index(part, at)
        told, silence = (None, 0.0) if pieces else (line.text, rest)
        here = tuple(word.moved(-at) for word in words if at <= word.start < at + len(part))
        pieces.append(Piece(told, part, voice, within, line.volume, silence, here))
        at += len(part)
    return pieces


def _read(part: Part, g2p: G2p, notes: dict[str, None]) -> str:
    """The phonemes of a part: as its language is read, or those it brings along, in the alphabet's signs."""
    language = languages.catalogue()[part.language]
    if part.phonemes is None:
        heard = g2p(part.text, language)
        phonemes, lost = in_alphabet(heard), unread(heard)
        notes.update({f"left out, can't be read in {language.name}: {' '.join(lost)}": None} if lost else {})
    else:
        phonemes, lost = from_ipa(part.phonemes)
        notes.update({f"left out, not among Kokoro's phonemes: {' '.join(lost)}": None} if lost else {})
    if not phonemes:
        notes[f"left out, has no sound in {language.name}: {part.text}"] = None
    return phonemes
