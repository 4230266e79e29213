"""Have voices speak, and keep what a table of statistics is learnt from. Deterministic; goes on where it stopped.

Run: python -m tools.kokoro.collect FOLDER [--model STORE] [--rounds 4] [--voice af_heart ...]
FOLDER gets <voice>.npz: `inputs` [rows, 1052] (the generator's input, pooled), `styles` [rows, 128] and `statistics`
[rows, 16896] (what the generator measured), one row a sentence of texts.toml, in its order.
It takes about 0.5 CPU seconds for each second of speech, on one thread.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import onnxruntime

from oyez.config.places import default_models_dir
from oyez.engines.kokoro import cut, voices
from oyez.engines.kokoro.espeak import EspeakG2p
from oyez.engines.kokoro.phonemes import in_alphabet, tokens
from oyez.engines.kokoro.prepared import MODEL_FILE
from oyez.engines.kokoro.sessions import Feed, run
from oyez.engines.kokoro.source import Source
from oyez.engines.kokoro.statistics import STYLE, pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oyez.engines.kokoro.voices import Voice

TEXTS = Path(__file__).parent / "texts.toml"
MODEL = default_models_dir() / "kokoro-v1.0-int8"
STEP = 2  # rows that a voice gets in one round: all voices have some before one has all


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said, in phonemes, and how fast."""

    phonemes: str
    speed: float


def sentences(voice: Voice, which: str) -> list[Sentence]:
    """The sentences of a voice: `learn` or `judge`, in its own language."""
    document = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    texts = document[voice.language.primary]
    read = EspeakG2p()
    speeds = document["speeds"] if which == "learn" else [1.0]
    return [
        Sentence(in_alphabet(text) if texts.get("phonemes") else read(text, voice.language), speeds[at % len(speeds)])
        for at, text in enumerate(texts[which])
    ]


class Measurer:
    """Speaks whole sentences in float32 and measures the statistics."""

    def __init__(self, store: Path) -> None:
        model = onnx.load(store / MODEL_FILE)
        self._prosody = open_session(cut.prosody(model))
        self._generator = open_session(cut.measuring_generator(model))
        self._voices = store / "voices"

    def prosody(self, sentence: Sentence, voice: Voice) -> tuple[Feed, NDArray[np.float64]]:
        """What the generator is given for all of it but the statistics, and its input, pooled."""
        given = feed(sentence, voice, self._voices)
        features, pitch = run(self._prosody, ["features", "pitch"], given)
        source = Source(pitch).window(0, pitch.shape[2])
        return {"features": features, "style": given["style"]} | source, pooled(features, pitch)

    def speak(self, given: Feed) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The audio, and the statistics [16896]."""
        audio, statistics = run(self._generator, ["audio", "statistics"], given)
        return audio, statistics.ravel()


def feed(sentence: Sentence, voice: Voice, folder: Path) -> Feed:
    """What the model is given for a sentence, with the style from the folder of voices."""
    length = len(sentence.phonemes)
    style = voices.load_styles(folder, voice)[length - 1 : length]
    return {"tokens": np.array([tokens(sentence.phonemes)]), "style": style, "speed": np.float32([sentence.speed])}


def main() -> None:
    """Collect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--voice", action="append")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    measurer = Measurer(args.model)
    for last in range(STEP, STEP * args.rounds + 1, STEP):
        for name in args.voice or voices.catalogue():
            done = _collect(measurer, voices.find(name), args.folder / f"{name}.npz", last)
            print(f"{name}: {done} rows", flush=True)


def _collect(measurer: Measurer, voice: Voice, path: Path, last: int) -> int:
    """Bring a voice's file up to `last` rows (or to all that there are); how many it has."""
    rows = _read(path)
    for sentence in sentences(voice, "learn")[len(rows["inputs"]) : last]:
        given, inputs = measurer.prosody(sentence, voice)
        rows["inputs"].append(inputs)
        rows["styles"].append(given["style"][0, :STYLE])
        rows["statistics"].append(measurer.speak(given)[1])
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **{what: np.array(of, np.float32) for what, of in rows.items()})
    partial.replace(path)
    return len(rows["inputs"])


def _read(path: Path) -> dict[str, list[NDArray[Any]]]:
    if not path.exists():
        return {"inputs": [], "styles": [], "statistics": []}
    with np.load(path) as kept:
        return {what: list(kept[what]) for what in kept.files}


def open_session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """A graph on one thread, so that what it makes is the same everywhere."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
