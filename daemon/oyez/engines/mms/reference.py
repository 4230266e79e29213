"""The network once more, in numpy and float32, layer by layer from the checkpoint: prepared models are checked with it.

Slow, and plain on purpose: it shares no arithmetic with the graph. It is itself proven against transformers
(tests/contract/test_mms_torch.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.mms.convolutions import CONV_EPS, POSITIONS, position_kernel
from oyez.engines.mms.layout import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.engines.mms.layout import Architecture
    from oyez.engines.mms.tensors import Array, TensorFile
    from oyez.model import Samples


class Reference:
    """One network; memory holds one layer of it at a time."""

    def __init__(self, architecture: Architecture, trunk: TensorFile, adapter: TensorFile) -> None:
        self._a = architecture
        self._trunk = trunk
        self._adapter = adapter

    def logits(self, samples: Samples, progress: Callable[[float], None]) -> Array:
        """Logits [frames, symbols] of normalised samples."""
        x = self._linear(self._norm(self._features(samples), "wav2vec2.feature_projection.layer_norm"), PROJECTION)
        x = x + gelu(self._positions(x))
        if not self._a.pre_norm:
            x = self._norm(x, "wav2vec2.encoder.layer_norm")
        for layer in range(self._a.layers):
            x = self._layer(x, f"wav2vec2.encoder.layers.{layer}.")
            progress((layer + 1) / self._a.layers)
        if self._a.pre_norm:
            x = self._norm(x, "wav2vec2.encoder.layer_norm")
        weight, bias = (self._adapter.read(name) for name in HEAD)
        return np.asarray(x @ weight.T + bias, np.float32)

    def _features(self, samples: Samples) -> Array:
        x = samples[:, None]
        for i, stride in enumerate(self._a.conv_strides):
            base = f"wav2vec2.feature_extractor.conv_layers.{i}."
            weight = self._trunk.read(base + "conv.weight")
            x = np.tensordot(_seen(x, weight.shape[2])[::stride], weight, axes=((1, 2), (1, 2)))
            if self._a.conv_bias:
                x = x + self._trunk.read(base + "conv.bias")
            if not self._a.group_norm:
                x = self._norm(x, base + "layer_norm", CONV_EPS)
            elif i == 0:
                x = self._norm(x, base + "layer_norm", CONV_EPS, axis=0)
            x = gelu(x)
        return x

    def _positions(self, x: Array) -> Array:
        kernel = position_kernel(self._trunk, self._a)
        before, after = self._a.pos_kernel // 2, (self._a.pos_kernel - 1) // 2
        seen = _seen(np.pad(x, ((before, after), (0, 0))), self._a.pos_kernel)
        groups = zip(np.split(seen, self._a.pos_groups, axis=1), np.split(kernel, self._a.pos_groups), strict=True)
        parts = [np.tensordot(part, weight, axes=((1, 2), (1, 2))) for part, weight in groups]
        return np.concatenate(parts, axis=1) + self._trunk.read(POSITIONS + ".bias")

    def _layer(self, x: Array, base: str) -> Array:
        first, second = base + "layer_norm", base + "final_layer_norm"
        if not self._a.pre_norm:
            x = self._norm(x + self._attention(x, base + "attention."), first)
            return self._norm(x + self._feed_forward(x, base + "feed_forward."), second)
        x = x + self._attention(self._norm(x, first), base + "attention.")
        x = x + self._feed_forward(self._norm(x, second), base + "feed_forward.")
        return x + self._adapted(x, base + "adapter_layer.") if self._a.adapter else x

    def _attention(self, x: Array, base: str) -> Array:
        size = self._a.hidden // self._a.heads
        query, key, value = (
            self._linear(x, f"{base}{part}_proj").reshape(len(x), self._a.heads, size).swapaxes(0, 1) for part in "qkv"
        )
        scores = query @ key.swapaxes(1, 2) / np.sqrt(np.float32(size))
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        seen = powers / powers.sum(axis=-1, keepdims=True) @ value
        return self._linear(seen.swapaxes(0, 1).reshape(x.shape), base + "out_proj")

    def _feed_forward(self, x: Array, base: str) -> Array:
        return self._linear(gelu(self._linear(x, base + "intermediate_dense")), base + "output_dense")

    def _adapted(self, x: Array, base: str) -> Array:
        read = self._adapter.read
        x = _normed(x, read(base + "norm.weight"), read(base + "norm.bias"), CONV_EPS)
        inner = np.maximum(x @ read(base + "linear_1.weight").T + read(base + "linear_1.bias"), 0)
        return np.asarray(inner @ read(base + "linear_2.weight").T + read(base + "linear_2.bias"), np.float32)

    def _linear(self, x: Array, base: str) -> Array:
        return x @ self._trunk.read(base + ".weight").T + self._trunk.read(base + ".bias")

    def _norm(self, x: Array, base: str, eps: float | None = None, axis: int = 1) -> Array:
        weight, bias = self._trunk.read(base + ".weight"), self._trunk.read(base + ".bias")
        return _normed(x, weight, bias, self._a.eps if eps is None else eps, axis)


PROJECTION = "wav2vec2.feature_projection.projection"


def gelu(x: Array) -> Array:
    """X * Phi(x), by Abramowitz and Stegun's formula 7.1.26 for erf: within 1.5e-7."""
    z = np.abs(x) / np.sqrt(np.float32(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for factor in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(factor)) * t
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    return np.asarray(x * (1 + erf) / 2, np.float32)


def _seen(x: Array, kernel: int) -> Array:
    """What a kernel sees at each place of [rows, channels]: [places, channels, kernel]."""
    return np.lib.stride_tricks.sliding_window_view(x, kernel, axis=0)


def _normed(x: Array, weight: Array, bias: Array, eps: float, axis: int = 1) -> Array:
    centred = x - x.mean(axis=axis, keepdims=True)
    variance = np.square(centred).mean(axis=axis, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + eps) * weight + bias, np.float32)
