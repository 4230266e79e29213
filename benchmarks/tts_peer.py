"""Oyez against kokoro-onnx, the same model file, in turn: time to the first sound that can be heard, all CPU, memory.

Run: python -m benchmarks.tts_peer [--threads 1 2] [--repeats 5] [--busy 0] [--out docs/benchmarks.md]
Each system is a process of its own (so that memory is its own), and all are asked in turn, text by text. A text goes
in, samples come out; letters are read by espeak-ng in both. Audible is when the first sample above -50 dB of the
loudest would be heard if playback began when it came. `gaps` are the seconds that a playback would have had to wait.
With --busy N, N processes keep as many cores busy meanwhile. Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
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
from typing import TYPE_CHECKING

import numpy as np

from oyez.config.places import default_models_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Speak = Callable[[str], Iterable[NDArray[np.float32]]]

VOICE, RATE = "af_heart", 24_000
STORE = default_models_dir() / "kokoro-v1.0-int8"
SYSTEMS = ("oyez", "kokoro-onnx")
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


def oyez(threads: int) -> Speak:
    """Oyez's engine as its child process runs it."""
    from oyez.engines.kokoro import plan, voices  # noqa: PLC0415 - memory is measured: each process has its own system
    from oyez.engines.kokoro.espeak import EspeakG2p  # noqa: PLC0415
    from oyez.engines.kokoro.pace import Playback  # noqa: PLC0415
    from oyez.engines.kokoro.synthesiser import Synthesiser  # noqa: PLC0415
    from oyez.script import Line, Part  # noqa: PLC0415

    read, synthesiser = EspeakG2p(), Synthesiser(STORE, threads=threads)
    synthesiser.warm_up(voices.find(VOICE))

    def speak(text: str) -> Iterator[NDArray[np.float32]]:
        playback = Playback()
        for piece in plan.plan([Line((Part(text, "en-US"),), VOICE)], 1.0, read)[0]:
            assert isinstance(piece, plan.Piece)
            for part in synthesiser.say(piece, playback):
                playback.given(len(part.samples))
                yield part.samples

    return speak


def kokoro_onnx(threads: int) -> Speak:
    """kokoro-onnx as its README runs it, with a number of threads for its session where one is asked for."""
    import onnxruntime  # noqa: PLC0415
    from kokoro_onnx import Kokoro  # type: ignore[import-not-found]  # noqa: PLC0415

    styles = np.fromfile(STORE / "voices" / f"{VOICE}.bin", "<f4").reshape(510, 1, 256)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "voices.npz", **{VOICE: styles})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        graph = str(STORE / "kokoro-v1.0.int8.onnx")
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        model = Kokoro.from_session(session, str(Path(folder) / "voices.npz"))

    def speak(text: str) -> Iterator[NDArray[np.float32]]:
        yield model.create(text, voice=VOICE, lang="en-us")[0]

    return speak


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
    speak = {"oyez": oyez, "kokoro-onnx": kokoro_onnx}[system](threads)
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


def compare(threads: list[int], repeats: int) -> dict[tuple[int, str, int], dict[str, float]]:
    """Medians for each text, system and number of threads; memory is the largest up to that text."""
    figures: dict[tuple[int, str, int], list[dict[str, float]]] = defaultdict(list)
    systems: dict[tuple[str, int], subprocess.Popen[str]] = {}
    for system, count in product(SYSTEMS, threads):
        command = [sys.executable, "-m", "benchmarks.tts_peer", "--system", system, "--threads", str(count)]
        systems[system, count] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ask(systems[system, count], None)
    try:
        for number, text in enumerate(TEXTS):
            for _ in range(repeats):
                for (system, count), process in systems.items():
                    figures[number, system, count].append(ask(process, text))
    finally:
        for process in systems.values():
            process.kill()
            process.communicate()
    return {key: {name: statistics.median(one[name] for one in many) for name in many[0]}
            for key, many in figures.items()}  # fmt: skip


def markdown(figures: dict[tuple[int, str, int], dict[str, float]]) -> str:
    """The table."""
    rows = [
        "| speech | threads | system | audible after | CPU until then | all CPU | all wall | gaps | peak memory |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (_, system, threads), one in sorted(figures.items(), key=lambda item: (item[0][0], item[0][2], item[0][1])):
        told = [
            f"{one['speech']:.1f} s",
            str(threads),
            system,
            f"{one['audible']:.2f} s",
            f"{one['audible_cpu']:.2f} s",
        ]
        told += [f"{one['cpu']:.2f} s", f"{one['total']:.2f} s", f"{one['gaps']:.2f} s", f"{one['rss']:.0f} MB"]
        rows.append(f"| {' | '.join(told)} |")
    return "\n".join(rows)


def ratios(figures: dict[tuple[int, str, int], dict[str, float]]) -> str:
    """What Oyez takes of what its peer takes; times of speech differ, so CPU is for a second of it."""
    rows = [
        "| speech | threads | sooner audible | CPU for a second of speech | peak memory |",
        "|---|---|---|---|---|",
    ]
    for (number, system, threads), own in figures.items():
        if system == "oyez":
            peer = figures[number, "kokoro-onnx", threads]
            cpu = own["cpu"] / own["speech"] / (peer["cpu"] / peer["speech"])
            told = f"{peer['audible'] / own['audible']:.1f} x | {cpu:.2f} x | {own['rss'] / peer['rss']:.2f} x"
            rows.append(f"| {own['speech']:.1f} s | {threads} | {told} |")
    return "\n".join(rows)


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--busy", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--system", choices=SYSTEMS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.system:
        serve(args.system, args.threads[0])
        return
    burn = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(burn) for _ in range(args.busy)]
    try:
        figures = compare(args.threads, args.repeats)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    load = f"{os.cpu_count()} cores, {args.busy} of them kept busy, medians of {args.repeats}"
    told = f"{load}\n\n{markdown(figures)}\n\n{ratios(figures)}"
    print(told)
    if args.out:
        before, rest = args.out.read_text(encoding="utf-8").split(BEGIN)
        args.out.write_text(f"{before}{BEGIN}\n{told}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
