"""MMS: samples and a language in, words out. Lives in a child process; everything here blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.mms.choice import choose, evidence
from oyez.engines.mms.kept import Kept
from oyez.engines.mms.languages import resolve_all
from oyez.engines.mms.layout import FIELD, HOP
from oyez.engines.mms.network import ADAPTERS_KEPT, Run
from oyez.engines.mms.networks import opened
from oyez.engines.mms.reader import Decoding, Reader
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from oyez.engines.mms.network import Precision
    from oyez.engines.mms.tensors import Array
    from oyez.hot_words import HotWord
    from oyez.model import Recognition, Samples

WINDOW = 1000  # frames (20 s) computed at once, which bounds memory
STRIDE = 100  # frames (2 s) of context computed and dropped at each side where windows join
VARIANCE_FLOOR = 1e-7
DEFAULT = Decoding()


class Recogniser:
    """A prepared model, loaded once; languages are loaded when first asked for, the last few are kept."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        decoding: Decoding = DEFAULT,
        adapters_kept: int = ADAPTERS_KEPT,
        precision: Precision = "auto",
    ) -> None:
        """Load the folder: see networks.opened. Raises ModelMissing, ModelDamaged."""
        self._network = opened(folder, threads=threads, adapters_kept=adapters_kept, precision=precision)
        self._decoding = decoding
        self.reader = Kept(self._reader, adapters_kept)

    @property
    def languages(self) -> tuple[str, ...]:
        """Installed languages as MMS names them."""
        return self._network.languages

    def recognise(
        self, samples: Samples, language: str, hot_words: Sequence[HotWord] = (), *,
        n_best: int = 1, run: Run | None = None,
    ) -> Recognition:  # fmt: skip
        """Recognise 16 kHz mono samples of any length; less than one frame (25 ms) is nothing said.

        Of several languages, parted by commas, the likeliest is taken.
        `hot_words` are likelier than other words; `n_best` above 1 adds alternatives.
        Raises InvalidInput for samples that aren't finite numbers, ModelMissing for a language that isn't installed,
        Stopped when `run` was.
        """
        run = run or Run()
        heard = []
        for code in (codes := resolve_all(language, self.languages)):
            logits, reader = self.logits(samples, code, run), self.reader(code)
            found = reader.read(logits, hot_words, n_best=n_best, check=run.check)
            if len(codes) == 1:
                return found
            heard.append((found, evidence(logits, reader.symbols, found.text)))
        return choose(heard)

    @property
    def batch(self) -> int:
        """How many pieces of audio are best computed at once."""
        return self._network.batch

    def compute(self, batch: Sequence[Samples], language: str) -> list[Array]:
        """Logits [frames, symbols] of each piece: normalised, at least FIELD samples, computed in one window."""
        return self._network.compute(batch, language, Run())

    def logits(self, samples: Samples, language: str, run: Run | None = None) -> Array:
        """Logits [frames, symbols] of an installed language; a frame every 20 ms."""
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise InvalidInput("audio must be one row of finite numbers; it has NaN, infinity or more channels")
        if len(samples) < FIELD:
            return np.zeros((0, len(self.reader(language).symbols.text)), np.float32)
        normal = normalise(samples)
        parts = []
        frames = (len(samples) - FIELD) // HOP + 1
        for first, last, start, end in windows(frames):
            rest = end == frames  # less than a frame at the end counts where a model norms over time
            piece = normal[start * HOP : None if rest else (end - 1) * HOP + FIELD]
            (out,) = self._network.compute([piece], language, run or Run())
            parts.append(out[first - start : last - start])
        return np.concatenate(parts)

    def _reader(self, language: str) -> Reader:
        network = self._network
        return Reader(network.symbols(language), language, network.source, self._decoding, network.words(language))


def normalise(samples: Samples) -> Samples:
    """Zero mean and unit variance over the whole utterance, as MMS was trained; silence stays silence."""
    mean, variance = samples.mean(dtype=np.float64), samples.var(dtype=np.float64)
    return np.asarray((samples - mean) / np.sqrt(variance + VARIANCE_FLOOR), np.float32)


def windows(frames: int, window: int = WINDOW, stride: int = STRIDE) -> Iterator[tuple[int, int, int, int]]:
    """Cut `frames` into windows: (first, last) frame to keep and (start, end) to compute, ends excluded.

    Kept ranges join without gap or overlap; computed ones reach `stride` further where there is audio.
    """
    if frames <= window:
        yield 0, frames, 0, frames
        return
    kept = window - 2 * stride
    for first in range(0, frames, kept):
        last = min(first + kept, frames)
        yield first, last, max(0, first - stride), min(frames, last + stride)
