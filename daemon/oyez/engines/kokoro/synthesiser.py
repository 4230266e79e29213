"""The model's work: phonemes to 24 kHz audio. Where the model is cut and the voice has statistics, window by window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.kokoro import sound
from oyez.engines.kokoro.models import opened
from oyez.engines.kokoro.phonemes import tokens
from oyez.engines.kokoro.windows import LONGEST, STEP
from oyez.engines.kokoro.words import spoken
from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oyez.engines.kokoro.graphs import Sentence
    from oyez.engines.kokoro.models import Device
    from oyez.engines.kokoro.pace import Playback
    from oyez.engines.kokoro.plan import Piece
    from oyez.engines.kokoro.sessions import Feed
    from oyez.engines.kokoro.voices import Voice
    from oyez.engines.kokoro.windows import Plan
    from oyez.model import Samples, SpokenWord

WARM_UP = "wˈɔɹm ˈʌp, wˈɔɹm ˈʌp."  # noqa: RUF001 - phonemes


@dataclass(frozen=True, slots=True)
class Spoken:
    """Some of a piece's sound. The first has the piece's words, whose times count from its first sample."""

    samples: Samples
    words: tuple[SpokenWord, ...] = ()


class Synthesiser:
    """Kokoro out of a folder: that of the model store, or one as the model hub has it; `device` is for the latter.

    `whole_because` tells why it speaks whole sentences with every voice; None: it doesn't.
    """

    def __init__(self, folder: Path, *, threads: int = 2, device: Device = "auto") -> None:
        self._model = opened(folder, threads, device)
        self._styles = lru_cache(maxsize=8)(self._model.styles)

    @property
    def whole_because(self) -> str | None:
        """See above."""
        return self._model.whole_because

    def warm_up(self, voice: Voice) -> None:
        """A short run: the first is much slower than the others. Two windows of another tell the pace."""
        sentence = self._sentence(WARM_UP, voice, 1.0)
        for _ in range(3):
            sentence.window(0, min(sentence.steps, LONGEST) // 2)

    def say(self, piece: Piece, playback: Playback) -> Iterator[Spoken]:
        """The sound of a piece, as loud as every voice, in parts: each when it can be played on without a gap."""
        sentence = self._sentence(piece.phonemes, piece.voice, piece.speed)
        earliest, begin, end = sound.kept(piece.phonemes, sentence.frames, piece.speed)
        plan = sentence.plan(begin, min(end, sentence.steps), playback.ahead)
        windows = _windows(sentence, plan, end)
        first = next(windows)
        if earliest < begin and not sound.lead_silence(first):
            first, begin = np.concatenate((sentence.window(earliest, begin), first)), earliest
        skipped = sound.lead_silence(first)
        words = spoken(piece.words, sentence.frames, (begin * STEP + skipped) / SPEECH_RATE)
        head = np.concatenate((first[skipped:], *islice(windows, plan.head - 1)))
        for samples in chain((head,), windows):
            yield Spoken(samples * np.float32(piece.voice.gain), words)
            words = ()

    def _sentence(self, phonemes: str, voice: Voice, speed: float) -> Sentence:
        return self._model.sentence(self._feed(phonemes, voice, speed), voice)

    def _feed(self, phonemes: str, voice: Voice, speed: float) -> Feed:
        return {
            "tokens": np.array([tokens(phonemes)], dtype=np.int64),
            "style": self._styles(voice)[len(phonemes) - 1 : len(phonemes)],
            "speed": np.array([speed], dtype=np.float32),
        }


def _windows(sentence: Sentence, plan: Plan, end: int) -> Iterator[Samples]:
    """The sound of the windows of a plan, then silence up to the step `end`."""
    for number, window in enumerate(plan.windows, 1):
        samples = sentence.window(*window)
        missing = end - window[1] if number == len(plan.windows) else 0
        yield np.pad(samples, (0, missing * STEP)) if missing else samples
