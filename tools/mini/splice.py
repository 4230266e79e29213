"""Phrases put together from words that were cut out of many recordings.

A small model learns recordings by heart. A phrase whose words come from as many speakers and
sentences has never been heard before and never will be again.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tools.mini.checkpoint import SAMPLE_RATE, encode
from tools.mini.clip import Clip
from tools.mini.phrases import phrases

FADE = 96
"""Samples over which a cut word rises and falls: 6 ms."""
LEVEL = 0.08
"""Root mean square that every cut word is brought to, of full scale."""
LEAD, TRAIL = 1_120, 640
"""Samples by which Kokoro sounds ahead of its own durations: 70 ms where a word starts, 40 where it
ends. Cut without them, words lose their first consonant."""
SHORTEST = 0.05
"""Seconds; what is shorter was cut wrongly."""
PAUSE_SHARE = 0.25


def words(clip: Clip, symbols: str) -> Iterator[Clip]:
    """Yield the words of a recording, each as a clip of its own.

    ``symbols`` are its phonemes as Kokoro was given them, one end in ``clip.ends`` for each. A
    recording whose phonemes run words together ("in the") yields none.
    """
    texts = clip.text.split()
    if len(symbols.split()) != len(texts):
        return
    size = len(clip.audio)
    spaces = [-1, *(i for i, symbol in enumerate(symbols) if symbol == " "), len(symbols)]
    for text, (before, after) in zip(texts, pairwise(spaces), strict=True):
        begin = max(0, (int(clip.ends[before]) if before >= 0 else 0) - LEAD)
        end = min(size, int(clip.ends[after - 1]) - TRAIL)
        if end - begin >= SHORTEST * SAMPLE_RATE:
            inside = slice(before + 1, after)
            yield Clip(
                _levelled(clip.audio[begin:end]),
                tuple(encode(text, clip.language)),
                text,
                clip.language,
                clip.sounds[inside],
                np.minimum(clip.ends[inside], end) - begin,
            )


def _levelled(audio: np.ndarray) -> np.ndarray:
    sound = audio.astype(np.float32) / 32768
    sound *= LEVEL / (np.sqrt(np.mean(sound**2)) + 1e-4)
    edge = min(FADE, len(sound) // 2)
    ramp = np.linspace(0, 1, edge, dtype=np.float32)
    sound[:edge] *= ramp
    sound[len(sound) - edge :] *= ramp[::-1]
    return (np.clip(sound, -1, 1) * 32767).astype(np.int16)


@dataclass(slots=True)
class Splicer:
    """The words known so far, and phrases made of them."""

    known: dict[tuple[str, str], list[Clip]] = field(default_factory=lambda: defaultdict(list))
    sources: dict[str, Iterator[str]] = field(default_factory=dict)

    def learn(self, clip: Clip, symbols: str) -> None:
        """Take in the words of a recording."""
        for word in words(clip, symbols):
            self.known[clip.language, word.text].append(word)

    def draw(self, language: str, rng: random.Random) -> Clip | None:
        """Return a phrase of the training split, or None where a word of it is not known yet."""
        source = self.sources.setdefault(language, phrases(language, "train", rng))
        pools = [self.known.get((language, word)) for word in next(source).split()]
        if not all(pools):
            return None
        spoken, *rest = (rng.choice(pool) for pool in pools if pool)
        for word in rest:
            pause = rng.uniform(0.0, 0.15) if rng.random() < PAUSE_SHARE else 0.0
            spoken = spoken.then(np.zeros(int(pause * SAMPLE_RATE), np.int16), word)
        return spoken
