"""mms-mini's evaluation set as decoding sees it: logits of every phrase, clean and noisy; how readings are judged.

The set is rendered by `make eval-mini` into build/mini/eval: a manifest.csv and FLAC files.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from tools.mini import grammar_en, grammar_es
from tools.mini.phrases import words

from oyez.engines.mms.convert import convert
from oyez.engines.mms.recogniser import Recogniser
from oyez.engines.mms.source import word_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from oyez.engines.mms.symbols import Symbols

MODEL = Path("daemon/oyez/data/mms-mini")
SET = Path("build/mini/eval")
NOISE = {"clean": None, "15 dB": 15.0, "5 dB": 5.0}  # pink, signal to noise
LISTS = {"eng": grammar_en.LISTS, "spa": grammar_es.LISTS}
ENTITIES = ("room", "switch", "cover", "appliance", "person")  # what Home Assistant has names for


@dataclass(frozen=True, slots=True)
class Spoken:
    """One phrase: what was said, its logits, in which condition; `number` counts phrases."""

    number: int
    language: str
    condition: str
    text: str
    logits: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Trial:
    """All phrases, and the symbols of each language."""

    spoken: list[Spoken]
    symbols: dict[str, Symbols]

    @classmethod
    def load(cls, folder: Path = SET, model: Path = MODEL) -> Trial:
        """Recognise the set up to the logits."""
        with tempfile.TemporaryDirectory() as scratch:
            convert(model, Path(scratch) / "prepared")
            recogniser = Recogniser(Path(scratch) / "prepared", threads=1)
            spoken = list(_spoken(recogniser, folder))
            readers = {language: recogniser.reader(language) for language in recogniser.languages}
        return cls(spoken, {language: reader.symbols for language, reader in readers.items()})

    def of(self, language: str, condition: str) -> list[Spoken]:
        """The phrases of a language in a condition."""
        return [one for one in self.spoken if (one.language, one.condition) == (language, condition)]


def entities(language: str) -> list[str]:
    """The names of rooms, devices and people in the grammar."""
    return sorted({name for kind in ENTITIES for name in LISTS[language][kind]})


def all_words(language: str, model: Path = MODEL) -> str:
    """All words of the grammar: the list that the model brings, where it does."""
    brought = word_list(model, language)
    return brought.read_text(encoding="utf-8") if brought else " ".join(words(language))


def matches(said: Sequence[str], heard: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """The cheapest alignment: pairs of positions, None where a word is missing on that side."""
    cost = np.zeros((len(said) + 1, len(heard) + 1), int)
    cost[:, 0], cost[0] = np.arange(len(said) + 1), np.arange(len(heard) + 1)
    for i, word in enumerate(said, 1):
        for j, other in enumerate(heard, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (word != other))
    i, j = len(said), len(heard)
    pairs: list[tuple[int | None, int | None]] = []
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]


def marked(text: Sequence[str], names: Sequence[str]) -> list[bool]:
    """Which words belong to one of the names."""
    found = [False] * len(text)
    for name in (name.split() for name in names):
        for start in range(len(text) - len(name) + 1):
            if list(text[start : start + len(name)]) == name:
                found[start : start + len(name)] = [True] * len(name)
    return found


def _spoken(recogniser: Recogniser, folder: Path) -> Iterator[Spoken]:
    random = np.random.default_rng(15)
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows):
        audio = soundfile.read(folder / row["file"], dtype="float32")[0]
        for condition, decibels in NOISE.items():
            heard = audio if decibels is None else noisy(audio, decibels, random)
            logits = recogniser.logits(heard, row["language"])
            yield Spoken(number, row["language"], condition, row["text"], logits, len(audio) / 16_000)


def noisy(audio: np.ndarray, decibels: float, random: np.random.Generator) -> np.ndarray:
    """The audio in pink noise that is so many decibels fainter."""
    return np.asarray(audio + audio.std() * 10 ** (-decibels / 20) * pink(len(audio), random), np.float32)


def pink(length: int, random: np.random.Generator) -> np.ndarray:
    """Pink noise with a standard deviation of 1."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, length)
    return np.asarray(noise / noise.std())
