"""What recognition costs at full size, beside its peers: processor seconds, wall time, memory, for 4 and 15 s of audio.

    python -m benchmarks.asr --folder build/full_size [--threads 2] [--runs 3] [--only Oyez,...] [--out PAGE]

Runs on the random checkpoint of tools.full_size, which is written when it isn't there; faster-whisper has its own, real
weights. The peers need the extras `torch` and `bench-asr`, 6 GB of memory, and 16 GB of memory and 5 GB of disk once,
for their export. Every engine is a process of its own. Processor seconds count, as other work on the machine distorts
wall time; medians. The machine's own limit is in asr_limit.py.
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
    from benchmarks.asr_peers import Hear

SECONDS = (4, 15)
SPEECH = Path("tests/data/mini")
BEGIN, END = "<!-- asr: begin -->", "<!-- asr: end -->"


def main() -> None:
    """Run all engines in turn and print the table, or be the process of one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=Path("build/full_size"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default=",".join(ENGINES), help="engines, with commas")
    parser.add_argument("--out", type=Path, help="a page that has a place for the table")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--export", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export:
        export(options.folder)
    elif options.engine:
        _measure(options.engine, options)
    else:
        _prepare(options)
        results = {name: _apart(name, options) for name in options.only.split(",")}
        text = f"{_table(results)}\n\n{_notes(results.get('Oyez'))}"
        print(text)
        if options.out:
            _put(text, options.out)


def _prepare(options: argparse.Namespace) -> None:
    """Have the checkpoint, what Oyez makes of it, and what the peers need."""
    folder, chosen = options.folder, options.only.split(",")
    if not full_size.source(folder).exists():
        full_size.write(folder)
    if "Oyez" in chosen:
        full_size.measured(
            "install it", full_size.install(folder), folder
        )  # quick where it is in this version's format
    if any(name.startswith("ORT") for name in chosen) and not (folder / PLAIN_INT8).exists():
        subprocess.run([*_this(options), "--export"], check=True)


def _this(options: argparse.Namespace) -> list[str]:
    numbers = ["--threads", str(options.threads), "--runs", str(options.runs)]
    return [sys.executable, "-m", "benchmarks.asr", "--folder", str(options.folder), *numbers]


def _apart(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What one engine's process measured."""
    said = subprocess.run([*_this(options), "--engine", name], stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    print(name, found, flush=True)
    return found


def _measure(name: str, options: argparse.Namespace) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    hear = ENGINES[name](options.folder, options.threads)
    found: dict[str, Any] = {"load": [time.perf_counter() - start, time.process_time() - cpu]}
    for seconds in SECONDS:
        samples = _speech(seconds)
        hear(samples)
        figures = [_timed(hear, samples) for _ in range(options.runs)]
        found[str(seconds)] = [float(x) for x in np.median(figures, axis=0)]
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    if name == "Oyez":
        found["switch"] = _switch(options.folder, options.threads)
    print(json.dumps(found))


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


def _switch(folder: Path, threads: int) -> tuple[float, float]:
    """See full_size.switch."""
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415

    return full_size.switch(Recogniser(folder / "models" / full_size.MODEL, threads=threads))


def _table(results: dict[str, dict[str, Any]]) -> str:
    lines = [
        "| engine | 4 s: CPU s | wall s | beside Oyez | 15 s: CPU s | wall s | beside Oyez | peak memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    own = results.get("Oyez")
    for name, found in results.items():
        figures = []
        for seconds in map(str, SECONDS):
            wall, cpu = found[seconds]
            figures += [f"{cpu:.2f}", f"{wall:.2f}", f"{cpu / own[seconds][1]:.2f} x" if own else ""]
        lines.append(f"| {name} | {' | '.join(figures)} | {found['peak'] / 1000:.2f} GB |")
    return "\n".join(lines)


def _notes(own: dict[str, Any] | None) -> str:
    """The machine's limit, and what else is told of Oyez."""
    lines = [asr_limit.described({s: own[str(s)][1] for s in SECONDS} if own else {})]
    if own:
        same, other = (seconds * 1e3 for seconds in own["switch"])
        lines.append(f"Oyez loads in {own['load'][0]:.1f} s ({own['load'][1]:.1f} CPU s).")
        lines.append(f"0.1 s of audio in the language of the last takes {same:.0f} CPU ms, in another {other:.0f}.")
    return "\n".join(lines)


def _put(text: str, page: Path) -> None:
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
