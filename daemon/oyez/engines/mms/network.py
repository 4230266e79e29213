"""What computes logits from samples: a prepared graph in ONNX Runtime, loaded once; its languages when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import Fail

from oyez.engines.mms.kept import Kept
from oyez.engines.mms.layout import HEAD, check_shapes, read_json
from oyez.engines.mms.prepared import GRAPH, Prepared, adapter_paths
from oyez.engines.mms.symbols import Symbols
from oyez.engines.mms.tensors import TensorFile
from oyez.errors import ModelDamaged
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from oyez.engines.mms.tensors import Array
    from oyez.model import Samples

Precision: TypeAlias = Literal["auto", "float32", "bfloat16"]

ADAPTERS_KEPT = 4  # about 10 MB each at full size
SHORT = 6 * HEARD_RATE  # samples; their memory is kept for the next: 30 MB more at full size, 3 % less work


class Stopped(Exception):
    """A recognition was stopped before its end."""


class Run:
    """One recognition; `stop` ends it, from any thread, also when it hasn't begun."""

    def __init__(self) -> None:
        self.options = ort.RunOptions()
        self._gives_back = False

    def give_back(self) -> None:
        """Have its memory given back at its end: what a long one took would stay taken."""
        if not self._gives_back:
            self.options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
            self._gives_back = True

    def stop(self) -> None:
        """Have it raise Stopped."""
        self.options.terminate = True

    def check(self) -> None:
        """Raise Stopped if it was stopped."""
        if self.options.terminate:
            raise Stopped


class Network(Protocol):
    """A network that writes, and its languages; whatever computes it."""

    @property
    def source(self) -> str:
        """The checkpoint's name."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """What it can hear, as MMS names them."""
        ...

    def symbols(self, language: str) -> Symbols:
        """What a language's logits stand for."""
        ...

    def words(self, language: str) -> Path | None:
        """The list of all words that the model knows of a language, if it brought one."""
        ...

    @property
    def batch(self) -> int:
        """How many pieces of audio are best computed at once."""
        ...

    def compute(self, batch: Sequence[Samples], language: str, run: Run) -> list[Array]:
        """Logits [frames, symbols] of each piece: normalised samples, at least a frame of them.

        Pieces of a batch may differ in length: each gives what it would give alone. Raises Stopped when `run` was.
        """
        ...


class OnnxNetwork:
    """See Network: out of a prepared folder. One piece after another: the cores are busy with one."""

    batch = 1

    def __init__(self, folder: Path, *, threads: int = 0, adapters_kept: int = ADAPTERS_KEPT) -> None:
        """`threads` 0 means one for each core. Raises ModelMissing, ModelDamaged."""
        self._prepared = Prepared.open(folder)
        self._weights = Kept(self._load, adapters_kept)
        try:
            self._session = self._opened(folder / GRAPH, _options(threads))
        except Exception as error:  # ONNX Runtime raises types of its own for each of its many reasons
            raise ModelDamaged(f"{folder / GRAPH}: ONNX Runtime can't load it ({error})") from error
        self._inputs = {one.name for one in self._session.get_inputs()}

    @property
    def source(self) -> str:
        """See Network."""
        return self._prepared.source

    @property
    def languages(self) -> tuple[str, ...]:
        """See Network."""
        return self._prepared.languages

    def symbols(self, language: str) -> Symbols:
        """See Network."""
        vocabulary = read_json(self._prepared.folder / adapter_paths(language)[1])
        rows = self._tensors(language).shapes[HEAD[0]][0]
        return Symbols.from_vocabulary(vocabulary, rows, self._prepared.architecture.blank)

    def words(self, language: str) -> Path | None:
        """See Network."""
        return self._prepared.words(language)

    def compute(self, batch: Sequence[Samples], language: str, run: Run) -> list[Array]:
        """See Network."""
        return [self._compute(samples, language, run) for samples in batch]

    def _compute(self, samples: Samples, language: str, run: Run) -> Array:
        weights = {name: weight for name, weight in self._weights(language).items() if name in self._inputs}
        if len(samples) > SHORT:
            run.give_back()
        try:
            out: Array = np.asarray(self._session.run(None, {"samples": samples, **weights}, run.options)[0])
        except Fail:
            run.check()
            raise
        run.check()
        return out

    def _opened(self, graph: Path, options: ort.SessionOptions) -> ort.InferenceSession:
        return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def _load(self, language: str) -> dict[str, Array]:
        file = self._tensors(language)
        return {name: file.read(name) for name in file.entries}

    def _tensors(self, language: str) -> TensorFile:
        file = TensorFile(self._prepared.folder / adapter_paths(language)[0])
        rows = file.shapes.get(HEAD[0], (0,))[0]
        check_shapes(file, self._prepared.architecture.adapter_shapes(rows), exact=True)
        return file


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # plans for one length of audio; ours differ
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle house uses no CPU
    options.add_session_config_entry("session.use_env_allocators", "1")
    return options


def _share_tight_arena() -> None:
    """Let ONNX Runtime's arena grow by what is asked for, not by doubling."""
    memory = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    same_as_requested = 1
    ort.create_and_register_allocator(memory, ort.OrtArenaCfg(0, same_as_requested, -1, -1))


_share_tight_arena()
