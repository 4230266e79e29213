"""The generator's source, made within its graph: nine harmonics of the pitch, mixed.

It is the neural source-filter model (Wang, Takaki and Yamagishi 2019), which Kokoro has without noise: between the
middles of two steps phases go on evenly. Needs `onnx`; the names are those of the one file that the catalogue knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from oyez.engines.kokoro.rewrite import Net, integers
from oyez.engines.kokoro.windows import STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

HARMONICS = 9
CYCLES = helper.make_tensor_value_info("cycles", TensorProto.FLOAT, [1, "stretches", 2])
VOICING = helper.make_tensor_value_info("voicing", TensorProto.FLOAT, [1, 1, "steps"])
_LOUDNESS = 0.1  # of each, before they are mixed
_MIXED = "/decoder/decoder/generator/m_source/l_linear/MatMul_output_0"
_BIAS = "decoder.decoder.generator.m_source.l_linear.bias"
_NEAREST = {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"}


def make_source(model: ModelProto, whole: ModelProto) -> ModelProto:
    """A generator with the inputs `cycles` and `voicing` (see source.py) instead of `source` [1, samples].

    How the harmonics are mixed is taken from the whole graph.
    """
    graph = model.graph
    inputs = [value for value in graph.input if value.name != "source"]
    weights = [numpy_helper.from_array(array, name) for name, array in _weights(Net(whole)).items()]
    made = helper.make_graph(
        [*_nodes(), *graph.node], graph.name, [*inputs, CYCLES, VOICING], graph.output, [*graph.initializer, *weights]
    )
    return helper.make_model(made, opset_imports=model.opset_import, ir_version=model.ir_version)


def _weights(whole: Net) -> dict[str, NDArray[Any]]:
    turns = 2 * np.pi * np.arange(1, HARMONICS + 1)
    along = (np.arange(STEP) + 0.5) / STEP
    mixture = whole.array(whole.maker[_MIXED].input[1]) * _LOUDNESS
    return {
        "source_turns": turns.astype(np.float32).reshape(1, HARMONICS, 1),
        "source_mixture": mixture.astype(np.float32).reshape(1, 1, HARMONICS),
        "source_bias": whole.array(_BIAS),
        "source_along": np.stack([np.ones(STEP), along]).astype(np.float32),
        "source_shape": integers([1, 1, -1]),
        "source_begin": integers([STEP // 2]),
        "source_end": integers([-STEP // 2]),
        "source_scales": np.array([1, 1, STEP], np.float32),
        "source_time": integers([2]),
        "source_channel": integers([1]),
    }


def _nodes() -> Iterator[NodeProto]:
    def make(kind: str, output: str, *inputs: str, **settings: str) -> NodeProto:
        return helper.make_node(kind, inputs, [output], f"{output}_made", **settings)

    yield make("MatMul", "source_stretches", "cycles", "source_along")
    yield make("Reshape", "source_row", "source_stretches", "source_shape")
    yield make("Slice", "source_cycles", "source_row", "source_begin", "source_end", "source_time")
    yield make("Mul", "source_phases", "source_cycles", "source_turns")
    yield make("Sin", "source_harmonics", "source_phases")
    yield make("MatMul", "source_mixed", "source_mixture", "source_harmonics")
    yield make("Resize", "source_voicing", "voicing", "", "source_scales", **_NEAREST)
    yield make("Mul", "source_voiced", "source_mixed", "source_voicing")
    yield make("Add", "source_level", "source_voiced", "source_bias")
    yield make("Tanh", "source_channels", "source_level")
    yield make("Squeeze", "source", "source_channels", "source_channel")
