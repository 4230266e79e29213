"""The whole way of a full-size model, on random weights: write it, install it from its folder, hear with it, compare.

    python -m tools.full_size --folder build/full_size

The checkpoint is what facebook/mms-1b-all is: 965 million float32 parameters in Hugging Face's layout, adapters for two
languages. Every step is a process of its own; its time, processor time, peak memory and disk are printed. The last one
needs torch and transformers. Takes some minutes, 6 GB of disk and, for the last step, 6 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tools import mms_random

if TYPE_CHECKING:
    from oyez.engines.mms.recogniser import Recogniser

MODEL = "mms-1b-all"
SYMBOLS = {"eng": 149, "spa": 40}  # letters; English has as many in mms-1b-all
SECONDS = (4, 15)
SNR_DB = 10.0  # what the install itself asks for at least


def main() -> None:
    """Run all steps, or the one that a step's own process is for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=Path("build/full_size"))
    parser.add_argument("--step", choices=("write", "hear", "compare"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    steps = {"write": write, "hear": hear, "compare": compare}
    if options.step:
        steps[options.step](options.folder)
        return
    this = [sys.executable, "-m", "tools.full_size", "--folder", str(options.folder), "--step"]
    if not source(options.folder).exists():
        measured("write the checkpoint", [*this, "write"], options.folder)
    shutil.rmtree(options.folder / "models", ignore_errors=True)
    measured("install it", install(options.folder), options.folder)
    measured("install it again", install(options.folder), options.folder)
    measured("verify it", oyez("verify", options.folder), options.folder)
    measured("hear with it", [*this, "hear"], options.folder)
    measured("compare it with transformers", [*this, "compare"], options.folder)


def source(folder: Path) -> Path:
    """Where the checkpoint is."""
    return folder / "source" / MODEL


def install(folder: Path) -> list[str]:
    """The command that installs it."""
    languages = [part for code in SYMBOLS for part in ("--language", code)]
    return [*oyez("install", folder), "--from", str(source(folder)), *languages]


def oyez(verb: str, folder: Path) -> list[str]:
    """A command of `oyez models`."""
    return [sys.executable, "-m", "oyez", "models", verb, MODEL, "--models-dir", str(folder / "models")]


def measured(what: str, command: list[str], folder: Path) -> None:
    """Run a command; print what it said and what it took. Ends the program when it failed."""
    print(f"\n== {what}: {' '.join(command[1:])}", flush=True)
    free, start = shutil.disk_usage(folder.parent).free, time.perf_counter()
    with subprocess.Popen(command) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall, disk = time.perf_counter() - start, free - shutil.disk_usage(folder.parent).free
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
    print(f"-- {wall:.1f} s, {cpu:.1f} CPU s, peak {peak / 1e6:.0f} MB of memory, {disk / 1e9:+.2f} GB of disk")
    if child.returncode:
        sys.exit(f"failed with status {child.returncode}")


def write(folder: Path) -> None:
    """Write the checkpoint; it has its name when it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [*string.ascii_lowercase, *(chr(0x400 + i) for i in range(max(SYMBOLS.values())))]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        mms_random.write(Path(scratch) / MODEL, mms_random.FULL, {code: letters[:n] for code, n in SYMBOLS.items()})
        source(folder).parent.mkdir(exist_ok=True)
        (Path(scratch) / MODEL).rename(source(folder))


def hear(folder: Path) -> None:
    """Transcribe and switch the language, as the hearing process does; keep the logits for the comparison."""
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415 - its memory belongs to this step

    start = time.perf_counter()
    recogniser = Recogniser(folder / "models" / MODEL)
    print(f"load: {time.perf_counter() - start:.1f} s")
    found = {}
    for seconds in SECONDS:
        for language in SYMBOLS:
            start, cpu = time.perf_counter(), time.process_time()
            found[f"{language} {seconds}"] = recogniser.logits(noise(seconds), language)
            wall, cpu = time.perf_counter() - start, time.process_time() - cpu
            print(f"{seconds} s of audio in {language}: {wall:.2f} s, {cpu:.2f} CPU s", flush=True)
    same, other = switch(recogniser)
    print(f"0.1 s in the same language: {same * 1e3:.1f} CPU ms, in the other one: {other * 1e3:.1f} CPU ms")
    np.savez(folder / "heard.npz", **found)


def switch(recogniser: Recogniser, times: int = 15) -> tuple[float, float]:
    """Processor seconds that 0.1 s of audio takes at best, in the language of the last utterance and in another one."""
    samples, first, second = noise(1)[:1600], *SYMBOLS
    best = {}
    for order in ((first, first), (first, second)):
        for language in order * times:
            start = time.process_time()
            recogniser.logits(samples, language)
            best[order] = min(best.get(order, np.inf), time.process_time() - start)
    return best[first, first], best[first, second]


def compare(folder: Path) -> None:
    """Compare the logits with those of transformers in float32."""
    import torch  # noqa: PLC0415 - an extra
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC  # noqa: PLC0415

    extractor = Wav2Vec2FeatureExtractor.from_pretrained(source(folder))
    model = Wav2Vec2ForCTC.from_pretrained(source(folder), dtype=torch.float32).eval()
    proof = json.loads((folder / "models" / MODEL / "prepared.json").read_text(encoding="utf-8"))["proof"]
    print(f"the install's own check: {proof['snr_db']} dB, same symbol in {proof['same_symbol']:.1%} of frames")
    worst = np.inf
    with np.load(folder / "heard.npz") as heard, torch.inference_mode():
        for name, found in heard.items():
            language, seconds = name.split()
            model.load_adapter(language)
            values = extractor(noise(int(seconds)), sampling_rate=16_000, return_tensors="pt").input_values
            expected = model(values).logits[0].numpy()
            distance = 10 * np.log10(np.square(expected).mean() / np.square(found - expected).mean())
            same = (expected.argmax(axis=1) == found.argmax(axis=1)).mean()
            print(f"{language}, {seconds} s: {distance:.1f} dB, same symbol in {same:.1%} of frames", flush=True)
            worst = min(worst, distance)
    if not worst >= SNR_DB:
        sys.exit(f"the logits aren't those of transformers: {worst:.1f} dB, at least {SNR_DB} expected")


def noise(seconds: int) -> np.ndarray:
    """Audio for random weights."""
    return np.random.default_rng(seconds).standard_normal(seconds * 16_000).astype(np.float32) * 0.1


if __name__ == "__main__":
    main()
