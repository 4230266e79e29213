"""Sounds before and after announcements: tones of our own, and files of the house's folder for sounds."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE, SpeechChunk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from oyez.model import Samples

NONE = "none"
QUESTION = "question"  # tells that an answer is waited for
LONGEST = 10 * SPEECH_RATE  # samples of a file: a chime is no concert

# Notes: frequency in Hz, start in seconds. Bars of metal: each note with the partials of a struck tube, dying away.
TUNES: dict[str, tuple[tuple[float, float], ...]] = {
    "ding": ((880.0, 0.0),),
    "ding_dong": ((784.0, 0.0), (622.3, 0.45)),
    "three": ((523.3, 0.0), (659.3, 0.3), (784.0, 0.6)),
    "alarm": tuple((frequency, 0.2 * number) for number, frequency in enumerate((988.0, 740.0) * 3)),
    QUESTION: ((659.3, 0.0), (880.0, 0.12)),
}
_PARTIALS = ((1.0, 1.0), (2.76, 0.35), (5.4, 0.12))  # of a bar: frequency and strength against the lowest
_PEAK = 0.4
_DECAY = 0.22  # seconds in which a note falls to a third
_RING = 0.9  # seconds that the last note sounds
_ATTACK = 0.004


class Chimes:
    """Finds sounds by name. `load` reads a file of the house's as speech samples, raising InvalidInput; it may block.

    A file of the house's goes before a tone of the same name. `fetch` brings one here before it is loaded.
    """

    def __init__(
        self,
        load: Callable[[str], Samples] | None = None,
        fetch: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._load = load
        self._fetch = fetch

    async def chunk(self, name: str) -> SpeechChunk:
        """The sound of a name; without one, nothing, and a note says why."""
        if self._fetch:
            await self._fetch(name)
        try:
            return SpeechChunk(await asyncio.to_thread(self._find, name))
        except InvalidInput as error:
            return SpeechChunk(np.empty(0, np.float32), notes=(error.message,))

    def _find(self, name: str) -> Samples:
        try:
            return (self._load or _no_file)(name)[:LONGEST]
        except InvalidInput as error:
            if name in TUNES:
                return tune(name)
            raise InvalidInput(f"{error.message}; built in: {', '.join(TUNES)}") from error


def _no_file(name: str) -> Samples:
    raise InvalidInput(f"there is no chime {name[:64]!r}")


@cache
def tune(name: str) -> Samples:
    """A tune of ours, by its name in `TUNES`: 24 kHz, peaks at 0.4, silent at both ends."""
    notes = TUNES[name]
    samples = np.zeros(round((notes[-1][1] + _RING) * SPEECH_RATE), np.float32)
    for frequency, start in notes:
        at = round(start * SPEECH_RATE)
        samples[at:] += _note(frequency, len(samples) - at)
    fade = round(0.05 * SPEECH_RATE)
    samples[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    samples *= _PEAK / np.abs(samples).max()
    samples.setflags(write=False)
    return samples


def _note(frequency: float, length: int) -> Samples:
    seconds = np.arange(length) / SPEECH_RATE
    partials = [
        strength * np.sin(2 * np.pi * frequency * ratio * seconds) * np.exp(-seconds * ratio / _DECAY)
        for ratio, strength in _PARTIALS
    ]
    note: Samples = (np.sum(partials, axis=0) * np.minimum(1.0, seconds / _ATTACK)).astype(np.float32)
    return note
