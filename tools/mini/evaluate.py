"""Word error rates of the checkpoint, on phrases that training never contained.

Three conditions for each language: voices heard in training, voices never heard, and those again
with pink noise at 15 dB. Each is heard twice: greedy by transformers, letter by letter, and by
Oyez itself, which has the model in int8 and prefers the words that the model was taught.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import torch
from transformers import Wav2Vec2ForCTC, Wav2Vec2Processor

from oyez.engines.mms.convert import convert
from oyez.engines.mms.recogniser import Recogniser
from tools.mini import checkpoint
from tools.mini.augment import add_noise
from tools.mini.checkpoint import LANGUAGES, SAMPLE_RATE

NOISE_DB = 15.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One phrase of the evaluation set."""

    file: str
    language: str
    group: str
    text: str
    voice: str
    audio: np.ndarray


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: rates in [0, 1]; ``exact`` is the share of phrases without an error."""

    language: str
    condition: str
    phrases: int
    words: int
    wer: float
    exact: float
    greedy_wer: float
    greedy_cer: float


def read_samples(folder: Path) -> list[Sample]:
    """Read the evaluation set that ``render --eval`` wrote; empty if there is none."""
    manifest = folder / "manifest.csv"
    if not manifest.exists():
        return []
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [Sample(audio=soundfile.read(folder / row["file"], dtype="float32")[0], **row) for row in rows]


@torch.inference_mode()
def transcribe(model: Wav2Vec2ForCTC, processor: Wav2Vec2Processor, audio: np.ndarray) -> str:
    """Return the greedy transcript."""
    inputs = processor(audio, sampling_rate=SAMPLE_RATE, return_tensors="pt")
    best = model(inputs.input_values).logits.argmax(-1)
    return processor.batch_decode(best)[0]


def conditions(samples: list[Sample]) -> dict[str, list[tuple[Sample, np.ndarray]]]:
    """Return the audio of each condition."""
    rng = np.random.default_rng(15)
    heard = [s for s in samples if s.group == "heard"]
    never = [s for s in samples if s.group == "never"]
    return {
        "heard voices": [(s, s.audio) for s in heard],
        "never-heard voices": [(s, s.audio) for s in never],
        f"never-heard at {NOISE_DB:.0f} dB": [(s, add_noise(s.audio, NOISE_DB, rng)) for s in never],
    }


def evaluate(folder: Path, samples: list[Sample], *, errors: bool = False) -> list[Row]:
    """Return one row per language and condition."""
    with tempfile.TemporaryDirectory() as scratch:
        convert(folder, Path(scratch) / "prepared")
        return _rows(folder, Recogniser(Path(scratch) / "prepared", threads=1), samples, errors=errors)


def _rows(folder: Path, oyez: Recogniser, samples: list[Sample], *, errors: bool) -> list[Row]:
    model, processor = checkpoint.load(folder)
    rows = []
    for language in LANGUAGES:
        checkpoint.select(model, processor, language)
        spoken = [s for s in samples if s.language == language]
        for condition, pairs in conditions(spoken).items():
            wanted = [sample.text for sample, _ in pairs]
            got = _heard(pairs, lambda audio: oyez.recognise(audio, language).text)  # noqa: B023 - used at once
            greedy = _heard(pairs, lambda audio: transcribe(model, processor, audio))
            if errors:
                for (sample, _), text in zip(pairs, got, strict=True):
                    if text != sample.text:
                        print(f"{sample.voice}: {sample.text!r} -> {text!r}")
            rows.append(
                Row(
                    language,
                    condition,
                    len(wanted),
                    sum(len(text.split()) for text in wanted),
                    round(jiwer.wer(wanted, got), 4),
                    round(float(np.mean([a == b for a, b in zip(wanted, got, strict=True)])), 4),
                    round(jiwer.wer(wanted, greedy), 4),
                    round(jiwer.cer(wanted, greedy), 4),
                )
            )
    return rows


def _heard(pairs: list[tuple[Sample, np.ndarray]], recognise: Callable[[np.ndarray], str]) -> list[str]:
    """Return what is heard in each; "-" for nothing, which the rates couldn't count."""
    return [recognise(audio.astype(np.float32)) or "-" for _, audio in pairs]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", type=Path, default=Path("daemon/oyez/data/mms-mini"))
    parser.add_argument("--cache", type=Path, default=Path("build/mini"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--errors", action="store_true", help="print every wrong transcript")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    samples = read_samples(options.cache / "eval")
    if not samples:
        parser.error("no evaluation set in the cache; run: python -m tools.mini.render --eval")
    rows = evaluate(options.model, samples, errors=options.errors)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    print("| language | condition | phrases | words | WER | exact | WER, greedy | CER, greedy |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.language} | {row.condition} | {row.phrases} | {row.words} "
            f"| {row.wer:.1%} | {row.exact:.0%} | {row.greedy_wer:.1%} | {row.greedy_cer:.1%} |"
        )


if __name__ == "__main__":
    main()
