"""The model's work: phonemes to 24 kHz audio, one piece after another."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np
import onnxruntime as ort

from oyez.engines.kokoro import voices
from oyez.engines.kokoro.phonemes import tokens
from oyez.errors import ModelDamaged, ModelMissing
from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from oyez.engines.kokoro.plan import Piece
    from oyez.engines.kokoro.voices import Voice
    from oyez.model import Samples

MODEL_FILE = "kokoro-v1.0.int8.onnx"
WARM_UP = "wˈɔɹm ˈʌp."  # noqa: RUF001 - phonemes

LEAD = 0.06  # seconds kept before the first and
TAIL = 0.15  # after the last audible sample of a piece
SILENCE_DB = -60.0  # under the loudest sample; Kokoro's own silence lies below -100


class Synthesiser:
    """Kokoro on ONNX Runtime. `folder` is that of the model store: the graph, and `voices/` beside it."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._session = _session(folder / MODEL_FILE, threads)
        # Without this the arena keeps the longest sentence's activations for ever: 1 GB after 19 s of audio.
        self._run_options = ort.RunOptions()
        self._run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        self._styles = lru_cache(maxsize=8)(lambda voice: voices.load_styles(folder / "voices", voice))

    def warm_up(self, voice: Voice) -> None:
        """One short run: the first is much slower than the others."""
        self._run(WARM_UP, voice, 1.0)

    def say(self, piece: Piece) -> Samples:
        """The audio of a piece, 24 kHz, silence trimmed, as loud as every voice."""
        return trim(self._run(piece.phonemes, piece.voice, piece.speed)) * np.float32(piece.voice.gain)

    def _run(self, phonemes: str, voice: Voice, speed: float) -> Samples:
        feed = {
            "tokens": np.array([tokens(phonemes)], dtype=np.int64),
            "style": self._styles(voice)[len(phonemes) - 1 : len(phonemes)],
            "speed": np.array([speed], dtype=np.float32),
        }
        return cast("Samples", self._session.run(["audio"], feed, self._run_options)[0])


def trim(audio: Samples) -> Samples:
    """Audio without its silence at both ends, but for `LEAD` and `TAIL`, which are added where they are missing."""
    level = np.abs(audio)
    loud = np.flatnonzero(level > level.max(initial=0.0) * math.pow(10, SILENCE_DB / 20))
    if not loud.size:
        return audio[:0]
    start, end = loud[0] - round(LEAD * SPEECH_RATE), loud[-1] + 1 + round(TAIL * SPEECH_RATE)
    kept = audio[max(0, start) : end]
    return np.pad(kept, (max(0, -start), max(0, end - len(audio))))


def _session(path: Path, threads: int) -> ort.InferenceSession:
    if not path.exists():
        raise ModelMissing(f"the Kokoro model is missing: {path}", hint="oyez models install kokoro-v1.0-int8")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads take the cores from everybody else on a home server, and gain little.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except (ort.capi.onnxruntime_pybind11_state.InvalidProtobuf, ort.capi.onnxruntime_pybind11_state.Fail) as error:
        raise ModelDamaged(f"{path} is no ONNX graph that can be loaded: {error}", hint="oyez models verify") from error
