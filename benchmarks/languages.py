"""Which of the household's languages was spoken: how often the choice is right, how sure it says it is, what it costs.

    python -m benchmarks.languages [--set build/mini/eval]

Every phrase of mms-mini's evaluation set is recognised in both of its languages, clean and in noise, as a room with
`language: [eng, spa]` does it.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from benchmarks.trial import MODEL, NOISE, SET, noisy
from oyez.engines.mms.convert import convert
from oyez.engines.mms.recogniser import Recogniser

if TYPE_CHECKING:
    from oyez.model import Recognition

BANDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
WANTED = 0.97


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--set", type=Path, default=SET)
    parser.add_argument("--model", type=Path, default=MODEL)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        convert(options.model, Path(scratch) / "prepared")
        recogniser = Recogniser(Path(scratch) / "prepared", threads=1)
        heard, ratio = _recognised(recogniser, options.set)
    print("| condition | spoken | phrases | right | |")
    print("|---|---|---|---|---|")
    for (condition, language), found in heard.items():
        right = np.mean([one.language == language for one in found])
        print(f"| {condition} | {language} | {len(found)} | {right:.1%} | {'' if right >= WANTED else 'below 97 %'} |")
    every = [(one, language) for (_, language), found in heard.items() for one in found]
    print(f"\nAll together: {np.mean([one.language == language for one, language in every]):.1%} of {len(every)}.")
    print(f"CPU seconds for two languages, against one: {ratio:.2f} times.\n")
    _print_reliability(every)


def _recognised(recogniser: Recogniser, folder: Path) -> tuple[dict[tuple[str, str], list[Recognition]], float]:
    """What is heard by condition and language spoken, and the cost of the choice as a ratio of CPU seconds."""
    random = np.random.default_rng(15)
    both = ", ".join(recogniser.languages)
    heard: dict[tuple[str, str], list[Recognition]] = defaultdict(list)
    spent = [0.0, 0.0]
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        audio = soundfile.read(folder / row["file"], dtype="float32")[0]
        for condition, decibels in NOISE.items():
            samples = audio if decibels is None else noisy(audio, decibels, random)
            begun = time.process_time()
            heard[condition, row["language"]].append(recogniser.recognise(samples, both))
            between = time.process_time()
            recogniser.recognise(samples, row["language"])
            spent = [spent[0] + between - begun, spent[1] + time.process_time() - between]
    return heard, spent[0] / spent[1]


def _print_reliability(every: list[tuple[Recognition, str]]) -> None:
    print("| `language_confidence` | phrases | mean | right |")
    print("|---|---|---|---|")
    sure = np.array([one.language_confidence for one, _ in every])
    right = np.array([one.language == language for one, language in every])
    for low, high in itertools.pairwise(BANDS):
        band = (sure >= low) & ((sure < high) | (high == BANDS[-1]))
        if band.any():
            print(f"| {low} to {high} | {band.sum()} | {sure[band].mean():.3f} | {right[band].mean():.3f} |")


if __name__ == "__main__":
    main()
