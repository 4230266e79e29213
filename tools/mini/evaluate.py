"""Word error rates of the checkpoint, with transformers, greedy, no language model.

Three conditions for each language, all on phrases that training never contained: voices heard
in training, voices never heard, and those again with pink noise at 15 dB.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import torch
from transformers import Wav2Vec2ForCTC, Wav2Vec2Processor

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
    """One line of the table."""

    language: str
    condition: str
    phrases: int
    words: int
    wer: float
    cer: float
    exact: float


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
    model, processor = checkpoint.load(folder)
    rows = []
    for language in LANGUAGES:
        checkpoint.select(model, processor, language)
        spoken = [s for s in samples if s.language == language]
        for condition, pairs in conditions(spoken).items():
            wanted = [sample.text for sample, _ in pairs]
            got = [transcribe(model, processor, audio.astype(np.float32)) for _, audio in pairs]
            if errors:
                for (sample, _), text in zip(pairs, got, strict=True):
                    if text != sample.text:
                        print(f"{sample.voice}: {sample.text!r} -> {text!r}")
            got = [text or "-" for text in got]
            rows.append(
                Row(
                    language,
                    condition,
                    len(wanted),
                    sum(len(text.split()) for text in wanted),
                    round(jiwer.wer(wanted, got), 4),
                    round(jiwer.cer(wanted, got), 4),
                    round(float(np.mean([a == b for a, b in zip(wanted, got, strict=True)])), 4),
                )
            )
    return rows


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
    print("| language | condition | phrases | words | WER | CER | exact |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.language} | {row.condition} | {row.phrases} | {row.words} "
            f"| {row.wer:.1%} | {row.cer:.1%} | {row.exact:.0%} |"
        )


if __name__ == "__main__":
    main()
