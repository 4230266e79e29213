"""Kokoro's files as they come, made ready at model install: what is there stays, and the graph is cut beside it.

The cut is checked before it is believed: the same durations as the whole graph has, to the frame; the same sound with
statistics given as with statistics measured, to EXACT; and as the whole graph's, but for the noise of int8 activations,
LEAST dB under it (17 to 20 dB is what the whole graph's own rounding makes). A cut that fails, fails no install: the
record says why, and whole sentences are spoken.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from oyez.engines.kokoro import cut, voices
from oyez.engines.kokoro.phonemes import tokens
from oyez.engines.kokoro.prepared import FOLDER, GENERATOR, MODEL_FILE, PROSODY, sha256, write_record
from oyez.engines.kokoro.sessions import FRAMES, FRAMES_TOO, open_graph, run
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from oyez.engines.kokoro.sessions import Feed

EXACT = 1e-3
LEAST = 10.0
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
    failure = None
    try:
        _cut(target, place, progress)
    except ModelDamaged as error:
        failure = error.message
        for path in place.iterdir():
            path.unlink()
    write_record(target, sha256(target / MODEL_FILE), failure)
    progress("streaming", 1.0)


def _cut(folder: Path, place: Path, progress: Callable[[str, float], None]) -> None:
    """Write the two graphs and check them. Raises ModelDamaged."""
    whole = _read(folder / MODEL_FILE)
    made = {PROSODY: cut.prosody, GENERATOR: cut.generator, "measuring.onnx": cut.measuring_generator}
    for done, (name, make) in enumerate(made.items()):
        progress("streaming", done / (len(made) + 1))
        onnx.save(make(whole), place / name)
    del whole
    progress("streaming", len(made) / (len(made) + 1))
    check(folder, place)
    (place / "measuring.onnx").unlink()


def _read(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path)
    except DecodeError as error:
        raise ModelDamaged(f"{path} is no ONNX graph that can be read: {error}") from error


def check(folder: Path, place: Path) -> None:
    """Compare the graphs in `place` with the whole one in `folder`, on a word. Raises ModelDamaged."""
    style = voices.load_styles(folder / "voices", voices.find(VOICE))[len(PHONEMES) - 1 : len(PHONEMES)]
    feed = {"tokens": np.array([tokens(PHONEMES)]), "style": style, "speed": np.ones(1, np.float32)}
    audio, durations = _run(folder / MODEL_FILE, ["audio", FRAMES], feed, more=FRAMES_TOO)
    features, sources, frames = _run(place / PROSODY, ["features", "source", "frames"], feed)
    given = {"features": features, "source": sources, "style": style}
    measured, statistics = _run(place / "measuring.onnx", ["audio", "statistics"], given)
    [predicted] = _run(place / GENERATOR, ["audio"], given | {"statistics": statistics})
    if not np.array_equal(durations, frames) or predicted.shape != audio.shape:
        raise ModelDamaged("the cut graph speaks with other durations than the whole one")
    if not np.allclose(predicted, measured, atol=EXACT):
        raise ModelDamaged("the generator makes another sound with the statistics given than with them measured")
    distance = 10 * np.log10(np.square(audio).sum() / (np.square(audio - predicted).sum() + 1e-12))
    if not distance > LEAST:
        raise ModelDamaged(f"the cut graph's sound differs from the whole one's: {distance:.0f} dB")


def _run(graph: Path, outputs: list[str], feed: Feed, more: bytes = b"") -> list[NDArray[Any]]:
    return run(open_graph(graph, 0, more=more), outputs, feed)


def _link(source: Path, target: Path) -> None:
    """A file under a second name; a copy where the file system knows no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
