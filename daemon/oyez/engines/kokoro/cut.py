"""Kokoro's graph cut in two, at model install: prosody for a sentence, then a generator that works on windows of it.

    prosody.onnx    tokens, style, speed -> features [1, 512, steps], pitch [1, 1, steps] in Hz, frames [tokens]
    generator.onnx  features of a window, cycles and voicing (see source.py), style, statistics [1, 16896, 1]
                    -> audio [samples]
    refiner.onnx    the same of a whole sentence -> refined [1, 16896, 1]

A step is 300 samples (12.5 ms), a frame 600. The generator is made of convolutions, but for 44 places where channels
are normalised by their mean and variance over the whole sentence (AdaIN): its input `statistics` has each place's means
and then its variances. The refiner is as much of the generator as it takes to measure them in the six places that a
few voices need more exactly than they can be predicted; the others it hands on.
Needs `onnx`; the names are those of the one file that the catalogue knows.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from onnx import ModelProto, TensorProto, ValueInfoProto, helper, numpy_helper

from oyez.engines.kokoro import rewrite
from oyez.engines.kokoro.harmonics import make_source
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    Rework = Callable[[ModelProto], ModelProto]

_FEATURES = "/decoder/decoder/decode.3/Div_4_output_0"
_PITCH = "/decoder/decoder/Unsqueeze_output_0"
_SOURCE = "/decoder/decoder/generator/Squeeze_output_0"
_FRAMES = "/encoder/Gather_output_0"
_MEAN, _VARIANCE = "/ReduceMean_output_0", "/ReduceMean_2_output_0"
_BLOCKS = "/decoder/decoder/generator/resblocks."
_REFINED = (f"{_BLOCKS}0/adain1.0/", f"{_BLOCKS}1/")  # all that resblocks.1 normalises by: 0 and 1 begin alike

TOKENS = helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "tokens"])
STYLE = helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256])
SPEED = helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1])
FEATURES = helper.make_tensor_value_info("features", TensorProto.FLOAT, [1, 512, "steps"])
PITCH = helper.make_tensor_value_info("pitch", TensorProto.FLOAT, [1, 1, "steps"])
SOURCE = helper.make_tensor_value_info("source", TensorProto.FLOAT, [1, "samples"])
FRAMES = helper.make_tensor_value_info("frames", TensorProto.INT64, ["tokens"])
STATISTICS = helper.make_tensor_value_info("statistics", TensorProto.FLOAT, [1, "statistics", 1])
REFINED = helper.make_tensor_value_info("refined", TensorProto.FLOAT, [1, "statistics", 1])
AUDIO = helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["samples"])


def prosody(model: ModelProto, rework: Rework | None = None) -> ModelProto:
    """What is computed once for a sentence: exactly as in the whole graph, or with its convolutions reworked.

    `rework` is handed the graph with these in float32.
    """
    kept = subgraph(_renamed(model), (TOKENS, STYLE, SPEED), (FEATURES, PITCH, FRAMES))
    return rework(rewrite.floats(kept)) if rework else kept


def generator(model: ModelProto, rework: Rework = lambda graph: graph) -> ModelProto:
    """What is computed for each window, in float32: the same numbers but for the rounding of int8 activations.

    `rework` is handed the graph before its convolutions get the form that float32 is quickest in.
    """
    whole = _float_generator(model)
    return _finished(_given(whole, (AUDIO,), _statistics(whole)), model, rework)


def refiner(model: ModelProto, rework: Rework = lambda graph: graph) -> ModelProto:
    """What is computed once for a sentence of a voice that needs it: the generator as far as _REFINED."""
    whole = _float_generator(model)
    names = _statistics(whole)
    whole.graph.node.append(helper.make_node("Concat", names, ["refined"], axis=1))
    known = [name for name in names if not name.startswith(_REFINED)]
    return _finished(_given(whole, (REFINED,), known), model, rework)


def measuring_generator(model: ModelProto, rework: Rework = lambda graph: graph) -> ModelProto:
    """The generator for whole sentences, in float32, whose second output are the statistics that it measured."""
    whole = _float_generator(model)
    whole.graph.node.append(helper.make_node("Concat", _statistics(whole), ["statistics"], axis=1))
    return _finished(subgraph(whole, (FEATURES, SOURCE, STYLE), (AUDIO, STATISTICS)), model, rework)


def places(model: ModelProto) -> list[int]:
    """The channels of each place where the generator normalises, in the order of `statistics`."""
    return list(_places(subgraph(_renamed(model), (FEATURES, SOURCE, STYLE), (AUDIO,))).values())


def subgraph(
    model: ModelProto,
    inputs: Iterable[ValueInfoProto],
    outputs: Iterable[ValueInfoProto],
    *,
    cut_at: Collection[str] = (),
) -> ModelProto:
    """The nodes between inputs (and tensors to cut at, whose makers are left out) and outputs, with their weights.

    Raises ModelDamaged when something else is needed, so when the file isn't the one that the names are of.
    """
    inputs, outputs = list(inputs), list(outputs)
    given = {*cut_at, *(value.name for value in inputs)}
    needed = {value.name for value in outputs}
    nodes = []
    for node in reversed(model.graph.node):
        if any(name in needed and name not in given for name in node.output):
            nodes.append(node)
            needed.update(name for name in node.input if name)
    weights = [weight for weight in model.graph.initializer if weight.name in needed and weight.name not in given]
    made = given | {weight.name for weight in weights} | {name for node in nodes for name in node.output}
    if missing := needed - made:
        raise ModelDamaged(f"the graph has no {min(missing)}: it isn't the Kokoro that this program knows")
    graph = helper.make_graph(nodes[::-1], "kokoro", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _given(whole: ModelProto, outputs: Iterable[ValueInfoProto], names: Collection[str]) -> ModelProto:
    """As much of the generator as the outputs need, which takes the statistics of these names from its input."""
    kept = subgraph(whole, (FEATURES, SOURCE, STYLE), outputs, cut_at=names)
    sizes = [size for size in _places(whole).values() for _ in range(2)]
    parts = [name if name in names else f"{name}_given" for name in _statistics(whole)]
    kept.graph.input.append(STATISTICS)
    kept.graph.initializer.append(numpy_helper.from_array(rewrite.integers(sizes), "sizes"))
    kept.graph.node.insert(0, helper.make_node("Split", ["statistics", "sizes"], parts, axis=1))
    return kept


def _finished(generator: ModelProto, model: ModelProto, rework: Rework) -> ModelProto:
    """A generator, or a part of it, in the form that it is computed in."""
    return make_source(rewrite.as_images(rework(rewrite.fold_normalisation(generator))), model)


def _statistics(whole: ModelProto) -> list[str]:
    """The tensors that are `statistics`, in its order."""
    return [name for place in _places(whole) for name in (place + _MEAN, place + _VARIANCE)]


def _float_generator(model: ModelProto) -> ModelProto:
    return rewrite.floats(subgraph(_renamed(model), (FEATURES, SOURCE, STYLE), (AUDIO,)))


def _places(model: ModelProto) -> dict[str, int]:
    """The places where the generator normalises, in the order of `statistics`, and their numbers of channels."""
    weights = {weight.name: weight.dims for weight in model.graph.initializer}
    found = sorted(
        name.removesuffix(_MEAN)
        for node in model.graph.node
        for name in node.output
        if node.op_type == "ReduceMean" and name.endswith(_MEAN)
    )
    return {place: weights[place.strip("/").replace("/", ".") + ".fc.bias"][0] // 2 for place in found}


def _renamed(model: ModelProto) -> ModelProto:
    """The graph with short names for the tensors where it is cut."""
    short = {_FEATURES: "features", _PITCH: "pitch", _SOURCE: "source", _FRAMES: "frames"}
    copy = deepcopy(model)
    for node in copy.graph.node:
        for names in (node.input, node.output):
            for at, name in enumerate(names):
                if name in short:
                    names[at] = short[name]
    return copy
