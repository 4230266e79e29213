"""What speaks in `benchmarks.tts_peer`: Oyez, its peer, and two references. A text goes in, samples come out.

Letters are read by espeak-ng in all of them. Each imports its own, for memory is measured: one system a process.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oyez.config.places import default_models_dir
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.phonemes import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from oyez.engines.kokoro.plan import Piece
    from oyez.engines.kokoro.sessions import Feed

    Speak = Callable[[str], Iterable[NDArray[np.float32]]]

VOICE = "af_heart"
STORE = default_models_dir() / "kokoro-v1.0-int8"
GRAPH = STORE / "kokoro-v1.0.int8.onnx"
CHECKPOINT = "OYEZ_BENCH_CHECKPOINT"  # the folder of random weights for `torch`


def oyez(threads: int) -> Speak:
    """Oyez's engine as its child process runs it."""
    from oyez.engines.kokoro.pace import Playback  # noqa: PLC0415
    from oyez.engines.kokoro.synthesiser import Synthesiser  # noqa: PLC0415

    read, synthesiser = _reader(), Synthesiser(STORE, threads=threads)
    synthesiser.warm_up(voices.find(VOICE))

    def speak(text: str) -> Iterator[NDArray[np.float32]]:
        playback = Playback()
        for piece in read(text):
            for part in synthesiser.say(piece, playback):
                playback.given(len(part.samples))
                yield part.samples

    return speak


def kokoro_onnx(threads: int) -> Speak:
    """kokoro-onnx as its README runs it, with a number of threads for its session."""
    from kokoro_onnx import Kokoro  # type: ignore[import-not-found]  # noqa: PLC0415

    styles = voices.load_styles(STORE / "voices", voices.find(VOICE)).reshape(510, 1, 256)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "voices.npz", **{VOICE: styles})
        model = Kokoro.from_session(_session(threads), str(Path(folder) / "voices.npz"))

    def speak(text: str) -> Iterator[NDArray[np.float32]]:
        yield model.create(text, voice=VOICE, lang="en-us")[0]

    return speak


def onnx(threads: int) -> Speak:
    """The published graph in a session of ONNX Runtime, and nothing else: what there is to save for a peer."""
    read, session = _reader(), _session(threads)
    styles = voices.load_styles(STORE / "voices", voices.find(VOICE))

    def speak(text: str) -> Iterator[NDArray[np.float32]]:
        for piece in read(text):
            yield session.run(["audio"], _feed(piece, styles))[0]

    return speak


def torch(threads: int) -> Speak:
    """Kokoro's own torch model in float32, on random weights: another voice, but the same work for a second of it."""
    from oyez.engines.kokoro.torch_model import TorchModel  # noqa: PLC0415

    read, model = _reader(), TorchModel(Path(os.environ[CHECKPOINT]), threads, "cpu")
    voice = voices.find(VOICE)
    styles = model.styles(voice)

    def speak(text: str) -> Iterator[NDArray[np.float32]]:
        for piece in read(text):
            sentence = model.sentence(_feed(piece, styles), voice)
            yield sentence.window(0, sentence.steps)

    return speak


SYSTEMS: dict[str, Callable[[int], Speak]] = {
    "oyez": oyez, "kokoro-onnx": kokoro_onnx, "onnx alone": onnx, "torch": torch
}  # fmt: skip


def _reader() -> Callable[[str], list[Piece]]:
    from oyez.engines.kokoro import plan  # noqa: PLC0415
    from oyez.engines.kokoro.espeak import EspeakG2p  # noqa: PLC0415
    from oyez.script import Line, Part  # noqa: PLC0415

    read = EspeakG2p()

    def pieces(text: str) -> list[Piece]:
        steps = plan.plan([Line((Part(text, "en-US"),), VOICE)], 1.0, read)[0]
        return [step for step in steps if isinstance(step, plan.Piece)]

    return pieces


def _session(threads: int) -> object:
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(GRAPH), options, providers=["CPUExecutionProvider"])


def _feed(piece: Piece, styles: NDArray[np.float32]) -> Feed:
    length = len(piece.phonemes)
    style, speed = styles[length - 1 : length], np.ones(1, np.float32)
    return {"tokens": np.array([tokens(piece.phonemes)]), "style": style, "speed": speed}
