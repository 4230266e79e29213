"""Recognition for guests, a piece of audio at a time, so that what is said in a room never waits for more than one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from oyez.audio.decode import decode
from oyez.engines.mms import languages
from oyez.hot_words import HotWord
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from oyez.guests.turns import Turns
    from oyez.listen.rewrite import Rewriting
    from oyez.model import Samples, Voiceprint, Word
    from oyez.ports import Asr

MOST_S = 600.0  # of audio in one request
VOICE_S = 120.0  # of audio to know a voice by
SHORTEST_S, LONGEST_S = 8.0, 16.0  # a piece is cut where it is quietest in between
LOUDNESS = np.ones(10, np.float32) / 10  # frames over which it is judged


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said in a recording of so many seconds, in pieces; times count from the start of the whole."""

    language: str
    seconds: float
    segments: tuple[Recognition, ...]

    @property
    def text(self) -> str:
        """All that was said."""
        return " ".join(segment.text for segment in self.segments)

    @property
    def words(self) -> tuple[Word, ...]:
        """All words."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def confidence(self) -> float:
        """The mean of the words'; 0 where there are none."""
        words = self.words
        return sum(word.confidence for word in words) / len(words) if words else 0.0


class GuestAsr:
    """The hearing engine as guests have it.

    `installed` are its languages, `default` tells the one where none is given, `expected` the house's hot words.
    """

    def __init__(
        self,
        asr: Asr,
        turns: Turns,
        *,
        installed: Sequence[str],
        default: Callable[[], str],
        expected: Callable[[], Sequence[HotWord]],
        rewrite: Rewriting,
    ) -> None:
        self._asr = asr
        self._turns = turns
        self._installed = installed
        self._default = default
        self._expected = expected
        self._rewrite = rewrite

    async def transcribe(
        self, audio: bytes, *, language: str | None = None, hot_words: Sequence[HotWord] = ()
    ) -> Heard:
        """Write down what is said in an audio file of up to ten minutes.

        Raises InvalidInput, ModelMissing for a language that isn't installed, Busy when too many others ask,
        EngineFailed.
        """
        codes = await asyncio.to_thread(languages.resolve_all, language or self._default(), self._installed)
        with self._turns.visit():
            return await self._hear(await decode(audio, most_s=MOST_S), codes, hot_words)

    async def voiceprint(self, audio: bytes) -> Voiceprint | None:
        """Whose voice it is in an audio file; None where there is none. Raises as `transcribe` does."""
        with self._turns.visit():
            samples = await decode(audio, most_s=VOICE_S)
            async with self._turns.turn:
                return await self._asr.voiceprint(samples)

    async def hear(self, samples: Samples, *, language: str | None = None, hot_words: Sequence[HotWord] = ()) -> Heard:
        """The same for samples."""
        codes = await asyncio.to_thread(languages.resolve_all, language or self._default(), self._installed)
        with self._turns.visit():
            return await self._hear(samples, codes, hot_words)

    async def _hear(self, samples: Samples, codes: Sequence[str], hot_words: Sequence[HotWord]) -> Heard:
        phrases = (*self._expected(), *hot_words)
        names = [one.phrase for one in phrases]
        segments = []
        for start, piece in await asyncio.to_thread(lambda: list(pieces(samples))):
            async with self._turns.turn:
                heard = await self._asr.transcribe(piece, ", ".join(codes), hot_words=phrases)
            if heard.text.strip():
                segments.append(_later(self._rewrite(heard, names), start))
        return Heard(segments[0].language if segments else codes[0], len(samples) / HEARD_RATE, tuple(segments))


def pieces(samples: Samples) -> Iterator[tuple[float, Samples]]:
    """The audio in pieces, cut where it is quietest, each with the second at which it starts."""
    start = 0
    while len(samples) - start > LONGEST_S * HEARD_RATE:
        earliest = start + round(SHORTEST_S * HEARD_RATE)
        span = samples[earliest : start + round(LONGEST_S * HEARD_RATE)]
        energy = np.square(span).reshape(-1, FRAME_SAMPLES).mean(axis=1)
        quietest = int(np.convolve(energy, LOUDNESS, mode="same")[5:-5].argmin()) + 5
        end = earliest + quietest * FRAME_SAMPLES
        yield start / HEARD_RATE, samples[start:end]
        start = end
    yield start / HEARD_RATE, samples[start:]


def _later(heard: Recognition, seconds: float) -> Recognition:
    words = tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in heard.words)
    return replace(heard, words=words)
