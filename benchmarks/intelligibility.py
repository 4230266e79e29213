"""Whether streamed speech is understood as well as whole utterances, by a recogniser that never heard of Kokoro.

Run: python -m benchmarks.intelligibility [--sentences 64] [--out docs/streaming.md]
Sentences of intelligibility.toml, in all English voices in turn, as the stream and by the whole graph as it is
published; Whisper base writes both down. Errors are counted by word; the interval is the bootstrap's, sentences drawn
anew, both manners of speech together (where the two never differ, the rule of three's: three words might). About ten
CPU seconds a sentence.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import jiwer
import numpy as np
import soxr
from tools.kokoro.collect import Sentence, feed

from benchmarks.asr_peers import whisper_base
from oyez.config.places import default_models_dir
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.espeak import EspeakG2p
from oyez.engines.kokoro.graphs import CutModel, WholeModel
from oyez.engines.kokoro.prepared import MODEL_FILE
from oyez.engines.kokoro.windows import Terms, plan
from oyez.evaluation.measure import normalise
from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.asr_peers import Hear

TEXTS = Path(__file__).with_suffix(".toml")
HEARD_RATE = 16_000
QUICK = Terms(pace=0.0025)
DRAWS, CERTAINTY, SEED = 10_000, 0.95, 0
BEGIN, END = "<!-- intelligibility: begin -->", "<!-- intelligibility: end -->"


class Errors(NamedTuple):
    """Of one sentence: its words, and those that were heard wrongly of the stream and of the whole utterance."""

    words: int
    streamed: int
    whole: int


def main() -> None:
    """Speak, hear, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))["sentences"][: args.sentences]
    table = "\n".join(_table(np.array(list(_errors(texts)))))
    print(table)
    if args.out:
        before, rest = args.out.read_text(encoding="utf-8").split(BEGIN)
        args.out.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _errors(texts: list[str]) -> Iterator[Errors]:
    folder = default_models_dir() / "kokoro-v1.0-int8"
    cut, published, read = CutModel(folder, 1), WholeModel(folder / MODEL_FILE, 1), EspeakG2p()
    hear = whisper_base(folder, 1)
    speakers = [voice for voice in voices.catalogue().values() if voice.language.primary == "en"]
    for number, text in enumerate(texts):
        voice = speakers[number % len(speakers)]
        given = feed(Sentence(read(text, voice.language), 1.0), voice, folder / "voices")
        sentence, whole = cut.sentence(given, voice), published.sentence(given)
        streamed = np.concatenate([sentence.window(*one) for one in plan(0, sentence.steps, QUICK).windows])
        said = normalise(text)
        heard = [_written(hear, samples) for samples in (streamed, whole.window(0, whole.steps))]
        wrong = [_wrong(said, one) for one in heard]
        yield Errors(len(said.split()), *wrong)
        told = "".join(f"\n    {one}" for one in heard) if any(wrong) else ""
        print(f"{voice.name}: {said}{told}", flush=True)


def _written(hear: Hear, samples: NDArray[np.float32]) -> str:
    parts = cast("list[str]", hear(soxr.resample(samples, SPEECH_RATE, HEARD_RATE)))
    return normalise(" ".join(parts))


def _wrong(said: str, heard: str) -> int:
    found = jiwer.process_words(said, heard)
    return found.substitutions + found.deletions + found.insertions


def _table(errors: NDArray[np.int64]) -> Iterator[str]:
    words, streamed, whole = errors.sum(0)
    low, high = _interval(errors)
    yield f"| {len(errors)} sentences, {words} words | wrong words | rate |"
    yield "|---|---|---|"
    yield f"| streamed | {streamed} | {streamed / words:.1%} |"
    yield f"| whole utterances | {whole} | {whole / words:.1%} |"
    yield f"| difference | {streamed - whole:+} | {(streamed - whole) / words:+.1%} (95 %: {low:+.1%} to {high:+.1%}) |"


def _interval(errors: NDArray[np.int64]) -> tuple[float, float]:
    """In which the difference of the rates is with 95 % certainty."""
    count, words = len(errors), int(errors[:, 0].sum())
    if (errors[:, 1] == errors[:, 2]).all():
        return -3 / words, 3 / words
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), size=DRAWS) @ errors
    more = (drawn[:, 1] - drawn[:, 2]) / drawn[:, 0]
    low, high = np.quantile(more, [(1 - CERTAINTY) / 2, (1 + CERTAINTY) / 2])
    return float(low), float(high)


if __name__ == "__main__":
    main()
