"""The MMS network as an ONNX graph, written node by node from the weights: no torch, no tracing.

Inputs: `samples` [samples] float32, normalised; then every tensor of one language's adapter and head under its Hugging
Face name and shape, so that changing the language is feeding another dict. Output: `logits` [frames, symbols].
The batch is one utterance, so the encoder works on [frames, hidden] matrices.

Weights go to the external data file as they are read: memory holds one layer at a time. Quantised, the encoder's linear
layers are int8 with a scale for each output channel, and their input is quantised at run time (DynamicQuantizeLinear +
MatMulInteger, which ONNX Runtime fuses). Convolutions, attention, adapters and head stay float32.
Reference for the arithmetic: Wav2Vec2EncoderStableLayerNorm and Wav2Vec2AttnAdapterLayer in transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from oyez.engines.mms.layout import HEAD
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oyez.engines.mms.layout import Architecture
    from oyez.engines.mms.tensors import Array, TensorFile

OPSET = 20  # the first with Gelu
IR_VERSION = 9
ALIGNMENT = 4096  # lets ONNX Runtime map each tensor
INLINE_BYTES = 1024  # smaller tensors stay in the graph
CONV_EPS = 1e-5  # transformers leaves these norms at torch's default, whatever layer_norm_eps says


class GraphWriter:
    """Collects nodes, streams weights to `data` as they come."""

    def __init__(self, data: Path) -> None:
        self._data = data.open("wb")
        self._location = data.name
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def node(self, kind: str, *inputs: str, name: str = "", outputs: int = 1, **attributes: Any) -> str:
        """Add a node; the name of its (first) output, the others end in `.1`, `.2`."""
        name = name or f"{kind}_{len(self._nodes)}"
        names = [name, *(f"{name}.{i}" for i in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=name, **attributes))
        return name

    def weight(self, name: str, array: np.ndarray[Any, Any]) -> str:
        """Add a constant; its name."""
        array = np.ascontiguousarray(array)
        tensor = onnx.TensorProto(name=name, dims=array.shape, data_type=helper.np_dtype_to_tensor_dtype(array.dtype))
        if array.nbytes < INLINE_BYTES:
            tensor.raw_data = array.tobytes()
        else:
            self._data.seek(-(-self._data.tell() // ALIGNMENT) * ALIGNMENT)
            tensor.data_location = TensorProto.EXTERNAL
            place = {"location": self._location, "offset": self._data.tell(), "length": array.nbytes}
            tensor.external_data.extend(onnx.StringStringEntryProto(key=k, value=str(v)) for k, v in place.items())
            self._data.write(array.data)
        self._weights.append(tensor)
        return name

    def integers(self, *values: int) -> str:
        """Axes, or a shape (in which 0 keeps the dimension); the constant's name."""
        name = f"integers{list(values)}"
        if all(weight.name != name for weight in self._weights):
            self.weight(name, np.array(values, np.int64))
        return name

    def finish(self, path: Path, inputs: list[onnx.ValueInfoProto], output: onnx.ValueInfoProto) -> None:
        """Write the graph beside its data."""
        self._data.close()
        graph = helper.make_graph(self._nodes, "mms", inputs, [output], self._weights)
        opsets = [helper.make_opsetid("", OPSET)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="oyez"), path)


class Network:
    """Writes the network of one architecture from its trunk's tensors."""

    def __init__(self, architecture: Architecture, tensors: TensorFile, data: Path, *, largest: int | None) -> None:
        """`largest` is the largest integer of a quantised weight (see cpu.py); None keeps float32."""
        self._a = architecture
        self._tensors = tensors
        self._largest = largest
        self._g = GraphWriter(data)

    def write(self, path: Path, progress: Callable[[float], None]) -> None:
        """Write the whole graph; `progress` gets the fraction done."""
        x = self._features("samples")
        x = self._positions(x)
        for layer in range(self._a.layers):
            x = self._layer(x, f"wav2vec2.encoder.layers.{layer}.")
            progress((layer + 1) / self._a.layers)
        x = self._norm(x, "wav2vec2.encoder.layer_norm", self._a.eps)
        logits = self._g.node("Gemm", x, *HEAD, name="logits", transB=1)
        inputs = [_value("samples", ["samples"])]
        for name, shape in self._a.adapter_shapes(0).items():
            inputs.append(_value(name, ["symbols", *shape[1:]] if name in HEAD else list(shape)))
        self._g.finish(path, inputs, _value(logits, ["frames", "symbols"]))

    def _features(self, samples: str) -> str:
        """[samples] -> [frames, hidden]: strided convolutions, each normalised over its channels."""
        g, a = self._g, self._a
        x = g.node("Unsqueeze", samples, g.integers(0, 1))
        for i, (kernel, stride) in enumerate(zip(a.conv_kernels, a.conv_strides, strict=True)):
            base = f"wav2vec2.feature_extractor.conv_layers.{i}."
            weights = self._trunk(base + "conv.weight"), self._trunk(base + "conv.bias")
            x = g.node("Conv", x, *weights, kernel_shape=[kernel], strides=[stride])
            x = g.node("Transpose", x, perm=[0, 2, 1])
            x = g.node("Gelu", self._norm(x, base + "layer_norm", CONV_EPS))
            if i < len(a.conv_strides) - 1:
                x = g.node("Transpose", x, perm=[0, 2, 1])
        x = g.node("Squeeze", x, g.integers(0))
        x = self._norm(x, "wav2vec2.feature_projection.layer_norm", a.eps)
        base = "wav2vec2.feature_projection.projection"
        return g.node("Gemm", x, self._trunk(base + ".weight"), self._trunk(base + ".bias"), transB=1)

    def _positions(self, x: str) -> str:
        """Add the convolutional position embedding. An even kernel pads one less at the end."""
        g, kernel = self._g, self._a.pos_kernel
        wide = g.node("Unsqueeze", g.node("Transpose", x, perm=[1, 0]), g.integers(0))
        weight = g.weight("pos_conv.weight", position_kernel(self._tensors, self._a))
        conv = g.node(
            "Conv", wide, weight, self._trunk("wav2vec2.encoder.pos_conv_embed.conv.bias"),
            kernel_shape=[kernel], group=self._a.pos_groups, pads=[kernel // 2, (kernel - 1) // 2],
        )  # fmt: skip
        tall = g.node("Transpose", g.node("Squeeze", g.node("Gelu", conv), g.integers(0)), perm=[1, 0])
        return g.node("Add", x, tall)

    def _layer(self, x: str, base: str) -> str:
        """One transformer layer: attention, feed-forward, adapter; each normalises first and adds to its input."""
        g = self._g
        x = g.node("Add", x, self._attention(self._norm(x, base + "layer_norm", self._a.eps), base + "attention."))
        y = self._norm(x, base + "final_layer_norm", self._a.eps)
        y = g.node("Gelu", self._linear(y, base + "feed_forward.intermediate_dense"))
        x = g.node("Add", x, self._linear(y, base + "feed_forward.output_dense"))
        return g.node("Add", x, self._adapter(x, base + "adapter_layer."))

    def _attention(self, x: str, base: str) -> str:
        """Self-attention over all frames; query, key and value are one matrix, the query's part already scaled."""
        g, a = self._g, self._a
        size = a.hidden // a.heads
        weights = [self._tensors.read(f"{base}{part}_proj.weight") for part in "qkv"]
        biases = [self._tensors.read(f"{base}{part}_proj.bias") for part in "qkv"]
        weights[0], biases[0] = weights[0] * size**-0.5, biases[0] * size**-0.5
        qkv = self._matmul(x, base + "qkv", np.concatenate(weights), np.concatenate(biases))
        split = g.node("Split", qkv, axis=1, num_outputs=3, outputs=3)
        query, value = (self._heads(part, [1, 0, 2]) for part in (split, f"{split}.2"))
        key = self._heads(f"{split}.1", [1, 2, 0])
        weighted = g.node("MatMul", g.node("Softmax", g.node("MatMul", query, key), axis=-1), value)
        joined = g.node("Transpose", weighted, perm=[1, 0, 2])
        flat = g.node("Reshape", joined, g.integers(0, a.hidden))
        return self._linear(flat, base + "out_proj")

    def _heads(self, x: str, perm: list[int]) -> str:
        g, a = self._g, self._a
        return g.node("Transpose", g.node("Reshape", x, g.integers(0, a.heads, a.hidden // a.heads)), perm=perm)

    def _adapter(self, x: str, base: str) -> str:
        """The language's part of a layer; its tensors are graph inputs."""
        g = self._g
        y = g.node("LayerNormalization", x, base + "norm.weight", base + "norm.bias", axis=-1, epsilon=CONV_EPS)
        y = g.node("Relu", g.node("Gemm", y, base + "linear_1.weight", base + "linear_1.bias", transB=1))
        return g.node("Gemm", y, base + "linear_2.weight", base + "linear_2.bias", transB=1)

    def _norm(self, x: str, base: str, eps: float) -> str:
        weights = self._trunk(base + ".weight"), self._trunk(base + ".bias")
        return self._g.node("LayerNormalization", x, *weights, axis=-1, epsilon=eps)

    def _linear(self, x: str, base: str) -> str:
        return self._matmul(x, base, self._tensors.read(base + ".weight"), self._tensors.read(base + ".bias"))

    def _matmul(self, x: str, name: str, weight: Array, bias: Array) -> str:
        """X @ weight.T + bias, weight [outputs, inputs]."""
        g = self._g
        if self._largest is None:
            return g.node("Gemm", x, g.weight(name + ".weight", weight), g.weight(name + ".bias", bias), transB=1)
        integers, scales = quantise_rows(weight, self._largest)
        small = g.node("DynamicQuantizeLinear", x, outputs=3)
        product = g.node("MatMulInteger", small, g.weight(name + ".int8", integers.T), f"{small}.2")
        scale = g.node("Mul", f"{small}.1", g.weight(name + ".scale", scales))
        exact = g.node("Mul", g.node("Cast", product, to=TensorProto.FLOAT), scale)
        return g.node("Add", exact, g.weight(name + ".bias", bias))

    def _trunk(self, name: str) -> str:
        return self._g.weight(name, self._tensors.read(name))


def quantise_rows(weight: Array, largest: int) -> tuple[np.ndarray[Any, np.dtype[np.int8]], Array]:
    """Symmetric integers up to `largest` with one scale a row: weight is about integers * scales[:, None]."""
    scales = (np.abs(weight).max(axis=1) / largest).astype(np.float32)
    scales[scales == 0] = 1
    return np.rint(weight / scales[:, None]).astype(np.int8), scales


def position_kernel(tensors: TensorFile, architecture: Architecture) -> Array:
    """The positional convolution's kernel with its weight norm folded in; torch has named the two parts in two ways."""
    base = "wav2vec2.encoder.pos_conv_embed.conv."
    modern = base + "parametrizations.weight.original0" in tensors.entries
    names = ("parametrizations.weight.original{}", "01") if modern else ("weight_{}", "gv")
    size, direction = (tensors.read(base + names[0].format(part)) for part in names[1])
    a = architecture
    expected = (a.hidden, a.hidden // a.pos_groups, a.pos_kernel)
    if direction.shape != expected or size.shape != (1, 1, a.pos_kernel):
        raise ModelDamaged(
            f"{tensors.path}: pos_conv_embed has shapes {size.shape}, {direction.shape}; expected {expected}"
        )
    length = np.sqrt(np.square(direction, dtype=np.float64).sum(axis=(0, 1), keepdims=True))
    return np.asarray(size * direction / length, np.float32)


def _value(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
