"""The statistics that the generator is given for a sentence, predicted from its input by a table.

What differs between the sentences of a voice is mainly how much of each is silence, voice and hiss, and how its melody
goes: the generator's input, pooled over time, tells that. What differs between voices, their styles tell; so a blend
of voices, whose style is between theirs, needs nothing of its own. The table (data/kokoro-statistics.npz) is made by
tools/kokoro from sentences of all voices: a kernel ridge regression. With `r` sentences, `f` directions of pooled
input, `d` directions of the `n` statistics (44 places: means, then logarithms of variances), it has:

    model                    SHA-256 of the graph that it was learnt from
    voices [v]               names
    sizes [44]               channels of each place
    mean, deviation [1052]   of pooled input, over all sentences; the deviation of its parts by what they are to weigh
    inputs [f, 1052]         the directions in which pooled input differs most
    rows [r, f]              the sentences in these directions,
    styles [r, 128]          and the styles that they were said in, of which
    usual, range [128]       are mean and deviation
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
from oyez.engines.kokoro.source import VOICED
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

TABLE = "data/kokoro-statistics.npz"
ARRAYS = (
    "model", "voices", "sizes", "mean", "deviation", "inputs", "rows", "styles", "usual", "range", "weights", "basis",
    "scale", "centre", "spread",
)  # fmt: skip
STYLE = 128  # of the 256 numbers of a style, the generator is given so many; the others make the prosody
FEATURES = 1024  # of the numbers of pooled input are of the features, the others of the pitch
PITCHES = np.geomspace(60, 600, 24)  # Hz
OWN, SQUARE, LEVEL, BETWEEN = 1.0, 0.3, 3.0, 3.0


def pooled(features: NDArray[np.float32], pitch: NDArray[np.float32]) -> NDArray[np.float64]:
    """The generator's input over time, [1052], from features [1, 512, steps] and pitch [1, 1, steps] in Hz.

    Mean and deviation of the features; of the pitch, how much of the time it is near each of PITCHES, how much there is
    a voice and how high, how often it begins or ends, and how fast it glides.
    """
    given = pitch.ravel().astype(np.float64)
    voiced, height = given > VOICED, np.log(np.maximum(given, VOICED))
    centres = np.log(PITCHES)
    near = np.exp(-0.5 * np.square((height[:, None] - centres) / (centres[1] - centres[0]))) * voiced[:, None]
    glides = np.abs(np.diff(height)) * (voiced[1:] & voiced[:-1])
    course = (voiced.mean(), (height * voiced).mean(), (voiced[1:] != voiced[:-1]).mean(), glides.mean())
    return np.concatenate([features[0].mean(1), features[0].std(1), near.mean(0), course])


def kernel(alike: NDArray[Any], styles: NDArray[Any], style: NDArray[Any]) -> NDArray[Any]:
    """How much sentences [r] said in `styles` [r, 128] tell about one, from the products of their inputs with its.

    What an input does to the statistics is mostly the same in every voice, and not quite linear; a part of it is a
    voice's own, and each voice has its own level, which lies between those of voices that it lies between.
    """
    same = np.exp(-np.square(styles - style).mean(1))
    between = styles @ style / STYLE
    return np.asarray(alike * (1 + OWN * same) + SQUARE * np.square(alike) + LEVEL * same + BETWEEN * between)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The table."""

    model: str
    voices: frozenset[str]
    _arrays: dict[str, NDArray[Any]]
    _variances: NDArray[np.bool_]

    @classmethod
    def load(cls, path: Path | None = None) -> Statistics:
        """Read the table, by default that of the package. Raises ModelDamaged."""
        try:
            with (path or resources.files("oyez").joinpath(TABLE)).open("rb") as file, np.load(file) as kept:
                arrays = {name: kept[name] for name in ARRAYS}
            variances = np.concatenate([np.arange(2 * size) >= size for size in arrays["sizes"]])
            for name in ("rows", "styles", "weights"):
                arrays[name] = arrays[name].astype(np.float32)
            return cls(str(arrays["model"]), frozenset(map(str, arrays["voices"])), arrays, variances)
        except (OSError, ValueError, KeyError) as error:
            raise ModelDamaged(f"the statistics of the voices can't be read: {error}", hint="reinstall Oyez") from error

    @property
    def size(self) -> int:
        """How many statistics the generator takes."""
        return len(self._variances)

    def predict(
        self, style: NDArray[np.float32], features: NDArray[np.float32], pitch: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The statistics [1, n, 1] of a sentence in the style [1, 256] of a voice or a blend, from its prosody."""
        table = self._arrays
        inputs = table["inputs"] @ ((pooled(features, pitch) - table["mean"]) / table["deviation"])
        alike = table["rows"] @ inputs / len(table["mean"])
        said = (style[0, :STYLE] - table["usual"]) / table["range"]
        directions = kernel(alike, table["styles"], said) @ table["weights"]
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
