"""Training audio in memory, and batches of one language drawn from it."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tools.mini import phones
from tools.mini.checkpoint import LANGUAGES, SAMPLE_RATE, encode
from tools.mini.clip import Clip
from tools.mini.splice import Splicer

LONGEST = 10.0
"""Seconds; longer utterances are left out."""
ESPEAK_SHARE = 0.15
SPLICE_SHARE = 0.35
"""How often a phrase is put together from words of other recordings."""
JOIN_SHARE = 0.08
"""How often two phrases are spoken one after the other."""
POOL = 8
"""A batch is a window of a sorted draw this many times its size, so lengths are alike."""


def tracks(shard: dict[str, np.ndarray], sizes: list[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the classes and ends of the sounds in each clip of a shard, as far as it knows."""
    if "symbols" not in shard:
        return [(np.array([phones.UNKNOWN]), np.array([size])) for size in sizes]
    borders = np.cumsum(shard["symbol_counts"])[:-1]
    found = np.split(phones.classes(str(shard["symbols"])), borders)
    ends = np.split(shard["symbol_ends"], borders)
    return [
        (np.append(sounds, phones.SILENCE), np.append(np.minimum(end, size), size))
        for sounds, end, size in zip(found, ends, sizes, strict=True)
    ]


@dataclass(slots=True)
class Corpus:
    """All shards of a folder; ``refresh`` takes in those that have appeared since.

    A batch is of one of ``languages``: of one named twice, twice as often.
    """

    folder: Path
    clips: dict[tuple[str, str], list[Clip]] = field(default_factory=dict)
    splicer: Splicer = field(default_factory=Splicer)
    longest: float = LONGEST
    languages: tuple[str, ...] = LANGUAGES
    seen: set[str] = field(default_factory=set)

    def refresh(self) -> float:
        """Read new shards and return the hours in memory."""
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.seen or path.name.endswith(".part.npz"):
                continue
            self.seen.add(path.name)
            shard = dict(np.load(path))
            language, engine = str(shard["language"]), path.name.split("-")[0]
            pieces = np.split(shard["audio"], shard["ends"][:-1])
            bucket = self.clips.setdefault((language, engine), [])
            known = tracks(shard, [len(piece) for piece in pieces])
            for audio, text, (sounds, ends) in zip(pieces, shard["texts"].tolist(), known, strict=True):
                bucket.append(Clip(audio, tuple(encode(text, language)), text, language, sounds, ends))
            self._learn_words(shard, bucket[len(bucket) - len(pieces) :])
        return self.hours()

    def _learn_words(self, shard: dict[str, np.ndarray], clips: list[Clip]) -> None:
        if "symbols" not in shard:
            return
        symbols = iter(str(shard["symbols"]))
        for clip, count in zip(clips, shard["symbol_counts"], strict=True):
            self.splicer.learn(clip, "".join(itertools.islice(symbols, int(count))))

    def hours(self, language: str | None = None, engine: str | None = None) -> float:
        """Return the hours of audio, of all or of one language or engine."""
        return sum(
            len(clip.audio) / SAMPLE_RATE / 3600
            for (spoken, made), clips in self.clips.items()
            for clip in clips
            if language in (None, spoken) and engine in (None, made)
        )

    def draw(self, language: str, rng: random.Random) -> Clip:
        """Draw a phrase, or now and then two of them with a pause between."""
        clip = self._one(language, rng)
        if rng.random() >= JOIN_SHARE:
            return clip
        pause = np.zeros(int(rng.uniform(0.05, 0.4) * SAMPLE_RATE), np.int16)
        return clip.then(pause, self._one(language, rng))

    def _one(self, language: str, rng: random.Random) -> Clip:
        spliced = self.splicer.draw(language, rng) if rng.random() < SPLICE_SHARE else None
        return spliced or self._recorded(language, rng)

    def _recorded(self, language: str, rng: random.Random) -> Clip:
        kokoro = self.clips.get((language, "kokoro"), [])
        robots = self.clips.get((language, "espeak"), [])
        use = robots if not kokoro or (robots and rng.random() < ESPEAK_SHARE) else kokoro
        return rng.choice(use)

    def batch(self, seconds: float, rng: random.Random) -> tuple[str, list[Clip]]:
        """Draw a language and clips of similar length, about ``seconds`` in all."""
        language = rng.choice([name for name in self.languages if self.hours_known(name)])
        want = int(seconds * SAMPLE_RATE)
        drawn: list[Clip] = []
        total = 0
        while total < POOL * want:
            clip = self.draw(language, rng)
            if len(clip.audio) <= self.longest * SAMPLE_RATE:
                drawn.append(clip)
                total += len(clip.audio)
        drawn.sort(key=lambda clip: len(clip.audio))
        start = rng.randrange(len(drawn))
        chosen: list[Clip] = []
        longest = 0
        for clip in drawn[start:] + drawn[:start][::-1]:
            longest = max(longest, len(clip.audio))
            if chosen and (len(chosen) + 1) * longest > want * 1.1:
                break
            chosen.append(clip)
        return language, chosen

    def hours_known(self, language: str) -> bool:
        """Tell whether there is any audio of a language."""
        return any(spoken == language and clips for (spoken, _), clips in self.clips.items())
