"""Write the published int8 graph's weights as a torch checkpoint in the layout of the model hub.

Run: python -m tools.kokoro_recovered FOLDER [--model installed/kokoro-v1.0-int8]
The published torch weights can't be had here. Those of the int8 graph are the same but for their rounding, and they
speak: what torch computes with them may be heard, and an export of them streams. Needs the extra `torch`.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from oyez.config.places import default_models_dir
from oyez.engines.kokoro import checkpoint
from oyez.engines.kokoro.phonemes import vocabulary
from oyez.engines.kokoro.prepared import MODEL_FILE
from oyez.engines.kokoro.voices import STYLE_SIZE, STYLES, read_styles
from tools.kokoro_random import FULL, WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MODEL = default_models_dir() / "kokoro-v1.0-int8"
KINDS = ("MatMulInteger", "MatMul", "ConvInteger", "Conv", "ConvTranspose", "DynamicQuantizeLSTM")
GATES = (0, 2, 3, 1)  # torch's input, forget, cell, output gates among ONNX's input, output, forget, cell
DIRECTIONS = ("", "_reverse")
UNHEARD = "bert.pooler."  # has no part in the sound, nor in the graph


class Graph:
    """The published graph, asked for what torch's modules had, by their names with the graph's prefix."""

    def __init__(self, path: Path) -> None:
        graph = onnx.load(path).graph
        self._weights = {weight.name: weight for weight in graph.initializer}
        self._nodes = {_module(node.name): node for node in reversed(graph.node) if node.op_type in KINDS}
        self._zeros = dict(_zeros(graph))

    def named(self, name: str) -> NDArray[np.float32] | None:
        """A weight that stands under its own name, as it is in torch; None: there is none."""
        if name in self._weights:
            return np.array(numpy_helper.to_array(self._weights[name]), np.float32)
        return self._read(f"{name}_quantized") if f"{name}_quantized" in self._weights else None

    def of(self, module: str) -> NDArray[np.float32] | None:
        """The weight of the node that a module became; of a product of matrices [inputs, outputs]."""
        node = self._nodes.get(module)
        return None if node is None else self._read(node.input[1])

    def lstm(self, module: str) -> list[NDArray[np.float32]]:
        """Input weights [2, inputs, 4 n], those of the state [2, n, 4 n], and both biases [2, 8 n]."""
        return [self._read(name) for name in self._nodes[module].input[1:4]]

    def _read(self, name: str) -> NDArray[np.float32]:
        array = numpy_helper.to_array(self._weights[name]).astype(np.float32)
        if not name.endswith("_quantized"):
            return array
        pair = self._zeros[name], name.removesuffix("_quantized") + "_scale"
        zero, scale = (numpy_helper.to_array(self._weights[one]).astype(np.float32) for one in pair)
        if zero.ndim and array.ndim > zero.ndim + 1:  # of an LSTM: one for each direction
            zero, scale = (one.reshape(-1, 1, 1) for one in (zero, scale))
        return (array - zero) * scale


def _zeros(graph: onnx.GraphProto) -> Iterator[tuple[str, str]]:
    """Each quantised weight and its zero point, of which many share one."""
    maker = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type.endswith("Integer"):
            yield node.input[1], node.input[3]
        if node.op_type == "DynamicQuantizeLSTM":
            yield node.input[1], node.input[9]
            yield node.input[2], node.input[11]
        if node.op_type == "DequantizeLinear" and node.input[0] in maker:  # a table that is looked up in
            yield maker[node.input[0]].input[0], node.input[2]


def recover(model: nn.Module, graph: Graph) -> Iterator[tuple[str, torch.Tensor]]:
    """Every weight of a KModel by name, weight norm not yet divided."""
    for name, module in model.named_modules():
        if isinstance(module, nn.LSTM):
            yield from _lstm(name, graph.lstm(_found(name, graph)))
            continue
        for part, _ in module.named_parameters(recurse=False):
            full = f"{name}.{part}"
            if full.startswith(UNHEARD) or ".norm." in full or part == "weight_g":
                continue
            array = _array(name, part.removesuffix("_v"), module, graph)
            if part == "weight_v":
                norm = np.sqrt(np.square(array).sum(tuple(range(1, array.ndim)), keepdims=True))
                yield f"{name}.weight_g", torch.from_numpy(norm)
                array = np.where(norm > 0, array, 1)  # what was rounded to nothing has no direction
            yield full, torch.from_numpy(np.ascontiguousarray(array))


def _array(name: str, part: str, module: nn.Module, graph: Graph) -> NDArray[np.float32]:
    named = (graph.named(f"{place}.{part}") for place in _places(name))
    array = next((one for one in named if one is not None), None)
    if array is None:
        array = graph.of(_found(name, graph))
    assert array is not None, f"{name}.{part}"
    return array.T if isinstance(module, nn.Linear) and part == "weight" else array


def _lstm(name: str, arrays: list[NDArray[np.float32]]) -> Iterator[tuple[str, torch.Tensor]]:
    given, state, biases = arrays
    for number, direction in enumerate(DIRECTIONS):
        parts = {
            "weight_ih": given[number].T, "weight_hh": state[number].T,
            "bias_ih": np.split(biases[number], 2)[0], "bias_hh": np.split(biases[number], 2)[1],
        }  # fmt: skip
        for part, array in parts.items():
            gates = np.split(array, 4)
            turned = np.concatenate([gates[gate] for gate in GATES])
            yield f"{name}.{part}_l0{direction}", torch.from_numpy(np.ascontiguousarray(turned))


def _places(name: str) -> tuple[str, ...]:
    """The names that a module of torch may have in the graph."""
    if name.startswith("decoder"):
        return (f"decoder.{name}",)
    return f"encoder.{name}", f"encoder.{name.removeprefix('predictor.')}"


def _found(name: str, graph: Graph) -> str:
    return next((place for place in _places(name) if place in graph._nodes), "")  # noqa: SLF001 - one concept


def _module(node: str) -> str:
    """The module that a node was made from."""
    path = ".".join(node.strip("/").split("/")[:-1])
    return re.sub(r"(asr_res|cnn\.\d)\.\1", r"\1", path)  # a part of a sequence repeats its name


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL)
    asked = parser.parse_args()
    (asked.folder / "voices").mkdir(parents=True)
    said: dict[str, Any] = FULL | {"vocab": vocabulary()}
    (asked.folder / "config.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    model = checkpoint.empty(said, asked.folder)
    own = {name: tensor for name, tensor in model.state_dict().items() if name.startswith(UNHEARD)}
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in [*own.items(), *recover(model, Graph(asked.model / MODEL_FILE))]:
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[f"module.{rest}"] = tensor
    torch.save(parts, asked.folder / WEIGHTS)
    for path in sorted((asked.model / "voices").glob("*.bin")):
        styles = torch.from_numpy(read_styles(path.parent, path.stem).reshape(STYLES, 1, STYLE_SIZE).copy())
        torch.save(styles, asked.folder / "voices" / f"{path.stem}.pt")


if __name__ == "__main__":
    main()
