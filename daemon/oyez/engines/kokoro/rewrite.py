"""Rewrites of the generator's graph that pay on ordinary processors; what each bought is told in docs/speech.md."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, NodeProto, helper, numpy_helper

from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_HEIGHT = "height_axis"
_PER_CHANNEL = (1, -1, 1)


def floats(model: ModelProto, within: tuple[str, ...] = ("",)) -> ModelProto:
    """Convolutions of int8 by the same ones of float32, those whose names begin with one of `within`."""
    net = Net(model)
    for node in model.graph.node:
        if node.op_type == "ConvInteger" and node.name.startswith(within):
            _dequantise(net, node)
    return net.rebuilt()


def fold_normalisation(model: ModelProto) -> ModelProto:
    """Normalise, scale and bend (Snake: y + sin(ay)^2 / a) in five passes over the signal instead of nine.

    With statistics that are given, y = x g + b per channel; with u = a y, the bent signal is (u + sin(u)^2) / a, and
    the division goes into the weights of the convolution that follows.
    """
    net = Net(model)
    for sine in [node for node in model.graph.node if node.op_type == "Sin" and ".conv" not in node.name]:
        if "res" in sine.name.rsplit("/", 2)[-2]:
            _fold(net, sine)
    return net.rebuilt()


def as_images(model: ModelProto) -> ModelProto:
    """Convolutions over time as convolutions over images one pixel high, for which ONNX Runtime has better code."""
    net = Net(model)
    net.add(_HEIGHT, integers([2]))
    for node in [node for node in model.graph.node if node.op_type == "Conv"]:
        weight = net.array(node.input[1])
        settings = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
        before, after = settings["pads"]
        flat, image = f"{node.output[0]}_image", f"{node.input[0]}_image_of_{node.name}"
        convolution = helper.make_node(
            "Conv",
            [image, net.add(f"{node.input[1]}_image", weight[:, :, None]), *node.input[2:]],
            [flat],
            node.name,
            kernel_shape=[1, *settings["kernel_shape"]],
            dilations=[1, *settings["dilations"]],
            strides=[1, *settings["strides"]],
            pads=[0, before, 0, after],
        )
        unsqueeze = helper.make_node("Unsqueeze", [node.input[0], _HEIGHT], [image])
        net.replace(node, [unsqueeze, convolution, helper.make_node("Squeeze", [flat, _HEIGHT], [node.output[0]])])
    return net.rebuilt()


def integers(values: Iterable[int]) -> NDArray[np.int64]:
    """Values as ONNX wants sizes and axes."""
    return np.array(list(values), np.int64)


class Net:
    """A graph with its edges, and what is to take the place of its nodes."""

    def __init__(self, model: ModelProto) -> None:
        self.weights = {weight.name: weight for weight in model.graph.initializer}
        self.maker = {name: node for node in model.graph.node for name in node.output}
        self._model = model
        self._instead: dict[str, list[NodeProto]] = {}
        self._readers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in model.graph.node:
            for name in node.input:
                self._readers[name].append(node)

    def array(self, name: str) -> NDArray[Any]:
        """The numbers of a weight."""
        return numpy_helper.to_array(self.weights[name])

    def add(self, name: str, array: NDArray[Any]) -> str:
        """One more weight; its name."""
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def readers(self, name: str) -> list[NodeProto]:
        """The nodes that read a tensor."""
        return self._readers[name]

    def reader(self, name: str, kind: str) -> NodeProto:
        """The one node of a kind that reads a tensor."""
        found = [node for node in self.readers(name) if node.op_type == kind]
        if len(found) != 1:
            raise ModelDamaged(f"{name} has {len(found)} {kind} behind it: it isn't the Kokoro that this program knows")
        return found[0]

    def dequantised(self, node: NodeProto) -> NDArray[np.float32]:
        """The weights of a ConvInteger."""
        name = node.input[1]
        steps = self.array(name).astype(np.float32) - self.array(node.input[3]).astype(np.float32)
        return np.asarray(steps * self.array(name.removesuffix("_quantized") + "_scale"), np.float32)

    def replace(self, node: NodeProto, instead: list[NodeProto]) -> None:
        """Have other nodes make what a node makes."""
        self._instead[node.output[0]] = instead

    def rebuilt(self) -> ModelProto:
        """The graph with its replacements, without what nobody reads any more."""
        graph = self._model.graph
        nodes = [new for node in graph.node for new in self._instead.get(node.output[0], [node])]
        needed, kept = {value.name for value in graph.output}, []
        for node in reversed(nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        weights = [weight for name, weight in self.weights.items() if name in needed]
        made = helper.make_graph(kept[::-1], graph.name, graph.input, graph.output, weights)
        return helper.make_model(made, opset_imports=self._model.opset_import, ir_version=self._model.ir_version)


def _dequantise(net: Net, node: NodeProto) -> None:
    """Replace ConvInteger, the Add of its bias if it has one, Cast and Mul."""
    inputs = [net.maker[node.input[0]].input[0], net.add(f"{node.name}_weight", net.dequantised(node))]
    [follower] = net.readers(node.output[0])
    if follower.op_type == "Add":
        bias = next(name for name in follower.input if name != node.output[0])
        while bias not in net.weights or not bias.endswith(".bias"):
            bias = net.maker[bias].input[0]
        inputs.append(bias)
        follower = net.reader(follower.output[0], "Cast")
    scaled = net.reader(follower.output[0], "Mul")
    net.replace(scaled, [_like(node, inputs, scaled.output[0])])


def _fold(net: Net, sine: NodeProto) -> None:
    """Rewrite one normalisation with its Snake, found from the sine in its middle."""
    alpha, bent = net.maker[sine.input[0]].input
    squared = net.reader(sine.output[0], "Pow")
    snake = net.reader(net.reader(squared.output[0], "Mul").output[0], "Add")
    shifted = net.maker[bent]
    scaled, beta = shifted.input
    gain, normal = net.maker[scaled].input
    centred, deviation = net.maker[normal].input
    signal, mean = net.maker[centred].input
    at = sine.name

    def make(kind: str, what: str, *names: str) -> NodeProto:
        return helper.make_node(kind, names, [f"{at}_{what}"], f"{at}_{what}")

    net.replace(
        snake,
        [
            make("Div", "rate", gain, deviation),
            make("Mul", "gain", f"{at}_rate", alpha),
            make("Mul", "moved", f"{at}_rate", mean),
            make("Sub", "offset", beta, f"{at}_moved"),
            make("Mul", "bias", f"{at}_offset", alpha),
            make("Mul", "scaled", signal, f"{at}_gain"),
            make("Add", "phase", f"{at}_scaled", f"{at}_bias"),
            make("Sin", "sine", f"{at}_phase"),
            make("Mul", "square", f"{at}_sine", f"{at}_sine"),
            helper.make_node("Add", [f"{at}_phase", f"{at}_square"], [snake.output[0]], f"{at}_bent"),
        ],
    )
    convolution = net.reader(snake.output[0], "Conv")
    weight = net.array(convolution.input[1]) / net.array(alpha)
    convolution_inputs = [snake.output[0], net.add(f"{convolution.input[1]}_bent", weight), *convolution.input[2:]]
    net.replace(convolution, [_like(convolution, convolution_inputs, convolution.output[0])])


def _like(node: NodeProto, inputs: list[str], output: str) -> NodeProto:
    """A Conv with the settings of another."""
    made = helper.make_node("Conv", inputs, [output], node.name)
    made.attribute.extend(node.attribute)
    return made
