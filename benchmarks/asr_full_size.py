"""What recognition at full size costs: convert a random checkpoint of mms-1b-all's shape, then run it at 2, 5 and 15 s.

    python -m benchmarks.asr_full_size [--folder build/asr_full_size] [--threads 2] [--runs 3]

Needs about 4 GB of disk, 3 GB of memory and some minutes. Each step runs in a process of its own, so that its memory is
its own. CPU seconds are given beside wall time, as other work on the machine distorts only the latter; RTF is CPU
seconds / threads / seconds of audio.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import shutil
import string
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS = 149  # with the five special symbols, as many as English has in mms-1b-all
SECONDS = (2, 5, 15, 45)
MB = 1e6


def main() -> None:
    """Run all steps and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=Path("build/asr_full_size"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    source, target = options.folder / "source", options.folder / "prepared"
    if not source.exists():
        print("checkpoint:", _apart(_make, source))
    shutil.rmtree(target, ignore_errors=True)
    print("conversion:", _apart(_convert, source, target))
    print("files:", {path.name: f"{path.stat().st_size / MB:.1f} MB" for path in sorted(target.rglob("*.*"))})
    _apart(_recognise, target, options.threads, options.runs)


def _apart(step: Callable[..., Any], *arguments: Any) -> str:
    """Run a step in a fresh process; its wall time, CPU time and peak memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (step, *arguments))


def _measured(step: Callable[..., Any], *arguments: Any) -> str:
    start, cpu = time.perf_counter(), time.process_time()
    step(*arguments)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return f"{wall:.1f} s, {cpu:.1f} CPU s, peak {_peak():.0f} MB"


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB


def _make(folder: Path) -> None:
    from tools import mms_random  # noqa: PLC0415 - its memory belongs to this step

    letters = [*string.ascii_lowercase, *(chr(0x400 + i) for i in range(LETTERS - len(string.ascii_lowercase)))]
    mms_random.write(folder, mms_random.FULL, {"eng": letters, "spa": letters[:40]}, dtype="float16")


def _convert(source: Path, target: Path) -> None:
    from oyez.engines.mms.convert import convert  # noqa: PLC0415

    convert(source, target)


def _recognise(folder: Path, threads: int, runs: int) -> None:
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415

    process = psutil.Process()
    start = time.perf_counter()
    recogniser = Recogniser(folder, threads=threads)
    print(f"load: {time.perf_counter() - start:.1f} s, {process.memory_info().rss / MB:.0f} MB", flush=True)
    for seconds in SECONDS:
        samples = np.random.default_rng(seconds).standard_normal(seconds * 16_000, np.float32) * 0.1
        recogniser.recognise(samples, "eng")
        figures = [_timed(lambda s=samples: recogniser.recognise(s, "eng")) for _ in range(runs)]
        wall, cpu = np.median(figures, axis=0)
        print(
            f"{seconds:2d} s: wall {wall:.2f} s, CPU {cpu:.2f} s, RTF {cpu / threads / seconds:.3f}, "
            f"after {process.memory_info().rss / MB:.0f} MB, peak {_peak():.0f} MB",
            flush=True,
        )
    for language in ("spa", "eng"):
        print(f"2 s in {language}: {_timed(lambda c=language: recogniser.recognise(samples[:32_000], c))[0]:.2f} s")


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
