"""Render phrases into shards of training audio, or into the evaluation set.

A shard is one ``.npz``: ``audio`` (all phrases joined, int16, 16 kHz), ``ends`` (where each
stops), ``texts``, ``voices`` and ``language``; one of Kokoro's also says where each phoneme is:
``symbols`` (all phrases joined), ``symbol_counts`` and ``symbol_ends`` (samples in the clip). The
evaluation set is a folder of FLAC files with a ``manifest.csv``: every phrase is held out and
spoken alone.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import random
import time
from pathlib import Path

import numpy as np
import soundfile

from tools.mini import speech, voices
from tools.mini.checkpoint import LANGUAGES, SAMPLE_RATE
from tools.mini.phrases import phrases

CALLS = 40
"""Calls of Kokoro in one shard."""
ESPEAK_PHRASES = 400
ENGLISH_SHARE = 0.55
SPANISH_ACCENTS = ("es", "es-419")


def save_shard(
    path: Path, audio: list[np.ndarray], texts: list[str], names: list[str], language: str, **marks: np.ndarray
) -> float:
    """Write one shard and return its hours."""
    joined = np.concatenate(audio)
    temporary = path.with_suffix(".part.npz")
    np.savez(
        temporary,
        audio=(np.clip(joined, -1, 1) * 32767).astype(np.int16),
        ends=np.cumsum([len(x) for x in audio]),
        texts=np.array(texts),
        voices=np.array(names),
        language=np.array(language),
        **marks,
    )
    temporary.replace(path)
    return len(joined) / SAMPLE_RATE / 3600


def kokoro_shard(kokoro: speech.Kokoro, language: str, rng: random.Random, path: Path) -> float:
    """Render one shard with Kokoro: every call another speaker, three to five phrases."""
    source = phrases(language, "train", rng)
    spoken: list[speech.Spoken] = []
    texts: list[str] = []
    names: list[str] = []
    for _ in range(CALLS):
        who = voices.draw(language, list(kokoro.packs), rng)
        lines = list(itertools.islice(source, rng.randint(3, 5)))
        accent = speech.kokoro_voice(language, who)
        if language == "spa":
            accent = rng.choice(SPANISH_ACCENTS)
        parts = [speech.vary(p, rng) for p in speech.phonemes(lines, accent)]
        spoken += kokoro.speak(parts, who, rng.uniform(0.75, 1.3))
        texts += lines
        names += [who.name] * len(lines)
    return save_shard(
        path, [x.audio for x in spoken], texts, names, language,
        symbols=np.array("".join(x.symbols for x in spoken)),
        symbol_counts=np.array([len(x.symbols) for x in spoken]),
        symbol_ends=np.concatenate([x.ends for x in spoken]),
    )  # fmt: skip


def espeak_shard(language: str, rng: random.Random, path: Path) -> float:
    """Render one shard with espeak-ng."""
    lines = list(itertools.islice(phrases(language, "train", rng), ESPEAK_PHRASES))
    made = [speech.espeak(line, language, rng) for line in lines]
    return save_shard(path, [x for x, _ in made], lines, [name for _, name in made], language)


def render_training(options: argparse.Namespace) -> None:
    """Add shards to ``cache/train`` until the time is up or the count is reached."""
    folder = options.cache / "train"
    folder.mkdir(parents=True, exist_ok=True)
    kokoro = speech.Kokoro.load(options.kokoro) if options.engine == "kokoro" else None
    stop = time.monotonic() + 60 * options.minutes
    hours = 0.0
    for count in range(options.shards):
        seed = options.seed * 10_000 + count
        rng = random.Random(f"{options.engine}-{seed}")
        language = "eng" if rng.random() < ENGLISH_SHARE else "spa"
        path = folder / f"{options.engine}-{language}-{seed:07d}.npz"
        if path.exists():
            continue
        if kokoro:
            hours += kokoro_shard(kokoro, language, rng, path)
        else:
            hours += espeak_shard(language, rng, path)
        print(f"{path.name}: {hours:.2f} h so far", flush=True)
        if time.monotonic() > stop:
            break


def render_evaluation(options: argparse.Namespace) -> None:
    """Write ``cache/eval``: held-out phrases by heard and by never heard voices."""
    folder = options.cache / "eval"
    folder.mkdir(parents=True, exist_ok=True)
    kokoro = speech.Kokoro.load(options.kokoro)
    rows = []
    for language in LANGUAGES:
        rng = random.Random(f"eval-{language}")
        source = phrases(language, "heldout", rng)
        for group, names in (("heard", voices.HEARD), ("never", voices.HELD_OUT)):
            turns = itertools.islice(itertools.cycle(names[language]), options.count)
            for i, name in enumerate(turns):
                who, text = voices.speaker(name), next(source)
                accent = speech.kokoro_voice(language, who)
                part = speech.vary(speech.phonemes([text], accent)[0], rng)
                (spoken,) = kokoro.speak([part], who, rng.uniform(0.85, 1.15))
                file = f"{language}-{group}-{i:03d}.flac"
                soundfile.write(folder / file, spoken.audio, SAMPLE_RATE, subtype="PCM_16")
                rows.append((file, language, group, text, name))
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "language", "group", "text", "voice"))
        writer.writerows(rows)
    print(f"{len(rows)} files in {folder.name}")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cache", type=Path, default=Path("build/mini"))
    parser.add_argument("--kokoro", type=Path, default=Path("build/kokoro"))
    parser.add_argument("--engine", choices=("kokoro", "espeak"), default="kokoro")
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--shards", type=int, default=9_999)
    parser.add_argument("--seed", type=int, default=0, help="another one for each process")
    parser.add_argument("--eval", action="store_true", help="render the evaluation set instead")
    parser.add_argument("--count", type=int, default=96, help="phrases per language and group")
    options = parser.parse_args()
    if options.eval:
        render_evaluation(options)
    else:
        render_training(options)


if __name__ == "__main__":
    main()
