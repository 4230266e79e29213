"""Recognition for a client: its audio in, a transcript out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart, TranscriptStop

from oyez import hot_words
from oyez.errors import InvalidInput
from oyez.hot_words import HotWord
from oyez.model import HEARD_RATE
from oyez.wyoming import wire
from oyez.wyoming.command import Ending
from oyez.wyoming.sound import Pcm, Recording, form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from wyoming.event import Event

    from oyez.guests.hearing import GuestAsr
    from oyez.model import Samples
    from oyez.wyoming.connection import Client, Take

MOST_S = 180.0  # of audio in one command: 11 MB
LEAST_S = 0.1  # there is no word that short
MOST_PHRASES = 1000
NAME_WEIGHT, TERM_WEIGHT = 2.0, 1.0  # names "take priority over terms"


class Hearing:
    """What all clients hear with.

    `ends` has what ends commands where the clients leave that to us, None where they tell. A transcript whose
    confidence is below `min_confidence` is empty. `tags` are the BCP-47 tags of the languages as the engine names them.
    """

    def __init__(
        self,
        asr: GuestAsr,
        *,
        min_confidence: float,
        tags: Mapping[str, str],
        ends: Callable[[str], Ending] | None,
    ) -> None:
        self._asr = asr
        self._min_confidence = min_confidence
        self._tags = tags
        self.ends = ends

    async def transcript(
        self, samples: Samples, language: str | None, expected: Iterable[HotWord]
    ) -> tuple[str, str | None]:
        """What is said, and the tag of its language. Raises as GuestAsr does."""
        if len(samples) < LEAST_S * HEARD_RATE:
            return "", language
        heard = await self._asr.hear(samples, language=language, hot_words=tuple(expected))
        return heard.text if heard.confidence >= self._min_confidence else "", self._tags[heard.language]


class Listening:
    """The commands of one client, one after another. Its own language and phrases hold for one command."""

    def __init__(self, hearing: Hearing, client: Client) -> None:
        self._hearing = hearing
        self._client = client
        self.takes: dict[str, Take] = {
            "transcribe": self._transcribe,
            "audio-start": self._start,
            "audio-chunk": self._chunk,
            "audio-stop": self._stop,
        }
        self._command = _Command(hearing, {})

    async def _transcribe(self, event: Event) -> None:
        self._command = _Command(self._hearing, event.data)

    async def _start(self, _: Event) -> None:
        if self._command.begun:
            self._command = _Command(self._hearing, {})

    async def _chunk(self, event: Event) -> None:
        try:
            samples = await self._command.hear(event)
        except InvalidInput:
            self._command.ended = True  # told once, not at each chunk
            raise
        if samples is not None:
            self._answer(samples)

    async def _stop(self, _: Event) -> None:
        if not self._command.ended:
            self._answer(self._command.finish())
        self._command = _Command(self._hearing, {})

    def _answer(self, samples: Samples) -> None:
        language, expected = self._command.language, self._command.expected
        self._command.ended = True

        async def work() -> None:
            text, spoken = await self._hearing.transcript(samples, language, expected)
            await self._client.send(TranscriptStart(language=spoken).event())
            if text:
                await self._client.send(TranscriptChunk(text).event())
            await self._client.send(Transcript(text, language=spoken).event())
            await self._client.send(TranscriptStop().event())

        self._client.begin(work)


class _Command:
    """One command while it is heard. Raises InvalidInput for a wish that isn't one."""

    def __init__(self, hearing: Hearing, wishes: dict[str, Any]) -> None:
        self.language = wire.string(wishes, "language")
        names, terms = wire.strings(wishes, "transcript_names"), wire.strings(wishes, "transcript_terms")
        self.expected = [*_phrases(names, NAME_WEIGHT), *_phrases(terms, TERM_WEIGHT)][:MOST_PHRASES]
        self.begun = self.ended = False
        self._sensitivity = wire.string(wishes, "vad_sensitivity") or "default"
        self._ends = hearing.ends
        self._ending: Ending | None = None
        self._sound: Pcm | None = None
        self._said = Recording(MOST_S)

    async def hear(self, event: Event) -> Samples | None:
        """Take a chunk; the command, where it has ended."""
        if self.ended:
            return None
        if self._ends and not self.begun:
            self._ending = await asyncio.to_thread(self._ends, self._sensitivity)
        self.begun = True
        if self._sound is None or self._sound.format != form(event.data):
            self._sound = Pcm(*form(event.data))
        samples = self._sound.feed(event.payload or b"")
        if self._ending:
            return await asyncio.to_thread(self._ending.feed, samples)
        self._said.add(samples)
        return None

    def finish(self) -> Samples:
        """The command, at the client's word."""
        if self._ending:
            return self._ending.finish()
        if self._sound:
            self._said.add(self._sound.finish())
        return self._said.samples


def _phrases(wanted: Iterable[str], weight: float) -> list[HotWord]:
    """Those that can be listened for: a client sends the names of all it has."""
    phrases = []
    for phrase in wanted:
        try:
            phrases.append(HotWord(hot_words.parse(phrase.replace("*", " ")).phrase, weight))
        except ValueError:
            continue
    return phrases
