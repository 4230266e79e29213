"""Noise suppression: whether recognition is better or worse with it, and what it costs.

    python -m benchmarks.noise [--set build/mini/eval] [--phrases 120] [--peer]

Phrases of mms-mini's evaluation set in pink noise, two seconds of which come before each: suppression learns it there.
mms-mini prefers the words that it knows, as it does in rooms. Prints a Markdown table for docs/vad.md.
"""

from __future__ import annotations

import argparse
import csv
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from benchmarks.asr_peers import whisper_base
from benchmarks.trial import MODEL, SET, all_words, matches, pink
from oyez.engines.mms.convert import convert
from oyez.engines.mms.decode import Decoder
from oyez.engines.mms.hints import UNLISTED, WordList
from oyez.engines.mms.recogniser import Recogniser
from oyez.engines.noise import WebrtcDenoiser
from oyez.listen.treatment import Treatment
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame, Samples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LANGUAGE = "eng"
LEVELS = (0, 1, 2, 3, 4)
RATIOS = (None, 20.0, 15.0, 10.0, 5.0, 0.0)  # dB of speech over noise; None: clean
LEAD = 2 * HEARD_RATE  # samples of noise before the phrase


def phrases(folder: Path, limit: int) -> list[tuple[str, Samples]]:
    """Texts and their sound, spread evenly over the set."""
    with (folder / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == LANGUAGE]
    chosen = rows[:: max(1, len(rows) // limit)][:limit]
    return [(row["text"], soundfile.read(folder / row["file"], dtype="float32")[0]) for row in chosen]


def in_noise(audio: Samples, decibels: float | None, random: np.random.Generator) -> Samples:
    """The phrase with noise before, in and after it."""
    quiet = np.concatenate((np.zeros(LEAD, np.float32), audio, np.zeros(FRAME_SAMPLES, np.float32)))
    if decibels is None:
        return quiet
    level = audio.std() * 10 ** (-decibels / 20)
    return np.asarray(quiet + level * pink(len(quiet), random), np.float32)


def treated(heard: Samples, level: int) -> Samples:
    """What the room hears of it, the noise before it left out."""
    treatment = Treatment(WebrtcDenoiser)
    treatment.suppress(level)
    whole = heard[: len(heard) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return np.concatenate([treatment.of(Frame(part, 0.0)).samples for part in whole])[LEAD:]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--set", type=Path, default=SET)
    parser.add_argument("--phrases", type=int, default=120)
    parser.add_argument("--peer", action="store_true", help="what Whisper base makes of it instead")
    options = parser.parse_args()
    spoken = phrases(options.set, options.phrases)
    read = whisper() if options.peer else mini()
    print(f"{len(spoken)} phrases, word error rate by level of suppression\n")
    print("| SNR dB | " + " | ".join(f"{level}" for level in LEVELS) + " |")
    print("|---" * (len(LEVELS) + 1) + "|")
    for decibels in RATIOS:
        rates = [f"{errors(spoken, decibels, level, read):.1%}" for level in LEVELS]
        print(f"| {'clean' if decibels is None else f'{decibels:.0f}'} | " + " | ".join(rates) + " |", flush=True)
    cost(spoken[0][1])


def mini() -> Callable[[Samples], str]:
    """mms-mini, as rooms have it."""
    with tempfile.TemporaryDirectory() as scratch:
        convert(MODEL, Path(scratch) / "prepared")
        recogniser = Recogniser(Path(scratch) / "prepared", threads=1)
        symbols = recogniser.reader(LANGUAGE).symbols
        recogniser.logits(np.zeros(HEARD_RATE, np.float32), LANGUAGE)  # reads the adapter, while it is there
    decoder, hints = Decoder(symbols, LANGUAGE), [WordList(symbols.spell(all_words(LANGUAGE)), UNLISTED)]
    return lambda samples: decoder.search(recogniser.logits(samples, LANGUAGE), hints, width=32).text


def whisper() -> Callable[[Samples], str]:
    """Whisper base (the extra `bench-asr`): a recogniser that has heard much noise."""
    hear = whisper_base(Path(), 1)
    return lambda samples: re.sub(r"[^a-z' ]", "", " ".join(hear(samples)).lower().replace("-", " "))


def errors(
    spoken: Sequence[tuple[str, Samples]], decibels: float | None, level: int, read: Callable[[Samples], str]
) -> float:
    """The word error rate."""
    random, wrong, said = np.random.default_rng(15), 0, 0
    for text, audio in spoken:
        words, told = text.split(), read(treated(in_noise(audio, decibels, random), level)).split()
        wrong += sum(i is None or j is None or words[i] != told[j] for i, j in matches(words, told))
        said += len(words)
    return wrong / said


def cost(audio: Samples) -> None:
    """What a second of sound takes."""
    minute = np.resize(audio, 60 * HEARD_RATE)
    frames = [Frame(part, 0.0) for part in minute.reshape(-1, FRAME_SAMPLES)]
    print("\nProcessor time of a second of sound, ms:", end="")
    for level in LEVELS:
        treatment = Treatment(WebrtcDenoiser)
        treatment.suppress(level)
        begun = time.process_time()
        for frame in frames:
            treatment.of(frame)
        print(f" {level}: {(time.process_time() - begun) / 60 * 1000:.2f}", end="")
    print()


if __name__ == "__main__":
    main()
