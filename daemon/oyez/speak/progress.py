"""How far an announcement has come, and where it goes on when it was cut: at a sentence, or a word. Pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from oyez.model import SpeechChunk

UNHEARD = 0.3  # seconds that a device holds when it is silenced: they were played, and nobody heard them
LONGEST_REPEAT = 6.0  # seconds of a sentence that are said again to be understood; more, and it goes on at a word


class Progress:
    """Of one performance, which begins at `start` seconds of it.

    It is told all chunks from the very first one, and in `heard` how many seconds of all were heard.
    """

    def __init__(self, start: float = 0.0) -> None:
        self.heard = start
        self.complete = False  # all was made
        self._start = start
        self._samples = 0
        self._sentences = [0.0]  # when they begin
        self._words = [0.0]

    @property
    def over(self) -> bool:
        """Whether all of it was heard."""
        return self.complete and round(self.heard * SPEECH_RATE) >= self._samples

    def made(self, chunk: SpeechChunk) -> None:
        """The next chunk was made."""
        if chunk.text is not None:
            self._sentences.append(self._samples / SPEECH_RATE)
        self._words += [word.start for word in chunk.words]
        self._samples += len(chunk.samples)

    def resume_at(self) -> float:
        """Where to go on, in seconds: where the sentence began in which it was cut, or, of a long one, the word."""
        heard = max(0.0, self.heard - UNHEARD)
        sentence = _last_before(self._sentences, heard)
        place = sentence if heard - sentence <= LONGEST_REPEAT else max(sentence, _last_before(self._words, heard))
        return max(self._start, place)


def _last_before(times: list[float], moment: float) -> float:
    return times[bisect_right(times, moment) - 1]
