"""When what was said: the sentences of a speech with their times, as SRT, WebVTT, or data. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from oyez.model import SpeechChunk, SpokenWord

LINE = 42  # characters: what broadcasters take for readable,
LINES = 2  # and how many lines at once


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of text that was said; times are seconds from the start of the sound. `words` may be empty."""

    text: str
    start: float
    end: float
    phonemes: str | None = None
    words: tuple[SpokenWord, ...] = ()


class Minutes:
    """Takes down what is said in a speech, chunk by chunk."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.samples = 0

    @property
    def seconds(self) -> float:
        """Length of all so far."""
        return self.samples / SPEECH_RATE

    def add(self, chunk: SpeechChunk) -> None:
        """Go on. Without the words' times, a text lasts from its first sample to the last that isn't silence."""
        start = self.seconds
        self.samples += len(chunk.samples)
        words = chunk.words
        if chunk.text is not None:
            start, end = (words[0].start, words[-1].end) if words else (start, self.seconds)
            self.said.append(Said(chunk.text, start, end, chunk.phonemes, words))
        elif self.said:
            self._go_on(self.said.pop(), chunk, words)

    def _go_on(self, last: Said, chunk: SpeechChunk, words: tuple[SpokenWord, ...]) -> None:
        """A chunk without a text of its own belongs to the one before, or is a pause."""
        if words:
            phonemes = " ".join(filter(None, (last.phonemes, chunk.phonemes))) or None
            last = replace(last, end=words[-1].end, phonemes=phonemes, words=(*last.words, *words))
        elif not last.words and chunk.samples.any():
            last = replace(last, end=self.seconds)
        self.said.append(last)


def srt(said: Sequence[Said]) -> str:
    """Subtitles as SubRip has them."""
    cues = (
        f"{number}\n{_time(cue.start, ',')} --> {_time(cue.end, ',')}\n{_lines(cue.text)}\n"
        for number, cue in enumerate(_cues(said), 1)
    )
    return "\n".join(cues)


def vtt(said: Sequence[Said]) -> str:
    """Subtitles as WebVTT has them."""
    cues = (f"{_time(cue.start, '.')} --> {_time(cue.end, '.')}\n{_lines(_escaped(cue.text))}\n" for cue in _cues(said))
    return "\n".join(["WEBVTT\n", *cues])


def data(said: Sequence[Said]) -> list[dict[str, Any]]:
    """The sentences for machines, times in milliseconds' precision."""
    return [_rounded(asdict(one)) for one in said]


FORMATS: dict[str, Callable[[Sequence[Said]], str]] = {".srt": srt, ".vtt": vtt}


def _cues(said: Sequence[Said]) -> Iterator[Said]:
    """What stands on the screen at once: a sentence, or as much of it as fits where its words' times are known."""
    for one in said:
        if len(one.text) <= LINE * LINES or not one.words:
            yield one
        else:
            yield from _parts(one)


def _parts(one: Said) -> Iterator[Said]:
    written = one.text.split()
    if len(written) != len(one.words):
        written = [word.text for word in one.words]
    first, text = 0, written[0]
    for at, word in enumerate(written[1:], 1):
        if len(wrap(f"{text} {word}", LINE)) > LINES:
            yield Said(text, one.words[first].start, one.words[at - 1].end)
            first, text = at, word
        else:
            text = f"{text} {word}"
    yield Said(text, one.words[first].start, one.words[-1].end)


def _lines(text: str) -> str:
    return "\n".join(wrap(text.replace("-->", "->"), LINE))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"


def _rounded(told: dict[str, Any]) -> dict[str, Any]:
    times = {name: round(told[name], 3) for name in ("start", "end")}
    words = {"words": [_rounded(word) for word in told["words"]]} if "words" in told else {}
    return told | times | words
