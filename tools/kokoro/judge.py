"""How near the stream comes to the whole utterance, voice by voice, on sentences that nothing was learnt from.

Run: python -m tools.kokoro.judge [--voice af_heart ...] [--texts 3] [--out docs/streaming.md]
PESQ (ITU-T P.862.2, wide band; 4.64 is the most) of the stream, cut into windows as a quick machine does, against the
whole utterance by the same graph in float32 with the statistics measured. `--int8` judges the model as it is published
(int8 activations) against the same reference, for scale. About a minute a voice on one thread of a busy machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr
from pesq import pesq

from oyez.engines.kokoro import voices
from oyez.engines.kokoro.graphs import CutModel, WholeModel
from oyez.engines.kokoro.prepared import MODEL_FILE
from oyez.engines.kokoro.windows import Terms, plan
from oyez.model import SPEECH_RATE
from tools.kokoro.collect import MODEL, Measurer, feed, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

JUDGED_RATE = 16_000
SILENCE = 0.5  # seconds
QUICK = Terms(pace=0.0025)
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


class Judge:
    """Speaks in both ways and compares."""

    def __init__(self, store: Path, *, int8: bool) -> None:
        self._voices = store / "voices"
        self._measurer, self._cut = Measurer(store), CutModel(store, 1)
        self._whole = WholeModel(store / MODEL_FILE, 1) if int8 else None

    def scores(self, name: str, texts: int) -> Iterator[tuple[float, float | None]]:
        """For each sentence the score of the stream, and that of the published model where it is judged."""
        voice = voices.find(name)
        for said in sentences(voice, "judge")[:texts]:
            given = feed(said, voice, self._voices)
            sentence = self._cut.sentence(given, voice)
            stream = np.concatenate([sentence.window(*one) for one in plan(0, sentence.steps, QUICK).windows])
            source = sentence.source.window(0, sentence.steps)
            whole, _ = self._measurer.speak({key: sentence.given[key] for key in ("features", "style")} | source)
            published = self._whole and self._whole.sentence(given)
            yield score(whole, stream), published and score(whole, published.window(0, published.steps))


def score(reference: NDArray[np.float32], heard: NDArray[np.float32]) -> float:
    """PESQ-WB of 24 kHz speech, with silence around it as P.862.3 asks: without, it may align the two wrongly."""
    around = [np.pad(one, int(SILENCE * SPEECH_RATE)) for one in (reference, heard)]
    return float(pesq(JUDGED_RATE, *(soxr.resample(one, SPEECH_RATE, JUDGED_RATE) for one in around), "wb"))


def main() -> None:
    """Judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", action="append")
    parser.add_argument("--texts", type=int, default=3)
    parser.add_argument("--int8", action="store_true")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    judge = Judge(args.model, int8=args.int8)
    rows, every = [], []
    for name in args.voice or voices.catalogue():
        streamed, published = zip(*judge.scores(name, args.texts), strict=True)
        every += streamed
        rows.append(f"| {name} | {np.mean(streamed):.2f} | {min(streamed):.2f} |" + _scale(published))
        print(rows[-1], flush=True)
    head = "| voice | mean | lowest |" + (" published int8, mean | lowest |" if args.int8 else "")
    rule = "|---|---|---|" + ("---|---|" if args.int8 else "")
    total = f"| all {len(rows)} | {np.mean(every):.2f} | {min(every):.2f} |" + ("||" if args.int8 else "")
    print(total)
    if args.out:
        _write(args.out, "\n".join([head, rule, total, *rows]))


def _scale(published: tuple[float | None, ...]) -> str:
    known = [one for one in published if one is not None]
    return f" {np.mean(known):.2f} | {min(known):.2f} |" if known else ""


def _write(path: Path, table: str) -> None:
    """Put the table between its marks."""
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
