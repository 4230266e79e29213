"""Kokoro's torch weights written in the form that is installed: one graph in float32, and a file for each voice.

The graph has the tensors that cut.py cuts at by name, so an install cuts it like the published one. It is compared
with the torch model on two texts before it is believed. Needs the extra `torch`.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import torch

from oyez.engines.kokoro import checkpoint, cut
from oyez.engines.kokoro.exportable import Whole
from oyez.engines.kokoro.hub import HINT
from oyez.engines.kokoro.phonemes import tokens
from oyez.engines.kokoro.prepared import EXPORTED
from oyez.engines.kokoro.sessions import FRAMES, open_graph, run
from oyez.errors import InvalidInput, ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from oyez.engines.kokoro.sessions import Feed

OUTPUTS = ("audio", FRAMES, "features", "source")
MOVING = {"tokens": {1: "tokens"}, "audio": {0: "samples"}, FRAMES: {0: "tokens"}, "features": {2: "steps"},
          "source": {1: "samples"}}  # fmt: skip
OPSET = 20
LEAST = 40.0  # dB that what the graph computes may differ from what torch does, below it
NOISE = 0.003  # what Kokoro's source has where there is a voice
TRIED = ("hˈI.", "ɪnspˈIəɹ hˌɛs θɹˈu.")  # noqa: RUF001 - phonemes: one word, and another length
VOICE = "af_heart"  # whom an install tries a model with


def export(folder: Path, target: Path, *, progress: Callable[[str, float], None]) -> float:
    """Write the model of a folder in the hub's layout into the new folder `target`: `kokoro.onnx`, `voices/*.bin`.

    The dB by which graph and torch differ is returned, below the sound. `progress` gets the steps `weights`, `graph`,
    `check`, `voices`. Raises InvalidInput when `target` is there, ModelMissing, ModelDamaged; there is no half target.
    """
    if target.exists():
        raise InvalidInput(f"{target} is there already", hint="name a new folder, or delete that one")
    if not (folder / "voices" / f"{VOICE}.pt").is_file():
        raise ModelMissing(f"{folder / 'voices' / VOICE}.pt is missing: models are tried with it", hint=HINT)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        made = Path(scratch) / "new"
        (made / "voices").mkdir(parents=True)
        progress("weights", 0.0)
        whole = Whole(checkpoint.load(folder)).eval()
        progress("graph", 0.0)
        path, generator = Path(scratch) / "whole.onnx", Path(scratch) / "generator.onnx"
        graph = _write(whole, path)
        onnx.save(cut.subgraph(graph, (cut.FEATURES, cut.SOURCE, cut.STYLE), (cut.AUDIO,)), generator)
        del graph.graph.output[1:]  # their tensors keep their names
        onnx.save(graph, made / EXPORTED)
        del graph
        progress("check", 0.0)
        distance = _compare(whole, path, generator, checkpoint.read_styles(folder / "voices", VOICE))
        names = sorted(path.stem for path in (folder / "voices").glob("*.pt"))
        for done, name in enumerate(names, 1):
            checkpoint.read_styles(folder / "voices", name).astype("<f4").tofile(made / "voices" / f"{name}.bin")
            progress("voices", done / len(names))
        made.rename(target)
    return distance


def _write(whole: Whole, path: Path) -> onnx.ModelProto:
    """Trace the model into a file; the graph, which has all OUTPUTS."""
    given = _feed(TRIED[0], np.zeros((len(TRIED[0]), 256), np.float32))
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # what its tracer thinks of sizes that are the same for every text
        torch.onnx.export(
            whole, tuple(map(torch.from_numpy, given.values())), path, input_names=[*given], output_names=[*OUTPUTS],
            dynamic_axes=MOVING, opset_version=OPSET, dynamo=False,
        )  # fmt: skip
    return onnx.load(path)


def _compare(whole: Whole, path: Path, generator: Path, styles: NDArray[np.float32]) -> float:
    """How far graph and torch differ, in dB. Raises ModelDamaged.

    They are compared in two parts, and the second, the generator, is given a source with noise in it, as it was taught
    with: of pure harmonics most frequencies are next to nothing, and the phase of nothing is a matter of rounding.
    """
    first, second = open_graph(path, 0), open_graph(generator, 0)
    distances = []
    for phonemes in TRIED:
        feed = _feed(phonemes, styles)
        found = run(first, [*OUTPUTS[1:]], feed)
        frames, features, source = found
        with torch.no_grad():
            expected = [one.numpy() for one in whole(*map(torch.from_numpy, feed.values()))][1:]
            if not np.array_equal(expected[0], frames):
                raise ModelDamaged("the graph speaks with other durations than the weights")
            source = source + np.random.default_rng(0).normal(0, NOISE, source.shape).astype(np.float32)
            given = {"features": features, "source": source, "style": feed["style"]}
            expected.append(whole.sound(*map(torch.from_numpy, given.values())).numpy())
        found += run(second, ["audio"], given)
        distances += [_distance(one, other) for one, other in zip(expected[1:], found[1:], strict=True)]
    if not all(distance > LEAST for distance in distances):  # so are those that aren't a number
        raise ModelDamaged(f"the graph doesn't compute what the weights do: they differ by {min(distances):.0f} dB")
    return min(distances)


def _distance(expected: NDArray[Any], found: NDArray[Any]) -> float:
    """How far what is different lies under what is expected, in dB."""
    return float(10 * np.log10(np.square(expected).sum() / (np.square(expected - found).sum() + 1e-20)))


def _feed(phonemes: str, styles: NDArray[np.float32]) -> Feed:
    length = len(phonemes)
    return {
        "tokens": np.array([tokens(phonemes)]),
        "style": styles[length - 1 : length],
        "speed": np.ones(1, np.float32),
    }
