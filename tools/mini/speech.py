"""Speak text: phonemes by espeak-ng, sound by Kokoro's ONNX graph or by espeak-ng itself."""

from __future__ import annotations

import json
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from scipy.signal import resample_poly

from tools.mini.checkpoint import SAMPLE_RATE
from tools.mini.voices import Speaker, draw_espeak, load_packs, style

DURATIONS = "/encoder/Gather_output_0"
"""Kokoro's inner tensor with the frames of each token, both pads included."""
KOKORO_RATE = 24_000
FRAME = 600
"""Samples of 24 kHz in one such frame."""
LEAD, TAIL = 3, 5
"""Frames kept before and after a phrase that is cut out of a longer text."""
JOIN = ". "

_LIGATURES = {"aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "ɔɪ": "Y"}  # noqa: RUF001
_AFFRICATES = {"tʃ": "ʧ", "dʒ": "ʤ"}


def phonemes(texts: list[str], voice: str) -> list[str]:
    """Return espeak-ng's phonemes for phrases without punctuation."""
    done = subprocess.run(
        ["espeak-ng", "-q", "--ipa", "-v", voice],
        input="\n".join(f"{text}." for text in texts),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.strip() for line in done.stdout.strip().splitlines()]
    if len(lines) != len(texts):
        message = f"espeak-ng made {len(lines)} lines of {len(texts)} phrases"
        raise ValueError(message)
    return lines


@dataclass(frozen=True, slots=True)
class Spoken:
    """One phrase: sound at 16 kHz, its phonemes, and the sample at which each of them ends."""

    audio: np.ndarray
    symbols: str
    ends: np.ndarray


@dataclass(slots=True)
class Kokoro:
    """Kokoro with its token durations as a second output."""

    session: onnxruntime.InferenceSession
    symbols: dict[str, int]
    packs: dict[str, np.ndarray]

    @classmethod
    def load(cls, folder: Path) -> Kokoro:
        """Read kokoro-v1.0.int8.onnx, config.json and voices/*.bin from a folder."""
        model = onnx.load(folder / "kokoro-v1.0.int8.onnx")
        model.graph.output.append(onnx.helper.make_tensor_value_info(DURATIONS, onnx.TensorProto.INT64, None))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        symbols = json.loads((folder / "config.json").read_text())["vocab"]
        return cls(session, symbols, load_packs(folder / "voices"))

    def speak(self, parts: list[str], who: Speaker, speed: float) -> list[Spoken]:
        """Speak phrases given as phonemes in one call; return each alone."""
        parts = ["".join(c for c in part if c in self.symbols) for part in parts]
        text = JOIN.join(parts) + "."
        starts = np.cumsum([1, *(len(part) + len(JOIN) for part in parts[:-1])])
        feeds = {
            "tokens": np.array([[0, *(self.symbols[c] for c in text), 0]], np.int64),
            "style": style(who, self.packs, min(len(text), 509)),
            "speed": np.array([speed], np.float32),
        }
        audio, durations = self.session.run(None, feeds)
        borders = np.concatenate([[0], np.cumsum(durations)])
        pieces = []
        for part, first in zip(parts, starts.tolist(), strict=True):
            last = first + len(part)
            begin = max(int(borders[first]) - LEAD, int(borders[max(first - 2, 0)]))
            end = min(int(borders[last]) + TAIL, int(borders[min(last + 1, len(borders) - 1)]))
            if len(parts) == 1:
                begin, end = 0, len(audio) // FRAME
            ends = (borders[first + 1 : last + 1] - begin) * FRAME * SAMPLE_RATE // KOKORO_RATE
            pieces.append(Spoken(to_16k(audio[begin * FRAME : end * FRAME]), part, ends))
        return pieces


def kokoro_voice(language: str, who: Speaker) -> str:
    """Return the espeak-ng voice whose phonemes a speaker is given."""
    if language == "eng":
        return "en-gb" if who.british else "en-us"
    return "es"


def vary(text: str, rng: random.Random) -> str:
    """Write diphthongs as one symbol or two: Kokoro reads both, and front ends differ."""
    if rng.random() < 0.5:
        for old, new in _LIGATURES.items():
            text = text.replace(old, new)
    for old, new in _AFFRICATES.items():
        text = text.replace(old, new)
    return text


def espeak(text: str, language: str, rng: random.Random) -> tuple[np.ndarray, str]:
    """Let espeak-ng itself speak, with random voice, pace and pitch."""
    voice = draw_espeak(language, rng)
    done = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(rng.randint(120, 200)),
         "-p", str(rng.randint(20, 80)), "--stdout", text],
        capture_output=True,
        check=True,
    )  # fmt: skip
    audio = np.frombuffer(done.stdout[44:], "<i2").astype(np.float32) / 32768
    return resample_poly(audio, 320, 441).astype(np.float32), f"espeak:{voice}"


def to_16k(audio: np.ndarray) -> np.ndarray:
    """Resample from Kokoro's 24 kHz."""
    return resample_poly(audio, 2, 3).astype(np.float32)
