"""Oyez against kokoro-onnx, the same model file, in turn: time to the first sound that can be heard, all CPU, memory.

Run: python -m benchmarks.tts_peer [--threads 1 2] [--repeats 5] [--busy 0 1] [--out docs/benchmarks.md]
Each system is a process of its own (so that memory is its own), and all are asked in turn, text by text. Audible is
when the first sample above -50 dB of the loudest would be heard if playback began when it came. `gaps` are the seconds
that a playback would have had to wait. With --busy N, N processes keep as many cores busy meanwhile. Two references are
there while none is: the graph in a bare session of ONNX Runtime; and torch, where it is installed. With --out, tables
go between two marks of that file, and a plot beside it. Needs the extra `bench`, and `torch` for all rows.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from benchmarks import tts_systems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.tts_systems import Speak

Key: TypeAlias = tuple[int, int, str, int]  # cores kept busy, text, system, threads
Figures: TypeAlias = dict[Key, dict[str, float]]

RATE = 24_000
OWN, PEER = "oyez", "kokoro-onnx"
REFERENCES = ("onnx alone", "torch")
TEXTS = (
    "Dinner is ready.",
    "The washing machine has finished and the dryer has twenty minutes left.",
    (
        "Good morning, today will be mostly sunny with a high of twenty four degrees and a light wind from the west, "
        "the front door is locked, the garage is closed, the dishwasher finished at half past six and the first "
        "meeting of the day is at nine in the small room on the second floor."
    ),
)
BEGIN, END = "<!-- tts_peer: begin -->", "<!-- tts_peer: end -->"


def measure(speak: Speak, text: str) -> dict[str, float]:
    """One text spoken, in seconds and MB."""
    cpu, wall = time.process_time(), time.perf_counter()
    came, chunks = [], []
    for samples in speak(text):
        came.append((time.perf_counter() - wall, time.process_time() - cpu))
        chunks.append(samples)
    sound = np.abs(np.concatenate(chunks))
    silence = int(np.argmax(sound > sound.max() * 10 ** (-50 / 20))) / RATE
    return {
        "speech": len(sound) / RATE,
        "audible": came[0][0] + silence,
        "audible_cpu": came[0][1],
        "total": came[-1][0],
        "cpu": came[-1][1],
        "gaps": _gaps([at for at, _ in came], [len(chunk) / RATE for chunk in chunks]),
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _gaps(came: list[float], seconds: list[float]) -> float:
    """How long a playback that began with the first chunk would have had to wait for the others."""
    end, waited = came[0], 0.0
    for at, length in zip(came, seconds, strict=True):
        waited += max(0.0, at - end)
        end = max(end, at) + length
    return waited


def serve(system: str, threads: int) -> None:
    """A system in its process: a text a line in, figures a line out."""
    speak = tts_systems.SYSTEMS[system](threads)
    for text in chain(["Warm up, please."], map(str.rstrip, sys.stdin)):
        print(json.dumps(measure(speak, text)), flush=True)


def ask(process: subprocess.Popen[str], text: str | None) -> dict[str, float]:
    """Have a system speak."""
    assert process.stdin
    assert process.stdout
    if text:
        process.stdin.write(text + "\n")
        process.stdin.flush()
    figures: dict[str, float] = json.loads(process.stdout.readline())
    return figures


def compare(systems: Sequence[str], threads: Sequence[int], repeats: int, busy: int) -> Figures:
    """Medians for each text, system and number of threads; memory is the largest up to that text."""
    many: dict[Key, list[dict[str, float]]] = defaultdict(list)
    with contextlib.ExitStack() as stack:
        asked = {pair: stack.enter_context(started(*pair)) for pair in product(systems, threads)}
        for _ in range(busy):
            stack.enter_context(running([sys.executable, "-c", "while True: pass"]))
        for (number, text), turn in product(enumerate(TEXTS), range(repeats)):
            for (system, count), process in asked.items():
                if system not in REFERENCES or turn == 0:  # torch takes minutes, and no claim rests on it
                    many[busy, number, system, count].append(ask(process, text))
    return {
        key: {name: statistics.median(one[name] for one in figures) for name in figures[0]}
        for key, figures in many.items()
    }


@contextlib.contextmanager
def started(system: str, threads: int) -> Iterator[subprocess.Popen[str]]:
    """A system in a process of its own, warm."""
    command = [sys.executable, "-m", "benchmarks.tts_peer", "--system", system, "--threads", str(threads)]
    with running(command) as process:
        ask(process, None)
        yield process


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def references() -> Iterator[list[str]]:
    """Those that can be had here; torch with random weights, which are written for it."""
    if not all(importlib.util.find_spec(name) for name in ("torch", "transformers", "kokoro")):
        print("without torch: it isn't installed (extra `torch`)")
        yield [name for name in REFERENCES if name != "torch"]
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "kokoro"
        subprocess.run([sys.executable, "-m", "tools.kokoro_random", str(made)], check=True)
        os.environ[tts_systems.CHECKPOINT] = str(made)
        yield list(REFERENCES)


def markdown(figures: Figures, busy: int) -> str:
    """The table of one load."""
    rows = [
        "| speech | threads | system | audible after | CPU until then | all CPU | all wall | gaps | peak memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (load, _, system, threads), one in sorted(figures.items(), key=lambda item: (item[0][1], item[0][3])):
        if load == busy:
            seconds = (one[name] for name in ("audible", "audible_cpu", "cpu", "total", "gaps"))
            told = [f"{one['speech']:.1f} s", str(threads), system, *(f"{value:.2f} s" for value in seconds)]
            rows.append(f"| {' | '.join(told)} | {one['rss']:.0f} MB |")
    return "\n".join(rows)


def ratios(figures: Figures) -> str:
    """What Oyez takes of what its peer takes; times of speech differ, so CPU is for a second of it."""
    rows = [
        "| busy cores | speech | threads | sooner audible | CPU for a second of speech | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for (busy, number, system, threads), own in figures.items():
        if system == OWN:
            peer = figures[busy, number, PEER, threads]
            cpu = own["cpu"] / own["speech"] / (peer["cpu"] / peer["speech"])
            told = f"{peer['audible'] / own['audible']:.1f} x | {cpu:.2f} x | {own['rss'] / peer['rss']:.2f} x"
            rows.append(f"| {busy} | {own['speech']:.1f} s | {threads} | {told} |")
    return "\n".join(rows)


def page(figures: Figures, loads: Sequence[int], repeats: int) -> str:
    """All that is told."""
    parts = [f"{os.cpu_count()} cores; medians of {repeats}; references were asked once."]
    for busy in loads:
        parts += [f"{busy or 'No'} core{'s' * (busy > 1)} kept busy by others:", markdown(figures, busy)]
    return "\n\n".join([*parts, "Oyez to kokoro-onnx:", ratios(figures)])


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--system", choices=tts_systems.SYSTEMS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.system:
        serve(args.system, args.threads[0])
        return
    figures: Figures = {}
    with references() as others:
        for busy in args.busy:
            systems = (OWN, PEER) if busy else (OWN, PEER, *others)
            figures |= compare(systems, args.threads, args.repeats, busy)
    told = page(figures, args.busy, args.repeats)
    print(told)
    if args.out:
        from benchmarks.tts_plot import draw  # noqa: PLC0415 - matplotlib takes a while to load

        before, rest = args.out.read_text(encoding="utf-8").split(BEGIN)
        args.out.write_text(f"{before}{BEGIN}\n{told}\n{END}{rest.split(END)[1]}", encoding="utf-8")
        draw(figures, args.out.with_name("speaking.svg"))


if __name__ == "__main__":
    main()
