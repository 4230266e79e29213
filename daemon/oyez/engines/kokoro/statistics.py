"""The statistics that the generator is given for a sentence, predicted from its input by a table of the voices.

What differs between the sentences of a voice is mainly how much of each is silence, voice and hiss: the generator's
input, pooled over time, tells that. The table (data/kokoro-statistics.npz) is made by tools/kokoro from sentences of
all voices: a kernel ridge regression. With `r` sentences, `f` directions of pooled input, `d` directions of the `n`
statistics (44 places: means, then logarithms of variances), it has:

    model                    SHA-256 of the graph that it was learnt from
    voices [v]               names
    sizes [44]               channels of each place
    mean, deviation [1024]   of pooled input, over all sentences
    inputs [f, 1024]         the directions in which pooled input differs most
    rows [r, f]              the sentences in these directions, and
    owner [r]                whose they are
    weights [r, d]           what each sentence adds, as far as it is like the one to be spoken
    basis [d, n]             the directions of statistics, int8, to be multiplied by scale [d]
    centre, spread [n]       of statistics
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.engines.kokoro.prepared import Cut
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from oyez.engines.kokoro.voices import Voice

TABLE = "data/kokoro-statistics.npz"
ARRAYS = (
    "model", "voices", "sizes", "mean", "deviation", "inputs", "rows", "owner", "weights", "basis", "scale", "centre",
    "spread",
)  # fmt: skip
OWN, LEVEL = 0.5, 3.0


def pooled(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean and deviation over time, [1024], of the generator's input [1, 512, steps]."""
    return np.concatenate([features[0].mean(1), features[0].std(1)])


def kernel(alike: NDArray[Any], same: NDArray[np.bool_]) -> NDArray[Any]:
    """How much sentences tell about one another, from the products of their inputs and whether the voice is the same.

    What an input does to the statistics is mostly the same in every voice, and not quite linear; a part of it is a
    voice's own, and each voice has its own level.
    """
    return np.asarray(alike * (1 + OWN * same) + np.square(alike) + LEVEL * same)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The table."""

    model: str
    voices: dict[str, int]
    _arrays: dict[str, NDArray[Any]]
    _variances: NDArray[np.bool_]

    @classmethod
    def load(cls, path: Path | None = None) -> Statistics:
        """Read the table, by default that of the package. Raises ModelDamaged."""
        try:
            with (path or resources.files("oyez").joinpath(TABLE)).open("rb") as file, np.load(file) as kept:
                arrays = {name: kept[name] for name in ARRAYS}
            names = {str(name): at for at, name in enumerate(arrays["voices"])}
            variances = np.concatenate([np.arange(2 * size) >= size for size in arrays["sizes"]])
            return cls(str(arrays["model"]), names, arrays, variances)
        except (OSError, ValueError, KeyError) as error:
            raise ModelDamaged(f"the statistics of the voices can't be read: {error}", hint="reinstall Oyez") from error

    @property
    def size(self) -> int:
        """How many statistics the generator takes."""
        return len(self._variances)

    def predict(self, voice: Voice, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """The statistics [1, n, 1] of a sentence by a voice of the table, from the generator's input for it."""
        table = self._arrays
        inputs = table["inputs"] @ ((pooled(features) - table["mean"]) / table["deviation"])
        alike = table["rows"] @ inputs / len(table["mean"])
        directions = kernel(alike, table["owner"] == self.voices[voice.name]) @ table["weights"]
        values = table["centre"] + table["spread"] * ((directions * table["scale"]) @ table["basis"])
        values[self._variances] = np.exp(values[self._variances])
        return np.asarray(values, np.float32)[None, :, None]


def trusted(folder: Path) -> tuple[Cut, Statistics]:
    """The cut of the model in a folder, and the statistics that go with it.

    Raises ModelMissing, ModelDamaged, which say why sentences can't be streamed.
    """
    cut, statistics = Cut.open(folder), Statistics.load()
    if statistics.model != cut.model:
        raise ModelDamaged("the statistics of the voices were learnt from another version of the model")
    return cut, statistics
