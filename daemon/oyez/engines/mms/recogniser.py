"""MMS in ONNX Runtime: samples and a language in, words out. Lives in a child process; everything here blocks."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import Fail

from oyez.engines.mms.choice import choose, evidence
from oyez.engines.mms.languages import resolve_all
from oyez.engines.mms.layout import FIELD, HEAD, HOP, check_shapes, read_json
from oyez.engines.mms.prepared import GRAPH, Prepared, adapter_paths
from oyez.engines.mms.reader import Decoding, Reader
from oyez.engines.mms.symbols import Symbols
from oyez.engines.mms.tensors import TensorFile
from oyez.errors import InvalidInput, ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from oyez.engines.mms.tensors import Array
    from oyez.model import HotWord, Recognition, Samples

WINDOW = 1000  # frames (20 s) computed at once, which bounds memory
STRIDE = 100  # frames (2 s) of context computed and dropped at each side where windows join
ADAPTERS_KEPT = 4  # about 10 MB each at full size
VARIANCE_FLOOR = 1e-7
DEFAULT = Decoding()


class Stopped(Exception):
    """A recognition was stopped before its end."""


class Run:
    """One recognition; `stop` ends it, from any thread, also when it hasn't begun."""

    def __init__(self) -> None:
        self.options = _shrinking()

    def stop(self) -> None:
        """Have it raise Stopped."""
        self.options.terminate = True

    def check(self) -> None:
        """Raise Stopped if it was stopped."""
        if self.options.terminate:
            raise Stopped


class Recogniser:
    """A prepared model, loaded once; languages are loaded when first asked for, the last few are kept."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 0,
        decoding: Decoding = DEFAULT,
        adapters_kept: int = ADAPTERS_KEPT,
    ) -> None:
        """Load the folder; `threads` 0 means one for each core. Raises ModelMissing, ModelDamaged."""
        self._prepared = Prepared.open(folder)
        self._decoding = decoding
        self._adapters: OrderedDict[str, tuple[dict[str, Array], Reader]] = OrderedDict()
        self._adapters_kept = adapters_kept
        try:
            self._session = _session(folder, threads)
        except Exception as error:  # ONNX Runtime raises types of its own for each of its many reasons
            raise ModelDamaged(f"{folder / GRAPH}: ONNX Runtime can't load it ({error})") from error

    @property
    def languages(self) -> tuple[str, ...]:
        """Installed languages as MMS names them."""
        return self._prepared.languages

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
            logits, reader = self.logits(samples, code, run), self._adapter(code)[1]
            found = reader.read(logits, hot_words, n_best=n_best, check=run.check)
            if len(codes) == 1:
                return found
            heard.append((found, evidence(logits, reader.symbols, found.text)))
        return choose(heard)

    def reader(self, language: str) -> Reader:
        """What reads the logits of an installed language."""
        return self._adapter(language)[1]

    def window(self, samples: Samples, language: str) -> Array:
        """Logits [frames, symbols] of at least FIELD samples that are normalised, computed at once."""
        return self._compute({"samples": samples, **self._adapter(language)[0]}, Run())

    def logits(self, samples: Samples, language: str, run: Run | None = None) -> Array:
        """Logits [frames, symbols] of an installed language; a frame every 20 ms."""
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise InvalidInput("audio must be one row of finite numbers; it has NaN, infinity or more channels")
        weights, reader = self._adapter(language)
        if len(samples) < FIELD:
            return np.zeros((0, len(reader.symbols.text)), np.float32)
        normal = normalise(samples)
        parts = []
        frames = (len(samples) - FIELD) // HOP + 1
        for first, last, start, end in windows(frames):
            rest = end == frames  # less than a frame at the end counts where a model norms over time
            piece = normal[start * HOP : None if rest else (end - 1) * HOP + FIELD]
            out = self._compute({"samples": piece, **weights}, run or Run())
            parts.append(out[first - start : last - start])
        return np.concatenate(parts)

    def _compute(self, inputs: dict[str, Array], run: Run) -> Array:
        try:
            out: Array = np.asarray(self._session.run(["logits"], inputs, run.options)[0])
        except Fail:
            run.check()
            raise
        run.check()
        return out

    def _adapter(self, language: str) -> tuple[dict[str, Array], Reader]:
        if language not in self._adapters:
            self._adapters[language] = self._load(language)
            while len(self._adapters) > self._adapters_kept:
                self._adapters.popitem(last=False)
        self._adapters.move_to_end(language)
        return self._adapters[language]

    def _load(self, language: str) -> tuple[dict[str, Array], Reader]:
        tensors, vocabulary = (self._prepared.folder / name for name in adapter_paths(language))
        file = TensorFile(tensors)
        rows = file.shapes.get(HEAD[0], (0,))[0]
        check_shapes(file, self._prepared.architecture.adapter_shapes(rows), exact=True)
        symbols = Symbols.from_vocabulary(read_json(vocabulary), rows, self._prepared.architecture.blank)
        own_words = self._prepared.words(language)
        reader = Reader(symbols, language, self._prepared.source, self._decoding, own_words)
        return {name: file.read(name) for name in file.entries}, reader


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


def _session(folder: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # plans for one length of audio; ours differ
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle house uses no CPU
    options.add_session_config_entry("session.use_env_allocators", "1")
    return ort.InferenceSession(folder / GRAPH, options, providers=["CPUExecutionProvider"])


def _share_tight_arena() -> None:
    """Let ONNX Runtime's arena grow by what is asked for, not by doubling."""
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    same_as_requested = 1
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg(0, same_as_requested, -1, -1))


def _shrinking() -> ort.RunOptions:
    """Give the arena's memory back after each run: lengths differ, and what a long one took would stay taken."""
    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


_share_tight_arena()
