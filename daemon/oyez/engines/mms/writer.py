"""An ONNX graph written node by node; its weights go to the external data file as they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnx
from onnx import TensorProto, helper

OPSET = 20  # the first with Gelu
IR_VERSION = 9
RUNTIME = "com.microsoft"  # the domain of ONNX Runtime's own operators
ALIGNMENT = 4096  # lets ONNX Runtime map each tensor
INLINE_BYTES = 1024  # smaller tensors stay in the graph


class GraphWriter:
    """Collects nodes, streams weights to the open file `data`, which lies beside the graph."""

    def __init__(self, data: BinaryIO) -> None:
        self._data = data
        self._location = Path(data.name).name
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._integers: set[str] = set()

    def node(
        self, kind: str, *inputs: str, name: str = "", outputs: int = 1, domain: str = "", **attributes: Any
    ) -> str:
        """Add a node; the name of its (first) output, the others end in `.1`, `.2`. An empty input is left out."""
        name = name or f"{kind}_{len(self._nodes)}"
        names = [name, *(f"{name}.{i}" for i in range(1, outputs))]
        self._nodes.append(helper.make_node(kind, list(inputs), names, name=name, domain=domain, **attributes))
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
        if name not in self._integers:
            self._integers.add(self.weight(name, np.array(values, np.int64)))
        return name

    def finish(self, path: Path, inputs: list[onnx.ValueInfoProto], output: onnx.ValueInfoProto) -> None:
        """Write the graph beside its data."""
        graph = helper.make_graph(self._nodes, "wav2vec2", inputs, [output], self._weights)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(RUNTIME, 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="oyez"), path)


def value(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    """A float32 input or output of a graph."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
