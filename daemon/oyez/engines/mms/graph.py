"""The network of a Wav2Vec2ForCTC as an ONNX graph, written from the weights: no torch, no tracing.

Inputs: `samples` [samples] float32, normalised; then every tensor of one language (its adapters, if it has any, and its
head) under its Hugging Face name and shape, so that changing the language is feeding another dict. Output: `logits`
[frames, symbols]. The batch is one utterance, so everything works on [frames, channels] matrices. What goes into layer
n is named `hidden.n`, what comes out of the whole encoder `hidden.<layers>`.

Weights go to the external data file as they are read: memory holds one layer at a time. Quantised, convolutions and
linear layers are int8 (arithmetic.py); attention, norms, adapters and head stay float32.
Reference for the arithmetic: Wav2Vec2Model in transformers, and reference.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from oyez.engines.mms.arithmetic import Arithmetic
from oyez.engines.mms.convolutions import CONV_EPS, Convolutions
from oyez.engines.mms.layout import HEAD
from oyez.engines.mms.writer import GraphWriter, value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oyez.engines.mms.layout import Architecture
    from oyez.engines.mms.tensors import TensorFile


class Network:
    """Writes the network of one architecture from its trunk's tensors."""

    def __init__(self, architecture: Architecture, tensors: TensorFile, data: BinaryIO, *, largest: int | None) -> None:
        """Weights go to `data`; `largest` is the largest integer of a quantised one (cpu.py), None keeps float32."""
        self._a = architecture
        self._tensors = tensors
        self._g = GraphWriter(data)
        self._products = Arithmetic(self._g, largest)
        self._convolutions = Convolutions(self._g, self._products, architecture, tensors)

    def write(self, path: Path, progress: Callable[[float], None]) -> None:
        """Write the whole graph; `progress` gets the fraction done."""
        x = self._encoder_input()
        for layer in range(self._a.layers):
            x = self._layer(x, layer)
            progress((layer + 1) / self._a.layers)
        if self._a.pre_norm:
            x = self._norm(x, "wav2vec2.encoder.layer_norm", self._a.eps, name=f"hidden.{self._a.layers}")
        logits = self._g.node("Gemm", x, *HEAD, name="logits", transB=1)
        inputs = [value("samples", ["samples"])]
        for name, shape in self._a.adapter_shapes(0).items():
            inputs.append(value(name, ["symbols", *shape[1:]] if name in HEAD else list(shape)))
        self._g.finish(path, inputs, value(logits, ["frames", "symbols"]))

    def _encoder_input(self) -> str:
        """Features, projected to the encoder's width, and their positions."""
        x = self._convolutions.features("samples", self._norm)
        x = self._norm(x, "wav2vec2.feature_projection.layer_norm", self._a.eps)
        x = self._linear(x, "wav2vec2.feature_projection.projection")
        if self._a.pre_norm:
            return self._g.node("Add", x, self._convolutions.positions(x), name="hidden.0")
        x = self._g.node("Add", x, self._convolutions.positions(x))
        return self._norm(x, "wav2vec2.encoder.layer_norm", self._a.eps, name="hidden.0")

    def _layer(self, x: str, layer: int) -> str:
        """One transformer layer, with the language's adapter where there is one."""
        g, base = self._g, f"wav2vec2.encoder.layers.{layer}."
        norms = base + "layer_norm", base + "final_layer_norm"
        last = self._a.pre_norm and layer + 1 == self._a.layers  # the encoder's own norm comes after it
        out = "" if last else f"hidden.{layer + 1}"
        if not self._a.pre_norm:
            x = self._norm(g.node("Add", x, self._attention(x, base + "attention.")), norms[0], self._a.eps)
            return self._norm(g.node("Add", x, self._feed_forward(x, base)), norms[1], self._a.eps, name=out)
        x = g.node("Add", x, self._attention(self._norm(x, norms[0], self._a.eps), base + "attention."))
        inner = "" if self._a.adapter else out
        x = g.node("Add", x, self._feed_forward(self._norm(x, norms[1], self._a.eps), base), name=inner)
        return g.node("Add", x, self._adapter(x, base + "adapter_layer."), name=out) if self._a.adapter else x

    def _feed_forward(self, x: str, base: str) -> str:
        inner = self._g.node("Gelu", self._linear(x, base + "feed_forward.intermediate_dense"))
        return self._linear(inner, base + "feed_forward.output_dense")

    def _attention(self, x: str, base: str) -> str:
        """Self-attention over all frames; query, key and value are one matrix, the query's part already scaled."""
        g, a = self._g, self._a
        size = a.hidden // a.heads
        weights = [self._tensors.read(f"{base}{part}_proj.weight") for part in "qkv"]
        biases = [self._tensors.read(f"{base}{part}_proj.bias") for part in "qkv"]
        weights[0], biases[0] = weights[0] * size**-0.5, biases[0] * size**-0.5
        qkv = self._products.linear(x, base + "qkv", np.concatenate(weights), np.concatenate(biases))
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

    def _norm(self, x: str, base: str, eps: float, name: str = "") -> str:
        weights = (self._g.weight(base + part, self._tensors.read(base + part)) for part in (".weight", ".bias"))
        return self._g.node("LayerNormalization", x, *weights, name=name, axis=-1, epsilon=eps)

    def _linear(self, x: str, base: str) -> str:
        return self._products.linear(x, base, self._tensors.read(base + ".weight"), self._tensors.read(base + ".bias"))
