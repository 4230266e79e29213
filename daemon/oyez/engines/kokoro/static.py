"""Convolutions in int8 with ranges known beforehand: three times as quick as float32 where processors have VNNI.

A convolution of float32 becomes QuantizeLinear, QLinearConv, DequantizeLinear. The published int8 model finds the range
of all channels together each time it runs; here every channel has its own, on both sides, and windows sound the same
wherever they are cut. What a channel's range is by is the weights' business: it costs nothing when it runs. The table
(data/kokoro-ranges.npz) is made by tools/kokoro from sentences of all voices. For each convolution it has `<name>.peak`
[inputs], the largest magnitude that came in, and `<name>.low`, `<name>.high` [outputs], the extremes that went out.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from oyez.engines.kokoro.rewrite import Net
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

TABLE = "data/kokoro-ranges.npz"
PARTS = ("peak", "low", "high")
NARROW = 64  # channels; convolutions of fewer are little work, and what is nearest to the sound
MIDDLE = 128  # the uint8 that means 0
_SILENT = 1e-4  # the least range of a channel
_AXES, _ONE, _MIDDLE = "time_axes", "one", "middle"


@dataclass(frozen=True, slots=True)
class Range:
    """What one convolution was seen to be given and to give, for each channel."""

    peak: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ranges:
    """The table; `model` is the SHA-256 of the graph that it was measured on."""

    model: str
    of: dict[str, Range]

    @classmethod
    def load(cls, path: Path | None = None) -> Ranges:
        """Read the table, by default that of the package. Raises ModelDamaged."""
        try:
            with (path or resources.files("oyez").joinpath(TABLE)).open("rb") as file, np.load(file) as kept:
                arrays = {name: kept[name] for name in kept.files}
            names = [name.removesuffix(".peak") for name in arrays if name.endswith(".peak")]
            of = {name: Range(*(arrays[f"{name}.{what}"].astype(np.float32) for what in PARTS)) for name in names}
            return cls(str(arrays["model"]), of)
        except (OSError, ValueError, KeyError) as error:
            raise ModelDamaged(f"the ranges of the model can't be read: {error}", hint="reinstall Oyez") from error


def convolutions(model: ModelProto) -> Iterator[tuple[NodeProto, int, int]]:
    """The convolutions of a graph that can be made static, with how many channels go in and come out."""
    weights = {weight.name: weight.dims for weight in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Conv" and node.input[1] in weights:
            outputs, inputs = weights[node.input[1]][:2]
            if min(outputs, inputs) >= NARROW:
                yield node, inputs, outputs


def observed(model: ModelProto) -> ModelProto:
    """A float32 graph with one more output `ranges`: peak, low and high of each convolution, one behind the other."""
    watched = deepcopy(model)
    graph, names = watched.graph, []
    graph.initializer.append(numpy_helper.from_array(np.array([0, 2]), _AXES))
    for node, _, _ in convolutions(model):
        given, made = node.input[0], node.output[0]
        graph.node.append(helper.make_node("Abs", [given], [f"{made}_size"]))
        for kind, of in (("ReduceMax", f"{made}_size"), ("ReduceMin", made), ("ReduceMax", made)):
            names.append(f"{of}_{kind}")
            graph.node.append(helper.make_node(kind, [of, _AXES], [names[-1]], keepdims=0))
    graph.node.append(helper.make_node("Concat", names, ["ranges"], axis=0))
    graph.output.append(helper.make_tensor_value_info("ranges", TensorProto.FLOAT, ["ranges"]))
    return watched


def named(model: ModelProto, ranges: NDArray[np.float32]) -> dict[str, Range]:
    """What the output `ranges` of an observed graph says, by the names of the convolutions."""
    found, rest = {}, ranges
    for node, inputs, outputs in convolutions(model):
        peak, low, high, rest = np.split(rest, np.cumsum([inputs, outputs, outputs]))
        found[node.name] = Range(peak, low, high)
    return found


def quantised(model: ModelProto, ranges: dict[str, Range], largest: int) -> ModelProto:
    """The graph with int8 convolutions where there are ranges; `largest` is the largest integer that weights may be."""
    net = Net(model)
    net.add(_ONE, np.array(1, np.float32))
    net.add(_MIDDLE, np.array(MIDDLE, np.uint8))
    for node, _, _ in convolutions(model):
        if node.name in ranges:
            _quantise(net, node, ranges[node.name], largest)
    return net.rebuilt()


def _quantise(net: Net, node: NodeProto, seen: Range, largest: int) -> None:
    step_in = np.maximum(seen.peak, _SILENT) / (MIDDLE - 1)
    low, high = np.minimum(seen.low, 0), np.maximum(seen.high, 0)
    step_out = np.maximum(high - low, _SILENT) / (2 * MIDDLE - 2)
    zero = np.clip(np.round(-low / step_out), 0, 2 * MIDDLE - 1)
    weight = net.array(node.input[1]).astype(np.float64) * step_in[:, None]
    step = np.maximum(np.abs(weight).max((1, 2)) / largest, step_out * _SILENT)
    bias = net.array(node.input[2]) if len(node.input) > 2 else np.zeros(len(step))  # noqa: PLR2004 - x, w, bias
    shifted = (bias + (zero - MIDDLE) * step_out) / step

    def keep(what: str, array: NDArray[np.generic] | NDArray[np.float64], kind: type[np.generic]) -> str:
        return net.add(f"{node.name}_{what}", np.asarray(array).astype(kind))

    quantise = [
        node.input[0],
        keep("step_in", step_in, np.float32),
        keep("zero_in", np.full(len(step_in), MIDDLE), np.uint8),
    ]
    convolve = [
        f"{node.name}_in", _ONE, _MIDDLE,
        keep("integers", np.round(weight / step[:, None, None]), np.int8),
        keep("step", step / step_out, np.float32), keep("zero", np.zeros(len(step)), np.int8),
        _ONE, _MIDDLE, keep("shift", np.round(shifted), np.int32),
    ]  # fmt: skip
    dequantise = [f"{node.name}_out", keep("step_out", step_out, np.float32), keep("zero_out", zero, np.uint8)]
    convolution = helper.make_node("QLinearConv", convolve, [f"{node.name}_out"], node.name)
    convolution.attribute.extend(node.attribute)
    net.replace(
        node,
        [
            helper.make_node("QuantizeLinear", quantise, [f"{node.name}_in"], axis=1),
            convolution,
            helper.make_node("DequantizeLinear", dequantise, [node.output[0]], axis=1),
        ],
    )
