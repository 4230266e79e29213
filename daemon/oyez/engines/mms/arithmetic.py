"""Products with constant weights as a graph computes them: in float32, or in int8.

In int8 the weights are integers with a scale for each output, and what they are multiplied with is quantised at run
time, to uint8 with one scale and zero point for the whole of it (`DynamicQuantizeLinear`). ONNX Runtime's own operators
multiply, scale and add the bias in one pass. Quantised rows may be cut and joined before the product, at a quarter of
the memory traffic: that is how the convolutions become products.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.engines.mms.writer import RUNTIME, GraphWriter

if TYPE_CHECKING:
    from oyez.engines.mms.tensors import Array


@dataclass(frozen=True, slots=True)
class Rows:
    """The name of a matrix in the graph, [rows, inputs]; where it is quantised, also of its scale and zero point."""

    name: str
    scale: str = ""
    zero: str = ""

    def named(self, name: str) -> Rows:
        """Another matrix with the same scale: cut from this one, or joined from parts of it."""
        return replace(self, name=name)


class Arithmetic:
    """Writes products; `largest` is the largest integer of a quantised weight (see cpu.py), None keeps float32."""

    def __init__(self, graph: GraphWriter, largest: int | None) -> None:
        self._g = graph
        self._largest = largest

    def rows(self, x: str) -> Rows:
        """A float32 matrix as products take it."""
        if self._largest is None:
            return Rows(x)
        small = self._g.node("DynamicQuantizeLinear", x, outputs=3)
        return Rows(small, f"{small}.1", f"{small}.2")

    def product(self, rows: Rows, name: str, weight: Array, bias: Array | None) -> str:
        """Rows @ weight.T + bias as float32; weight [outputs, inputs]. `name` is that of the weights in the graph."""
        g = self._g
        added = "" if bias is None else g.weight(name + ".bias", bias)
        if self._largest is None:
            product = g.node("MatMul", rows.name, g.weight(name + ".weight", weight.T))
            return g.node("Add", product, added) if added else product
        integers, scales = quantise_rows(weight, self._largest)
        constants = g.weight(name + ".int8", integers.T), g.weight(name + ".scale", scales)
        inputs = (rows.name, constants[0], rows.scale, constants[1], rows.zero, "", added)
        return g.node("MatMulIntegerToFloat", *(inputs if added else inputs[:5]), domain=RUNTIME)

    def linear(self, x: str, name: str, weight: Array, bias: Array | None) -> str:
        """The product of a float32 matrix."""
        return self.product(self.rows(x), name, weight, bias)


def quantise_rows(weight: Array, largest: int) -> tuple[np.ndarray[Any, np.dtype[np.int8]], Array]:
    """Symmetric integers up to `largest` with one scale a row: weight is about integers * scales[:, None]."""
    scales = (np.abs(weight).max(axis=1) / largest).astype(np.float32)
    scales[scales == 0] = 1
    with np.errstate(invalid="ignore"):  # weights that aren't numbers are found when the outcome is tried (proof.py)
        return np.rint(weight / scales[:, None]).astype(np.int8), scales
