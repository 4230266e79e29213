"""Kokoro's files as they come, made ready at model install: what is there stays, and the graph is cut beside it.

The cut is checked before it is believed: the same durations as the whole graph has, to the frame; the same sound with
statistics given as with statistics measured, to EXACT; and as the whole graph's, but for the noise of int8 activations,
LEAST dB under it (17 to 20 dB is what the whole graph's own rounding makes). A cut that fails, fails no install: the
record says why, and whole sentences are spoken. Then the convolutions become int8, with weights as wide as this
machine's processor multiplies without fault; where that strays more than LEAST, they stay float32.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from oyez.engines import cpu
from oyez.engines.kokoro import cut, static, voices
from oyez.engines.kokoro.phonemes import tokens
from oyez.engines.kokoro.prepared import FOLDER, GENERATOR, PROSODY, REFINER, graph_of, sha256, write_record
from oyez.engines.kokoro.sessions import FRAMES, FRAMES_TOO, open_graph, run
from oyez.engines.kokoro.source import Source
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from oyez.engines.kokoro.sessions import Feed

EXACT = 1e-3
LEAST = 10.0
MEASURING = "measuring.onnx"
VOICE = "af_heart"
PHONEMES = "hˈI."  # noqa: RUF001 - phonemes


def convert(
    source: Path, target: Path, languages: Sequence[str] | None, *, progress: Callable[[str, float], None]
) -> None:
    """Put the files of `source` into `target`, and the cut of the graph; see oyez.models.prepare.Prepare."""
    del languages  # every voice comes along
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        _link(path, target / path.relative_to(source))
    place = target / FOLDER
    place.mkdir()
    model, failure, widest = sha256(graph_of(target)), None, None
    try:
        _cut(target, place, progress)
        widest = _quicken(target, place, model)
        (place / MEASURING).unlink()
    except ModelDamaged as error:
        failure = error.message
        for path in place.iterdir():
            path.unlink()
    write_record(target, model, failure, widest)
    progress("streaming", 1.0)


def _cut(folder: Path, place: Path, progress: Callable[[str, float], None]) -> None:
    """Write the graphs and check them. Raises ModelDamaged."""
    whole = _read(graph_of(folder))
    made = {
        PROSODY: cut.prosody,
        GENERATOR: cut.generator,
        REFINER: cut.refiner,
        MEASURING: cut.measuring_generator,
    }
    for done, (name, make) in enumerate(made.items()):
        progress("streaming", done / (len(made) + 2))
        onnx.save(make(whole), place / name)
    del whole
    progress("streaming", len(made) / (len(made) + 2))
    check(folder, place)
    progress("streaming", (len(made) + 1) / (len(made) + 2))


def _quicken(folder: Path, place: Path, model: str) -> int | None:
    """Make the convolutions of the graphs int8: the largest integer of their weights; None, they stay float32."""
    ranges, widest = static.Ranges.load(), cpu.weight_range()
    if ranges.model != model:
        return None
    feed = _word(folder)
    features, pitch = _run(place / PROSODY, ["features", "pitch"], feed)
    given = _given(features, pitch, feed)
    audio, given["statistics"] = _run(place / MEASURING, ["audio", "statistics"], given)
    whole, rework = _read(graph_of(folder)), partial(static.quantised, ranges=ranges.of, largest=widest)
    quick = {name: place / f"int8-{name}" for name in (PROSODY, GENERATOR, REFINER)}
    onnx.save(cut.prosody(whole, rework), quick[PROSODY])
    onnx.save(cut.generator(whole, rework), quick[GENERATOR])
    onnx.save(cut.refiner(whole, rework), quick[REFINER])
    [given["features"]] = _run(quick[PROSODY], ["features"], feed)
    [given["statistics"]] = _run(quick[REFINER], ["refined"], given)
    [heard] = _run(quick[GENERATOR], ["audio"], given)
    good = _distance(audio, heard) > LEAST
    for name, path in quick.items():
        path.replace(place / name) if good else path.unlink()
    return widest if good else None


def _read(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path)
    except DecodeError as error:
        raise ModelDamaged(f"{path} is no ONNX graph that can be read: {error}") from error


def check(folder: Path, place: Path) -> None:
    """Compare the graphs in `place` with the whole one in `folder`, on a word. Raises ModelDamaged."""
    feed = _word(folder)
    audio, durations = _run(graph_of(folder), ["audio", FRAMES], feed, more=FRAMES_TOO)
    features, pitch, frames = _run(place / PROSODY, ["features", "pitch", "frames"], feed)
    given = _given(features, pitch, feed)
    measured, statistics = _run(place / MEASURING, ["audio", "statistics"], given)
    [predicted] = _run(place / GENERATOR, ["audio"], given | {"statistics": statistics})
    if not np.array_equal(durations, frames) or predicted.shape != audio.shape:
        raise ModelDamaged("the cut graph speaks with other durations than the whole one")
    if not np.allclose(predicted, measured, atol=EXACT):
        raise ModelDamaged("the generator makes another sound with the statistics given than with them measured")
    [refined] = _run(place / REFINER, ["refined"], given | {"statistics": statistics})
    if not np.allclose(refined, statistics, rtol=EXACT, atol=EXACT):
        raise ModelDamaged("a part of the generator measures other statistics than the whole of it")
    distance = _distance(audio, predicted)
    if not distance > LEAST:
        raise ModelDamaged(f"the cut graph's sound differs from the whole one's: {distance:.0f} dB")


def _word(folder: Path) -> Feed:
    """What the graphs are tried with."""
    style = voices.load_styles(folder / "voices", voices.find(VOICE))[len(PHONEMES) - 1 : len(PHONEMES)]
    return {"tokens": np.array([tokens(PHONEMES)]), "style": style, "speed": np.ones(1, np.float32)}


def _given(features: NDArray[Any], pitch: NDArray[Any], feed: Feed) -> Feed:
    """What a generator gets for all of a sentence."""
    return {"features": features, "style": feed["style"]} | Source(pitch).window(0, pitch.shape[2])


def _distance(audio: NDArray[Any], other: NDArray[Any]) -> float:
    """How far what is different lies under a sound, in dB."""
    return float(10 * np.log10(np.square(audio).sum() / (np.square(audio - other).sum() + 1e-12)))


def _run(graph: Path, outputs: list[str], feed: Feed, more: bytes = b"") -> list[NDArray[Any]]:
    return run(open_graph(graph, 0, more=more), outputs, feed)


def _link(source: Path, target: Path) -> None:
    """A file under a second name; a copy where the file system knows no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
