"""Fits mms-mini's confidences on its evaluation set with noise, and tells how well they then mean what they say.

    python -m benchmarks.calibration [--set build/mini/eval] [--write]

Every second phrase is fitted, the others are judged. Two fits: for free reading (greedy and with hot words), and for
words out of a list. `--write` puts them into daemon/oyez/data/calibration.json.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.trial import MODEL, SET, Trial, all_words, entities, matches
from oyez.engines.mms.confidence import Calibration, fit
from oyez.engines.mms.decode import Decoder
from oyez.engines.mms.hints import UNTAUGHT, HotWords, WordList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.trial import Spoken
    from oyez.engines.mms.symbols import Symbols
    from oyez.model import Recognition

FILE = Path("daemon/oyez/data/calibration.json")
BINS = 5
WIDTH = 32


def main() -> None:
    """Fit, judge, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--set", type=Path, default=SET)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    trial = Trial.load(options.set)
    found = {}
    for kind in ("free", "listed"):
        words = [word for one in trial.spoken for word in _words(one, trial.symbols[one.language], kind)]
        number, told, right = (np.array(column) for column in zip(*words, strict=True))
        fitted = fit(told[number % 2 == 0], right[number % 2 == 0])
        found[kind] = (fitted.slope, fitted.shift)
        _report(kind, fitted, told[number % 2 == 1], right[number % 2 == 1])
    if options.write:
        table = json.loads(FILE.read_text(encoding="utf-8")) | {MODEL.name: found}
        FILE.write_text(json.dumps(table) + "\n", encoding="utf-8")


def _words(one: Spoken, symbols: Symbols, kind: str) -> Iterator[tuple[int, float, bool]]:
    """Of every word heard: the phrase's number, the model's own probability, and whether the word is right."""
    for reading in _readings(one, symbols, kind):
        wanted, got = one.text.split(), reading.text.split()
        right = {j for i, j in matches(wanted, got) if i is not None and j is not None and wanted[i] == got[j]}
        for j, word in enumerate(reading.words):
            yield one.number, word.confidence, j in right


def _readings(one: Spoken, symbols: Symbols, kind: str) -> Iterator[Recognition]:
    decoder = Decoder(symbols, one.language)
    hot = HotWords({symbols.spell(name): 1.0 for name in entities(one.language)})
    listed = WordList(symbols.spell(all_words(one.language)), UNTAUGHT)
    if kind == "free":
        yield decoder.greedy(one.logits)
        yield decoder.search(one.logits, [hot], width=WIDTH)
    else:
        yield decoder.search(one.logits, [listed], width=WIDTH)
        yield decoder.search(one.logits, [hot, listed], width=WIDTH)


def _report(kind: str, fitted: Calibration, told: np.ndarray, right: np.ndarray) -> None:
    """Reliability: how often words of each confidence are right, and the mean distance from that (ECE)."""
    meant = np.array([fitted(one) for one in told])
    print(
        f"\n{kind}: slope {fitted.slope}, shift {fitted.shift}; {len(told)} words, {right.mean():.0%} right;", end=" "
    )
    print(
        f"expected calibration error {_error(told, right):.3f} as the model says it, {_error(meant, right):.3f} fitted"
    )
    print("| confidence | words | mean confidence | right |\n|---|---|---|---|")
    for lowest in np.arange(BINS) / BINS:
        inside = (meant >= lowest) & (meant < lowest + 1 / BINS + 1e-9)
        if inside.any():
            row = f"{inside.sum()} | {meant[inside].mean():.2f} | {right[inside].mean():.2f}"
            print(f"| {lowest:.1f} to {lowest + 1 / BINS:.1f} | {row} |")


def _error(told: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    bin_of = np.minimum((told * bins).astype(int), bins - 1)
    weights = [(bin_of == one).mean() for one in range(bins)]
    return sum(
        weight * abs(told[bin_of == one].mean() - right[bin_of == one].mean())
        for one, weight in enumerate(weights)
        if weight
    )


if __name__ == "__main__":
    main()
