"""Training audio in memory, and batches of one language drawn from it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tools.mini.checkpoint import LANGUAGES, SAMPLE_RATE, encode

LONGEST = 10.0
"""Seconds; longer utterances are left out."""
ESPEAK_SHARE = 0.06
JOIN_SHARE = 0.08
"""How often two phrases are spoken one after the other."""
POOL = 8
"""A batch is a window of a sorted draw this many times its size, so lengths are alike."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One phrase: its samples (int16, 16 kHz) and labels."""

    audio: np.ndarray
    labels: tuple[int, ...]
    text: str


@dataclass(slots=True)
class Corpus:
    """All shards of a folder; ``refresh`` takes in those that have appeared since."""

    folder: Path
    clips: dict[tuple[str, str], list[Clip]] = field(default_factory=dict)
    longest: float = LONGEST
    seen: set[str] = field(default_factory=set)

    def refresh(self) -> float:
        """Read new shards and return the hours in memory."""
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.seen or path.name.endswith(".part.npz"):
                continue
            self.seen.add(path.name)
            shard = np.load(path)
            language, engine = str(shard["language"]), path.name.split("-")[0]
            audio, last = shard["audio"], 0
            bucket = self.clips.setdefault((language, engine), [])
            for end, text in zip(shard["ends"].tolist(), shard["texts"].tolist(), strict=True):
                labels = tuple(encode(text, language))
                bucket.append(Clip(audio[last:end], labels, text))
                last = end
        return self.hours()

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
        other = self._one(language, rng)
        pause = np.zeros(int(rng.uniform(0.05, 0.4) * SAMPLE_RATE), np.int16)
        audio = np.concatenate([clip.audio, pause, other.audio])
        space = tuple(encode(" ", language))
        return Clip(audio, clip.labels + space + other.labels, f"{clip.text} {other.text}")

    def _one(self, language: str, rng: random.Random) -> Clip:
        kokoro = self.clips.get((language, "kokoro"), [])
        robots = self.clips.get((language, "espeak"), [])
        use = robots if not kokoro or (robots and rng.random() < ESPEAK_SHARE) else kokoro
        return rng.choice(use)

    def batch(self, seconds: float, rng: random.Random) -> tuple[str, list[Clip]]:
        """Draw a language and clips of similar length, about ``seconds`` in all."""
        language = rng.choice([name for name in LANGUAGES if self.hours_known(name)])
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
