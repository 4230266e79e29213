"""What a network thinks of audio before it writes: the frames between its layers, out of a prepared folder.

The graph is cut behind the layer: what comes after isn't loaded, and the recogniser's own graph stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnx
import onnxruntime as ort

from oyez.engines.mms.network import OnnxNetwork
from oyez.engines.mms.prepared import Prepared
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from pathlib import Path


class HiddenNetwork(OnnxNetwork):
    """Like OnnxNetwork, but `compute` gives [frames, hidden]: what comes out of a layer.

    `layer` counts as transformers' `hidden_states` do: 0 is what goes into the first layer, the number of layers (or
    None) what the whole encoder gives. Raises InvalidInput for a layer that isn't there.
    """

    def __init__(self, folder: Path, layer: int | None, *, threads: int = 0) -> None:
        layers = Prepared.open(folder).architecture.layers
        self.layer = layers if layer is None else layer
        if not 0 <= self.layer <= layers:
            raise InvalidInput(f"there is no layer {layer}", hint=f"0 to {layers}: {layers} is the encoder's end")
        super().__init__(folder, threads=threads)

    def _opened(self, graph: Path, options: ort.SessionOptions) -> ort.InferenceSession:
        model = onnx.load(graph, load_external_data=False)
        cut(model.graph, f"hidden.{self.layer}")
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(graph.parent))
        serialised: bytes = model.SerializeToString()  # type: ignore[no-untyped-call]  # protobuf's
        return ort.InferenceSession(serialised, options, providers=["CPUExecutionProvider"])


def cut(graph: onnx.GraphProto, output: str) -> None:
    """Leave of a graph what one value needs, which becomes its only output."""
    needed = {output}
    for at in range(len(graph.node) - 1, -1, -1):  # they stand in the order of their computing
        if needed.intersection(graph.node[at].output):
            needed.update(graph.node[at].input)
        else:
            del graph.node[at]
    for named in (graph.initializer, graph.input):
        for at in range(len(named) - 1, -1, -1):
            if named[at].name not in needed:
                del named[at]
    del graph.output[:]
    graph.output.append(onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, ["frames", "hidden"]))
