"""The convolutions as products: what a kernel sees is laid out as a row, channels last, and multiplied.

So they are as fast as the encoder's layers, in int8 as well, and nothing is transposed between a convolution and the
norm after it. Measured at the sizes of mms-1b-all: three times faster than ONNX Runtime's float32 Conv.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.engines.mms.arithmetic import Arithmetic, Rows
    from oyez.engines.mms.layout import Architecture
    from oyez.engines.mms.tensors import Array, TensorFile
    from oyez.engines.mms.writer import GraphWriter

CONV_EPS = 1e-5  # transformers leaves these norms at torch's default, whatever layer_norm_eps says
POSITIONS = "wav2vec2.encoder.pos_conv_embed.conv"


class Convolutions:
    """Writes the convolutions of one architecture."""

    def __init__(
        self, graph: GraphWriter, arithmetic: Arithmetic, architecture: Architecture, tensors: TensorFile
    ) -> None:
        self._g = graph
        self._products = arithmetic
        self._a = architecture
        self._tensors = tensors

    def features(self, samples: str, norm: Callable[[str, str, float], str]) -> str:
        """[samples] -> [frames, channels]: strided convolutions, normed and activated."""
        g = self._g
        x = g.node("Unsqueeze", samples, g.integers(1))
        for i, (kernel, stride) in enumerate(zip(self._a.conv_kernels, self._a.conv_strides, strict=True)):
            base = f"wav2vec2.feature_extractor.conv_layers.{i}."
            x = self._convolved(x, base + "conv", kernel, stride)
            if not self._a.group_norm:
                x = norm(x, base + "layer_norm", CONV_EPS)
            elif i == 0:
                x = self._norm_over_time(x, base + "layer_norm")
            x = g.node("Gelu", x)
        return x

    def positions(self, x: str) -> str:
        """[frames, hidden] -> the same: positions, by a convolution in groups. An even kernel pads one less behind."""
        g, a = self._g, self._a
        width = a.hidden // a.pos_groups
        rows = self._products.rows(x)
        pads = g.integers(a.pos_kernel // 2, 0, (a.pos_kernel - 1) // 2, 0)
        padded = g.node("Pad", *filter(None, (rows.name, pads, rows.zero)))
        parts = g.node("Split", padded, axis=1, num_outputs=a.pos_groups, outputs=a.pos_groups)
        seen = self._seen(x)
        kernel, bias = position_kernel(self._tensors, a), self._tensors.read(POSITIONS + ".bias")
        outputs = []
        for group in range(a.pos_groups):
            own = slice(group * width, (group + 1) * width)
            part = f"{parts}.{group}" if group else parts
            laid = g.node("Reshape", g.node("Gather", part, seen, axis=0), g.integers(0, a.pos_kernel * width))
            weight = kernel[own].transpose(0, 2, 1).reshape(width, -1)
            outputs.append(self._products.product(rows.named(laid), f"{POSITIONS}.{group}", weight, bias[own]))
        return g.node("Gelu", g.node("Concat", *outputs, axis=1))

    def _seen(self, x: str) -> str:
        """[frames, kernel]: which padded frames the kernel sees from each frame."""
        g = self._g
        frames = g.node("Squeeze", g.node("Shape", x, start=0, end=1))
        zero, one = g.weight("zero", np.array(0, np.int64)), g.weight("one", np.array(1, np.int64))
        first = g.node("Unsqueeze", g.node("Range", zero, frames, one), g.integers(1))
        return g.node("Add", first, g.integers(*range(self._a.pos_kernel)))

    def _convolved(self, x: str, name: str, kernel: int, stride: int) -> str:
        """[long, channels] -> [short, channels].

        The first one, of a single channel, has too few inputs for int8. Normed over time, loud moments are so far
        above quiet ones that one scale serves not both (measured: 11 dB): there all of them are float32.
        """
        weight = self._tensors.read(name + ".weight")
        bias = self._tensors.read(name + ".bias") if self._a.conv_bias else None
        outside, inside = weight.shape[:2]
        flat = weight.transpose(0, 2, 1).reshape(outside, kernel * inside)
        if inside == 1 or self._a.group_norm:
            return self._exact(self._laid(x, kernel, stride, inside), name, flat, bias)
        rows = self._products.rows(x)
        laid = self._laid(x, kernel, stride, inside, rows)
        return self._products.product(rows.named(laid), name, flat, bias)

    def _exact(self, x: str, name: str, weight: Array, bias: Array | None) -> str:
        g = self._g
        product = g.node("MatMul", x, g.weight(name + ".weight", weight.T))
        return product if bias is None else g.node("Add", product, g.weight(name + ".bias", bias))

    def _laid(self, x: str, kernel: int, stride: int, channels: int, rows: Rows | None = None) -> str:
        """What the kernel sees, [short, kernel * channels]: whole strides are reshaped, the rest is every n-th row."""
        g = self._g
        source = rows.name if rows else x
        spanned = self._spanned(x, kernel, stride)
        parts = []
        for first in range(0, kernel - kernel % stride, stride):
            cut = g.node("Slice", source, g.integers(first), g.node("Add", spanned, g.integers(first)), g.integers(0))
            parts.append(g.node("Reshape", cut, g.integers(-1, stride * channels)))
        for first in range(kernel - kernel % stride, kernel):
            end = g.node("Add", spanned, g.integers(first))
            parts.append(g.node("Slice", source, g.integers(first), end, g.integers(0), g.integers(stride)))
        return parts[0] if len(parts) == 1 else g.node("Concat", *parts, axis=1)

    def _spanned(self, x: str, kernel: int, stride: int) -> str:
        """The number of outputs times the stride, as [1]."""
        g = self._g
        steps = g.node("Div", g.node("Sub", g.node("Shape", x, start=0, end=1), g.integers(kernel)), g.integers(stride))
        return g.node("Mul", g.node("Add", steps, g.integers(1)), g.integers(stride))

    def _norm_over_time(self, x: str, base: str) -> str:
        """Each channel over the whole utterance: torch's GroupNorm with as many groups as channels."""
        g = self._g
        weight, bias = (g.weight(base + part, self._tensors.read(base + part)) for part in (".weight", ".bias"))
        centred = g.node("Sub", x, g.node("ReduceMean", x, g.integers(0)))
        variance = g.node("ReduceMean", g.node("Mul", centred, centred), g.integers(0))
        floor = g.weight("conv_eps", np.array(CONV_EPS, np.float32))
        scale = g.node("Div", weight, g.node("Sqrt", g.node("Add", variance, floor)))
        return g.node("Add", g.node("Mul", centred, scale), bias)


def position_kernel(tensors: TensorFile, architecture: Architecture) -> Array:
    """The positional convolution's kernel with its weight norm folded in; torch has named the two parts in two ways."""
    modern = POSITIONS + ".parametrizations.weight.original0" in tensors.entries
    names = (".parametrizations.weight.original{}", "01") if modern else (".weight_{}", "gv")
    size, direction = (tensors.read(POSITIONS + names[0].format(part)) for part in names[1])
    a = architecture
    expected = (a.hidden, a.hidden // a.pos_groups, a.pos_kernel)
    if direction.shape != expected or size.shape != (1, 1, a.pos_kernel):
        raise ModelDamaged(
            f"{tensors.path}: pos_conv_embed has shapes {size.shape}, {direction.shape}; expected {expected}"
        )
    length = np.sqrt(np.square(direction, dtype=np.float64).sum(axis=(0, 1), keepdims=True))
    return np.asarray(size * direction / length, np.float32)
