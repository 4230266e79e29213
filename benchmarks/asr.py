"""What recognition costs at full size, beside its peers: processor seconds, wall time, memory, for 4 and 15 s of audio.

    python -m benchmarks.asr --folder build/full_size [--threads 2] [--runs 3] [--only Oyez,...] [--out PAGE]

Runs on the random checkpoint of tools.full_size, which is written when it isn't there; faster-whisper has its own, real
weights. The peers need the extras `torch` and `bench-asr`, 6 GB of memory, and 16 GB of memory and 5 GB of disk once,
for their export. Every engine is a process of its own; each peer hears in turn with Oyez, since the speed of a machine
changes by the minute, and is compared with what Oyez took just then. Medians. The machine's limit is in asr_limit.py.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
from tools import full_size

from benchmarks import asr_limit
from benchmarks.asr_peers import ENGINES, PLAIN_INT8, export

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.asr_peers import Hear

OWN = "Oyez"
SECONDS = (4, 15)
SPEECH = Path("tests/data/mini")
BEGIN, END = "<!-- asr: begin -->", "<!-- asr: end -->"


def main() -> None:
    """Run all engines in turn and print the table, or be the process of one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=Path("build/full_size"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default=",".join(name for name in ENGINES if name != OWN), help="peers, with commas")
    parser.add_argument("--out", type=Path, help="a page that has a place for the table")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--export", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export:
        export(options.folder)
    elif options.engine:
        _serve(options.engine, options)
    else:
        _prepare(options)
        results = _compared(options)
        text = f"{_table(results)}\n\n{_notes(results[OWN])}"
        print(text)
        if options.out:
            _put(text, options.out)


def _prepare(options: argparse.Namespace) -> None:
    """Have the checkpoint, what Oyez makes of it, and what the peers need."""
    folder, chosen = options.folder, options.only.split(",")
    if not full_size.source(folder).exists():
        full_size.write(folder)
    full_size.measured("install it", full_size.install(folder), folder)  # quick where it is in this version's format
    if any(name.startswith("ORT") for name in chosen) and not (folder / PLAIN_INT8).exists():
        subprocess.run([*_this(options), "--export"], check=True)


def _this(options: argparse.Namespace) -> list[str]:
    numbers = ["--threads", str(options.threads), "--runs", str(options.runs)]
    return [sys.executable, "-m", "benchmarks.asr", "--folder", str(options.folder), *numbers]


class Engine:
    """A process that recognises when it is told to."""

    def __init__(self, name: str, options: argparse.Namespace) -> None:
        command = [*_this(options), "--engine", name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.load: list[float] = self._said()

    def hear(self, seconds: int) -> list[float]:
        """Wall and processor seconds that so much audio takes."""
        return self._told(str(seconds))

    def switch(self) -> list[float]:
        """Of Oyez: see full_size.switch."""
        return self._told("switch")

    def peak(self) -> float:
        """Its peak of memory so far, in MB."""
        return self._told("peak")[0]

    def end(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _told(self, what: str) -> list[float]:
        assert self._process.stdin
        print(what, file=self._process.stdin, flush=True)
        return self._said()

    def _said(self) -> list[float]:
        assert self._process.stdout
        found: list[float] = json.loads(self._process.stdout.readline())
        return found


def _compared(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """What each engine took, peers first: times, memory, and how they compare with Oyez."""
    own, results = Engine(OWN, options), {}
    took: dict[int, list[list[float]]] = {seconds: [] for seconds in SECONDS}
    for name in options.only.split(","):
        peer = Engine(name, options)
        found: dict[str, Any] = {}
        for seconds in SECONDS:
            pairs = [(peer.hear(seconds), own.hear(seconds)) for _ in range(options.runs + 1)][
                1:
            ]  # the first is warm-up
            took[seconds] += [mine for _, mine in pairs]
            theirs = np.median([its for its, _ in pairs], axis=0)
            found[str(seconds)] = [*map(float, theirs), float(np.median([its[1] / mine[1] for its, mine in pairs]))]
        results[name] = found | {"peak": peer.peak()}
        peer.end()
        print(name, results[name], flush=True)
    figures = {str(seconds): [*map(float, np.median(took[seconds], axis=0)), 1.0] for seconds in SECONDS}
    results[OWN] = figures | {"peak": own.peak(), "load": own.load, "switch": own.switch()}
    own.end()
    return results


def _serve(name: str, options: argparse.Namespace) -> None:
    """Be the process of an engine: a line in tells how many seconds to hear, a line out how long that took."""
    start, cpu = time.perf_counter(), time.process_time()
    hear = ENGINES[name](options.folder, options.threads)
    print(json.dumps([time.perf_counter() - start, time.process_time() - cpu]), flush=True)
    for line in sys.stdin:
        told = line.strip()
        answer: Sequence[float]
        if told == "peak":
            answer = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6]
        else:
            answer = _switch(options) if told == "switch" else _timed(hear, _speech(int(told)))
        print(json.dumps(answer), flush=True)


def _speech(seconds: int) -> np.ndarray:
    """Recorded phrases, one after another."""
    files = itertools.cycle(sorted(SPEECH.glob("eng_*.flac")))
    found = np.zeros(0, np.float32)
    while len(found) < seconds * 16_000:
        found = np.concatenate([found, soundfile.read(next(files), dtype="float32")[0]])
    return found[: seconds * 16_000]


def _timed(hear: Hear, samples: np.ndarray) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    hear(samples)
    return time.perf_counter() - wall, time.process_time() - cpu


def _switch(options: argparse.Namespace) -> tuple[float, float]:
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415

    return full_size.switch(Recogniser(options.folder / "models" / full_size.MODEL, threads=options.threads))


def _table(results: dict[str, dict[str, Any]]) -> str:
    lines = [
        "| engine | 4 s: CPU s | wall s | beside Oyez | 15 s: CPU s | wall s | beside Oyez | peak memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in results.items():
        figures = []
        for seconds in map(str, SECONDS):
            wall, cpu, beside = found[seconds]
            figures += [f"{cpu:.2f}", f"{wall:.2f}", f"{beside:.2f} x"]
        lines.append(f"| {name} | {' | '.join(figures)} | {found['peak'] / 1000:.2f} GB |")
    return "\n".join(lines)


def _notes(own: dict[str, Any]) -> str:
    """The machine's limit, and what else is told of Oyez."""
    same, other = (seconds * 1e3 for seconds in own["switch"])
    lines = [
        asr_limit.described({s: own[str(s)][1] for s in SECONDS}),
        f"Oyez loads in {own['load'][0]:.1f} s ({own['load'][1]:.1f} CPU s).",
        f"0.1 s of audio in the language of the last takes {same:.0f} CPU ms, in another {other:.0f}.",
    ]
    return "\n".join(lines)


def _put(text: str, page: Path) -> None:
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
