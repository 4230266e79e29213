"""Learn the table of statistics from what `collect` kept, and write it to the package. Deterministic; a minute.

Run: python -m tools.kokoro.learn FOLDER [--out daemon/oyez/data/kokoro-statistics.npz]

A kernel ridge regression over all voices at once (oyez.engines.kokoro.statistics has the kernel), so that a few
sentences a voice are enough. Statistics are projected on the directions in which they differ most, kept as int8.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx

from oyez.engines.kokoro import cut, statistics, voices
from oyez.engines.kokoro.prepared import MODEL_FILE, sha256
from oyez.engines.kokoro.statistics import FEATURES, kernel
from tools.kokoro.collect import MODEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOISE = 0.003  # of what sentences tell; like the kernel, by leaving sentences out, and flat around here
INPUTS = 384  # directions of pooled input that are kept,
DIRECTIONS = 192  # and of statistics
OUT = Path(__file__).parents[2] / "daemon/oyez" / statistics.TABLE


@dataclass(frozen=True, slots=True)
class Rows:
    """Sentences: pooled input [rows, 1052], styles [rows, 128], statistics [rows, n] with logarithms of variances."""

    inputs: NDArray[np.float64]
    styles: NDArray[np.float64]
    values: NDArray[np.float64]
    names: list[str]


def read(folder: Path, sizes: list[int]) -> Rows:
    """All that was collected, in the order of the catalogue."""
    names = [name for name in voices.catalogue() if (folder / f"{name}.npz").exists()]
    kept = [np.load(folder / f"{name}.npz") for name in names]
    values = np.concatenate([one["statistics"] for one in kept]).astype(np.float64)
    variances = np.concatenate([np.arange(2 * size) >= size for size in sizes])
    values[:, variances] = np.log(np.maximum(values[:, variances], 1e-9))
    inputs, styles = (np.concatenate([one[what] for one in kept]) for what in ("inputs", "styles"))
    return Rows(inputs.astype(np.float64), styles.astype(np.float64), values, names)


def table(rows: Rows) -> tuple[dict[str, NDArray[np.generic]], float]:
    """The arrays of the table, but for `model` and `sizes`, and how much of what differs it predicts for new sentences.

    The last is found by predicting each sentence from all others.
    """
    mean, deviation = rows.inputs.mean(0), (rows.inputs.std(0) + 1e-6) * _weighing(rows.inputs.shape[1])
    centre, spread = rows.values.mean(0), rows.values.std(0) + 1e-6
    usual, reach = rows.styles.mean(0), rows.styles.std(0) + 1e-6
    inputs, values = (rows.inputs - mean) / deviation, (rows.values - centre) / spread
    along = _directions(inputs, INPUTS).astype(np.float16)
    known = (inputs @ along.T).astype(np.float16)
    styles = ((rows.styles - usual) / reach).astype(np.float16)
    basis = _directions(values, DIRECTIONS)
    alike = known.astype(np.float64) @ known.T.astype(np.float64) / len(mean)
    said = styles.astype(np.float64)
    told = np.array([kernel(products, said, style) for products, style in zip(alike, said, strict=True)])
    inverse = np.linalg.inv(told + NOISE * np.eye(len(known)))
    weights = inverse @ (values @ basis.T)
    off = weights / np.diag(inverse)[:, None]
    scale = np.abs(basis).max(1) / 127
    return {
        "voices": np.array(rows.names),
        "mean": mean.astype(np.float32),
        "deviation": deviation.astype(np.float32),
        "inputs": along,
        "rows": known,
        "styles": styles,
        "usual": usual.astype(np.float32),
        "range": reach.astype(np.float32),
        "weights": weights.astype(np.float16),
        "basis": np.round(basis / scale[:, None]).astype(np.int8),
        "scale": scale.astype(np.float32),
        "centre": centre.astype(np.float32),
        "spread": spread.astype(np.float32),
    }, 1 - float(np.square(off).sum() / np.square(values).sum())


def _weighing(size: int) -> NDArray[np.float64]:
    """What deviations are multiplied by, so that features and pitch weigh the same, all of them as much as before."""
    parts = np.repeat([FEATURES, size - FEATURES], [FEATURES, size - FEATURES])
    return np.sqrt(2 * parts / size)


def _directions(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """The directions in which rows differ most, orthonormal."""
    powers, vectors = np.linalg.eigh(values @ values.T)
    chosen = [at for at in np.argsort(powers)[::-1][:most] if powers[at] > 1e-6 * powers[-1]]
    found = (vectors[:, chosen].T @ values) / np.sqrt(powers[chosen])[:, None]
    return found * np.sign(found[np.arange(len(found)), np.abs(found).argmax(1)])[:, None]


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    graph = args.model / MODEL_FILE
    sizes = cut.places(onnx.load(graph))
    rows = read(args.folder, sizes)
    made, predicted = table(rows)
    with args.out.open("wb") as file:
        np.savez(file, **made, sizes=np.array(sizes), model=np.array(sha256(graph)))
    size = args.out.stat().st_size / 1e6
    print(f"{len(rows.names)} voices, {len(rows.inputs)} sentences, {size:.2f} MB; {predicted:.1%} of what differs")


if __name__ == "__main__":
    main()
