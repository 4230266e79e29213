"""ONNX Runtime sessions as a house server wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import onnxruntime as ort
from numpy.typing import NDArray

from oyez.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

Feed: TypeAlias = dict[str, NDArray[Any]]

_FAULTS = ort.capi.onnxruntime_pybind11_state
_NO_GRAPH = (_FAULTS.InvalidProtobuf, _FAULTS.Fail, _FAULTS.InvalidGraph, _FAULTS.InvalidArgument)

# Protobuf joins what is written one behind the other: these bytes after a model give it one more output, int64, the
# frames of each token. Field 7 of a model is its graph, field 12 of that an output: name, and type.
FRAMES = "/encoder/Gather_output_0"
_NAME = FRAMES.encode()
_VALUE = b"\x0a" + bytes([len(_NAME)]) + _NAME + b"\x12\x04\x0a\x02\x08\x07"
_OUTPUT = b"\x62" + bytes([len(_VALUE)]) + _VALUE
FRAMES_TOO = b"\x3a" + bytes([len(_OUTPUT)]) + _OUTPUT

# With channels last, a QuantizeLinear that has a step for each channel takes ten times as long.
_CHANNELS_LAST = "NhwcTransformer"


def open_graph(path: Path, threads: int, *, more: bytes = b"") -> ort.InferenceSession:
    """A graph ready to run, with `more` behind its bytes. Raises ModelMissing, ModelDamaged."""
    if not path.exists():
        raise ModelMissing(f"the Kokoro model is missing: {path}", hint="oyez models install kokoro-v1.0-int8")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads take the cores from everybody else on a home server, and gain little.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        graph = path.read_bytes() + more if more else path
        return ort.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=[_CHANNELS_LAST]
        )
    except _NO_GRAPH as error:
        raise ModelDamaged(f"{path} is no ONNX graph that can be loaded: {error}", hint="oyez models verify") from error


def run(session: ort.InferenceSession, outputs: list[str], feed: Feed, *, sparing: bool = False) -> list[NDArray[Any]]:
    """The outputs of a graph. With `sparing`, memory is given back: its arena would keep the largest run's for ever."""
    options = None
    if sparing:
        options = ort.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return cast("list[NDArray[Any]]", session.run(outputs, feed, options))
