"""Learn the table of statistics from what `collect` kept, and write it to the package. Deterministic; a minute.

Run: python -m tools.kokoro.learn FOLDER [--out daemon/oyez/data/kokoro-statistics.npz]

A ridge regression over all voices at once: what a change of the generator's input does to the statistics is partly the
same for every voice (SHARED), partly a voice's own (OWN); and each voice has its own level (LEVEL). So a few sentences
a voice are enough. Values are then projected on the directions in which they differ most, and those kept as int8.
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
from tools.kokoro.collect import MODEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARED, OWN, LEVEL, NOISE = 1.0, 0.5, 3.0, 0.01  # by leaving sentences out, flat around here
INPUTS = 96  # directions of pooled input that are kept,
DIRECTIONS = 128  # and of statistics
OUT = Path(__file__).parents[2] / "daemon/oyez" / statistics.TABLE


@dataclass(frozen=True, slots=True)
class Rows:
    """Sentences: pooled input [rows, 1024], statistics [rows, n] with logarithms of variances, whose voice it is."""

    inputs: NDArray[np.float64]
    values: NDArray[np.float64]
    owner: NDArray[np.int64]
    names: list[str]


def read(folder: Path, sizes: list[int]) -> Rows:
    """All that was collected, in the order of the catalogue."""
    names = [name for name in voices.catalogue() if (folder / f"{name}.npz").exists()]
    kept = [np.load(folder / f"{name}.npz") for name in names]
    values = np.concatenate([one["statistics"] for one in kept]).astype(np.float64)
    variances = np.concatenate([np.arange(2 * size) >= size for size in sizes])
    values[:, variances] = np.log(np.maximum(values[:, variances], 1e-9))
    owner = np.concatenate([np.full(len(one["features"]), at) for at, one in enumerate(kept)])
    return Rows(np.concatenate([one["features"] for one in kept]).astype(np.float64), values, owner, names)


def kernel(inputs: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much each sentence tells about each other."""
    alike = inputs @ inputs.T / inputs.shape[1]
    same = owner[:, None] == owner[None, :]
    return alike * (SHARED + OWN * same) + LEVEL * same


def left_out(rows: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a ridge with this kernel predicts for each row from all others."""
    inverse = np.linalg.inv(rows + NOISE * np.eye(len(rows)))
    return values - (inverse @ values) / np.diag(inverse)[:, None]


def table(rows: Rows) -> dict[str, NDArray[np.generic]]:
    """The arrays of the table, but for `model` and `sizes`; see oyez.engines.kokoro.statistics."""
    mean, deviation = rows.inputs.mean(0), rows.inputs.std(0) + 1e-6
    centre, spread = rows.values.mean(0), rows.values.std(0) + 1e-6
    inputs, values = (rows.inputs - mean) / deviation, (rows.values - centre) / spread
    weights = np.linalg.solve(kernel(inputs, rows.owner) + NOISE * np.eye(len(inputs)), values)
    along = _directions(inputs, INPUTS)
    basis = _directions(values, DIRECTIONS)
    scale = np.abs(basis).max(1) / 127
    return {
        "voices": np.array(rows.names),
        "mean": mean.astype(np.float32),
        "deviation": deviation.astype(np.float32),
        "inputs": along.astype(np.float16),
        "maps": _maps(inputs @ along.T, weights @ basis.T / np.square(basis).sum(1), rows.owner).astype(np.float16),
        "basis": np.round(basis / scale[:, None]).astype(np.int8),
        "scale": scale.astype(np.float32),
        "centre": centre.astype(np.float32),
        "spread": spread.astype(np.float32),
    }


def _maps(inputs: NDArray[np.float64], weights: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each voice the linear map [directions, inputs + 1] that the ridge amounts to."""
    shared = SHARED * weights.T @ inputs / 1024
    own = [np.hstack([shared + OWN * weights[mine].T @ inputs[mine] / 1024, LEVEL * weights[mine].sum(0)[:, None]])
           for mine in (owner == at for at in range(owner.max() + 1))]  # fmt: skip
    return np.stack(own)


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
    made = table(rows) | {"sizes": np.array(sizes), "model": np.array(sha256(graph))}
    with args.out.open("wb") as file:
        np.savez(file, **made)
    inputs = (rows.inputs - made["mean"]) / made["deviation"]
    values = (rows.values - made["centre"]) / made["spread"]
    off = np.square(values - left_out(kernel(inputs, rows.owner), values)).mean()
    print(f"{len(rows.names)} voices, {len(values)} sentences, {args.out.stat().st_size / 1e6:.2f} MB; ", end="")
    print(f"of what differs, {1 - off:.1%} is predicted for a sentence left out")


if __name__ == "__main__":
    main()
