"""Choose the recordings that the tests use, and write transformers' own logits for them.

The files test the program, not the model: they are short held-out phrases by never-heard voices,
those of each voice that the checkpoint transcribes best. ``manifest.csv`` has what was said
(``text``) and what transformers made of it (``heard``).
"""

from __future__ import annotations

import argparse
import csv
from operator import itemgetter
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import torch

from tools.mini import checkpoint
from tools.mini.checkpoint import LANGUAGES, SAMPLE_RATE
from tools.mini.evaluate import Sample, read_samples, transcribe

PER_LANGUAGE = 6
LOGITS_PER_LANGUAGE = 2
LONGEST = 2.7
"""Seconds."""


def choose(folder: Path, samples: list[Sample], target: Path) -> None:
    """Copy recordings into ``target``, voices taken in turn, with a manifest."""
    model, processor = checkpoint.load(folder)
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.flac"):
        old.unlink()
    rows = []
    for language in LANGUAGES:
        checkpoint.select(model, processor, language)
        spoken: dict[str, list[tuple[float, str, Sample]]] = {}
        for sample in samples:
            if (sample.language, sample.group) != (language, "never"):
                continue
            if len(sample.audio) > LONGEST * SAMPLE_RATE:
                continue
            heard = transcribe(model, processor, sample.audio)
            error = jiwer.cer(sample.text, heard or "-")
            spoken.setdefault(sample.voice, []).append((error, heard, sample))
        best = [sorted(clips, key=itemgetter(0)) for clips in spoken.values()]
        ranked = [clips[i] for i in range(PER_LANGUAGE) for clips in best if i < len(clips)]
        turns = list({sample.text: (error, heard, sample) for error, heard, sample in ranked[::-1]}.values())[
            ::-1
        ]  # each text once
        for number, (_, heard, sample) in enumerate(turns[:PER_LANGUAGE], 1):
            file = f"{language}_{number}.flac"
            soundfile.write(target / file, sample.audio, SAMPLE_RATE, subtype="PCM_16")
            rows.append((file, language, sample.text, sample.voice, heard))
    with (target / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("file", "language", "text", "voice", "heard"))
        writer.writerows(rows)


@torch.inference_mode()
def logits(folder: Path, target: Path) -> dict[str, np.ndarray]:
    """Return float32 logits [frames, symbols] of some of the recordings, by file stem."""
    model, processor = checkpoint.load(folder)
    with (target / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {}
    for language in LANGUAGES:
        checkpoint.select(model, processor, language)
        chosen = [row["file"] for row in rows if row["language"] == language]
        for file in chosen[:LOGITS_PER_LANGUAGE]:
            audio, _ = soundfile.read(target / file, dtype="float32")
            inputs = processor(audio, sampling_rate=SAMPLE_RATE, return_tensors="pt")
            found[Path(file).stem] = model(inputs.input_values).logits[0].numpy()
    return found


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", type=Path, default=Path("daemon/oyez/data/mms-mini"))
    parser.add_argument("--cache", type=Path, default=Path("build/mini"))
    parser.add_argument("--target", type=Path, default=Path("tests/data/mini"))
    parser.add_argument("--choose", action="store_true", help="pick the recordings anew as well")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.choose:
        choose(options.model, read_samples(options.cache / "eval"), options.target)
    found = logits(options.model, options.target)
    np.savez_compressed(options.target / "reference.npz", **found)
    for stem, values in found.items():
        print(stem, values.shape)


if __name__ == "__main__":
    main()
