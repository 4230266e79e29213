"""Time to the first chunk of what was said before, from the cache, against the first time.

Run: python -m benchmarks.tts_repeat [--folder DIR] [--repeats 50]
DIR is where speech is kept: on the disk, or in memory (/dev/shm). Milliseconds from the text to samples in hand: the
text is made ready, the folder is read, the checksum is compared. CPU tells the same on a busy machine, wall doesn't.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.tts_first_audio import TEXTS
from oyez.config.places import default_models_dir
from oyez.engines.kokoro.engine import KokoroTts
from oyez.health import Health
from oyez.model import SPEECH_RATE
from oyez.ports import Tts
from oyez.speak.cache import CachedTts
from oyez.speak.cache.shelf import Shelf
from oyez.speak.script import prepare

LIMIT = 64_000_000


async def first_chunk(tts: Tts, text: str) -> tuple[float, float, float]:
    """(wall and CPU milliseconds to the first chunk, seconds of speech); the speech is heard to its end."""
    wall, cpu, samples = time.perf_counter(), time.process_time(), 0
    first: list[float] = []
    async with aclosing(tts.synthesise(text, voice="af_heart")) as speech:  # type: ignore[type-var]
        async for chunk in speech:
            first = first or [time.perf_counter() - wall, time.process_time() - cpu]
            samples += len(chunk.samples)
    return first[0] * 1000, first[1] * 1000, samples / SPEECH_RATE


async def measure(folder: Path, repeats: int) -> Table:
    """The table."""
    engine = KokoroTts(default_models_dir() / "kokoro-v1.0-int8", prepare=prepare)
    tts = CachedTts(engine, Shelf(folder, LIMIT), maker="benchmark", health=Health().part("cache"))
    table = Table(
        "speech s", "first time ms", "repeat ms", "worst of repeats ms", "CPU ms", title=f"{repeats} repeats, {folder}"
    )
    await engine.child.start()
    try:
        for text in TEXTS:
            made, _, seconds = await first_chunk(tts, text)
            walls, cpus, _ = zip(*[await first_chunk(tts, text) for _ in range(repeats)], strict=True)
            figures = (made, statistics.median(walls), max(walls), statistics.median(cpus))
            table.add_row(f"{seconds:.1f}", *(f"{figure:.1f}" for figure in figures))
    finally:
        await engine.child.close()
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--repeats", type=int, default=50)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        Console(width=100).print(asyncio.run(measure(Path(folder), asked.repeats)))


if __name__ == "__main__":
    main()
