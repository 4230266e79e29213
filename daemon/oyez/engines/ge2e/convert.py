"""From Resemblyzer's weights to the graph that the encoder runs: no torch, no tracing. Needs `onnx`.

Input `mel` [windows, frames, 40]; output `voiceprint` [256], of length 1: three LSTMs, the last state of the third
through a linear layer and ReLU, each window's outcome brought to length 1, their mean brought to length 1.
Reference: Generalized End-to-End Loss for Speaker Verification (arXiv:1710.10467), and Resemblyzer's VoiceEncoder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from oyez.engines.ge2e import WEIGHTS
from oyez.engines.ge2e.checkpoint import read
from oyez.engines.ge2e.encoder import GRAPH, SIZE
from oyez.engines.ge2e.mel import BANDS
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[Any]]

LAYERS = 3
GATES = (0, 3, 1, 2)  # torch has input, forget, cell, output; ONNX input, output, forget, cell
OPSET = 17
IR_VERSION = 8


def convert(
    source: Path, target: Path, languages: Sequence[str] | None = None, *, progress: Callable[[str, float], None]
) -> None:
    """Write the graph of the weights in `source` to the folder `target`. Raises ModelDamaged."""
    del languages
    tensors = read(source / WEIGHTS, "model_state")
    _check(tensors, source / WEIGHTS)
    progress("weights", 0.5)
    target.mkdir(parents=True, exist_ok=True)
    onnx.save(_model(tensors), target / GRAPH)
    progress("weights", 1.0)


def _model(tensors: Tensors) -> onnx.ModelProto:
    nodes, weights = [helper.make_node("Transpose", ["mel"], ["0"], perm=[1, 0, 2])], _weights(tensors)
    for layer in range(LAYERS):
        into, out, last = f"{layer}", f"{layer + 1}", f"last.{layer}"
        parts = [f"{kind}.{layer}" for kind in ("W", "R", "B")]
        nodes.append(helper.make_node("LSTM", [into, *parts], [f"all.{layer}", last], hidden_size=SIZE))
        nodes.append(helper.make_node("Squeeze", [f"all.{layer}", "one"], [out]))
    nodes += [
        helper.make_node("Squeeze", [last, "zero"], ["state"]),
        helper.make_node("Gemm", ["state", "linear.weight", "linear.bias"], ["linear"], transB=1),
        helper.make_node("Relu", ["linear"], ["relu"]),
        helper.make_node("LpNormalization", ["relu"], ["windows"], axis=1),
        helper.make_node("ReduceMean", ["windows"], ["mean"], axes=[0], keepdims=0),
        helper.make_node("LpNormalization", ["mean"], ["voiceprint"], axis=0),
    ]
    mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["windows", "frames", BANDS])
    voiceprint = helper.make_tensor_value_info("voiceprint", TensorProto.FLOAT, [SIZE])
    graph = helper.make_graph(nodes, "ge2e", [mel], [voiceprint], weights)
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="oyez")


def _weights(tensors: Tensors) -> list[onnx.TensorProto]:
    arrays: Tensors = {"zero": np.array([0], np.int64), "one": np.array([1], np.int64)}
    arrays |= {name: tensors[name] for name in ("linear.weight", "linear.bias")}
    for layer in range(LAYERS):
        arrays[f"W.{layer}"] = _gates(tensors[f"lstm.weight_ih_l{layer}"])[None]
        arrays[f"R.{layer}"] = _gates(tensors[f"lstm.weight_hh_l{layer}"])[None]
        biases = [_gates(tensors[f"lstm.bias_{which}_l{layer}"]) for which in ("ih", "hh")]
        arrays[f"B.{layer}"] = np.concatenate(biases)[None]
    return [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in arrays.items()]


def _gates(rows: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([np.split(rows, len(GATES))[gate] for gate in GATES])


def _check(tensors: Tensors, path: Path) -> None:
    wanted: dict[str, tuple[int, ...]] = {"linear.weight": (SIZE, SIZE), "linear.bias": (SIZE,)}
    for layer in range(LAYERS):
        wanted[f"lstm.weight_ih_l{layer}"] = (4 * SIZE, SIZE if layer else BANDS)
        wanted[f"lstm.weight_hh_l{layer}"] = (4 * SIZE, SIZE)
        wanted |= {f"lstm.bias_{which}_l{layer}": (4 * SIZE,) for which in ("ih", "hh")}
    for name, shape in wanted.items():
        found = tensors.get(name)
        if found is None or found.shape != shape or found.dtype != np.float32:
            raise ModelDamaged(f"{path}: {name} isn't there as {list(shape)} of float32", hint="is it Resemblyzer's?")
