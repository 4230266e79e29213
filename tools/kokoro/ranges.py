"""Have voices speak, and keep between which numbers each channel of each convolution moves: data/kokoro-ranges.npz.

Run: python -m tools.kokoro.ranges FOLDER [--model STORE] [--sentences 4] [--voice af_heart ...]
Every voice says the first sentences that statistics are learnt from, at several speeds. FOLDER gets <voice>.npy, a row
a sentence; it goes on where it stopped. Deterministic; about a CPU second for each second of speech, on one thread.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from oyez.engines.kokoro import cut, static, voices
from oyez.engines.kokoro.prepared import MODEL_FILE, sha256
from oyez.engines.kokoro.sessions import Feed, run
from oyez.engines.kokoro.source import Source
from tools.kokoro.collect import MODEL, feed, open_session, sentences

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE = Path(static.__file__).parents[2] / static.TABLE
FLOAT = (
    "/resblocks.1/", "/resblocks.3/convs1.0/", "/resblocks.3/convs2.0/", "/resblocks.4/convs1.0/",
    "/resblocks.4/convs2.0/", "/resblocks.5/convs1.0/", "/resblocks.5/convs2.0/", "/resblocks.5/convs1.1/",
    "/resblocks.5/convs2.1/",
)  # fmt: skip
"""What turns the phases of the sound (resblocks.1), and most of what is nearest to it, stays float32. With exact
statistics, six sentences of six voices, PESQ mean and lowest: so 4.57, 4.52; with all of resblocks.5 in int8 4.38,
4.21; with resblocks.1 in int8 and all of resblocks.5 in float32, the same work, 4.48, 4.35."""


class Observer:
    """Speaks whole sentences in float32, and tells what went through the convolutions."""

    def __init__(self, store: Path) -> None:
        model = onnx.load(store / MODEL_FILE)
        self._graphs: list[onnx.ModelProto] = []
        self._prosody = open_session(cut.prosody(model, self._observed))
        self._generator = open_session(cut.measuring_generator(model, self._observed))

    def hear(self, given: Feed) -> NDArray[np.float32]:
        """The extremes of one sentence, of all convolutions one behind the other."""
        features, pitch, first = run(self._prosody, ["features", "pitch", "ranges"], given)
        source = Source(pitch).window(0, pitch.shape[2])
        [second] = run(self._generator, ["ranges"], {"features": features, "style": given["style"]} | source)
        return np.concatenate([first, second])

    def ranges(self, rows: NDArray[np.float32]) -> dict[str, static.Range]:
        """The widest ranges of all sentences, without the convolutions that stay float32."""
        most, least = self._named(rows.max(0)), self._named(rows.min(0))
        return {
            name: static.Range(one.peak, least[name].low, one.high)
            for name, one in most.items()
            if not any(place in name for place in FLOAT)
        }

    def _named(self, row: NDArray[np.float32]) -> dict[str, static.Range]:
        first, second = self._graphs
        border = sum(inputs + 2 * outputs for _, inputs, outputs in static.convolutions(first))
        return static.named(first, row[:border]) | static.named(second, row[border:])

    def _observed(self, graph: onnx.ModelProto) -> onnx.ModelProto:
        self._graphs.append(graph)
        return static.observed(graph)


def main() -> None:
    """Collect, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--sentences", type=int, default=4)
    parser.add_argument("--voice", action="append")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    observer, rows = Observer(args.model), []
    for name in args.voice or voices.catalogue():
        path, voice = args.folder / f"{name}.npy", voices.find(name)
        if not path.exists():
            said = sentences(voice, "learn")[: args.sentences]
            np.save(path, [observer.hear(feed(one, voice, args.model / "voices")) for one in said])
        rows.append(np.load(path))
        print(f"{name}: {len(rows[-1])} rows", flush=True)
    arrays = {
        f"{name}.{what}": getattr(one, what).astype(np.float16)
        for name, one in observer.ranges(np.concatenate(rows)).items()
        for what in static.PARTS
    }
    np.savez_compressed(TABLE, model=sha256(args.model / MODEL_FILE), **arrays)


if __name__ == "__main__":
    main()
