"""Time to the first chunk and to the end of speech, for a short, a middling and a long text; the load, and the memory.

Run: python benchmarks/tts_first_audio.py [--voice af_heart] [--threads 1]
CPU seconds are those of the engine's process: they tell the same on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import time

import psutil
from rich.console import Console
from rich.table import Table

from oyez.config.places import default_models_dir
from oyez.engines.kokoro.engine import KokoroTts
from oyez.model import SPEECH_RATE
from oyez.speak.script import prepare

TEXTS = (
    "Dinner is ready.",
    "The washing machine has finished and the dryer has twenty minutes left.",
    (
        "Good morning, today will be mostly sunny with a high of 24 degrees and a light wind from the west. "
        "The door is locked, the garage is closed, the dishwasher finished at 6:30, first meeting at 9."
    ),
)


async def measure(tts: KokoroTts, text: str, voice: str) -> tuple[float, ...]:
    """Seconds of speech; wall and CPU seconds to the first chunk; wall and CPU seconds to the last."""
    process = psutil.Process(tts.child.pid)
    cpu, wall = process.cpu_times().user, time.perf_counter()
    marks: list[tuple[float, float]] = []
    seconds = 0.0
    async for chunk in tts.synthesise(text, voice=voice):
        marks.append((time.perf_counter() - wall, process.cpu_times().user - cpu))
        seconds += len(chunk.samples) / SPEECH_RATE
    return (seconds, *marks[0], *marks[-1])


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice", default="af_heart")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--g2p", default="auto")
    args = parser.parse_args()
    folder = default_models_dir() / "kokoro-v1.0-int8"
    tts = KokoroTts(folder, prepare=prepare, g2p=args.g2p, threads=args.threads)
    started = time.perf_counter()
    await tts.child.start()
    try:
        cpu = psutil.Process(tts.child.pid).cpu_times().user
        load = f"load {time.perf_counter() - started:.1f} s (CPU {cpu:.1f} s), {tts.child.rss >> 20} MB, "
        load += tts.child.ready["g2p"]
        table = Table("speech s", "first chunk s", "CPU", "whole s", "CPU", "RSS MB", title=load)
        for text in TEXTS:
            figures = await measure(tts, text, args.voice)
            table.add_row(*(f"{figure:.2f}" for figure in figures), str(tts.child.rss >> 20))
        Console(width=100).print(table)
    finally:
        await tts.child.close()


if __name__ == "__main__":
    asyncio.run(main())
