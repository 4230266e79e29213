"""How loud each voice is, and the gain that brings all of them to one loudness: writes voices/loudness.toml.

Run: python -m tools.kokoro.loudness [VOICE...]    (five minutes of one core for all)

Each voice speaks its own language. Its gain comes from three sentences, and two others tell how far from the target it
is then. Loudness is ITU-R BS.1770's, integrated and gated, as EBU R 128 wants it; peaks are true peaks (four times
oversampled). Needs `pip install pyloudnorm oyez[japanese,chinese]`, and the model installed.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime as ort
import pyloudnorm
import soxr

from oyez.config.places import default_models_dir
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.g2p import choose
from oyez.engines.kokoro.phonemes import tokens
from oyez.model import SPEECH_RATE, Samples

FILE = Path(__file__).parents[2] / "voices" / "loudness.toml"
SENTENCES = Path(__file__).with_name("loudness_sentences.toml")
TARGET = -24.0  # LUFS: what leaves every voice its peaks, and what broadcasting has (ATSC A/85; EBU: -23)
HEADROOM = -0.5  # dBTP: the highest true peak allowed
TOLERANCE = 1.0  # LU

HEAD = f"""\
# The gains in dB that bring all voices to {TARGET:g} LUFS: made by tools/kokoro/loudness.py.

[gain_db]
"""


class Measured(NamedTuple):
    """Loudness in LUFS and true peak in dBTP."""

    loudness: float
    peak: float


class Reader:
    """The whole graph, as it comes, on one thread."""

    def __init__(self, folder: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(folder / "kokoro-v1.0.int8.onnx", options)
        self._folder = folder / "voices"
        _, self._g2p = choose("espeak")

    def say(self, voice: voices.Voice, sentences: list[str]) -> Samples:
        """What a voice makes of sentences, one after another."""
        return np.concatenate([self._say(voice, sentence) for sentence in sentences])

    def _say(self, voice: voices.Voice, sentence: str) -> Samples:
        phonemes = self._g2p(sentence, voice.language)
        style = voices.load_styles(self._folder, voice)[len(phonemes) - 1 : len(phonemes)]
        feed = {"tokens": np.array([tokens(phonemes)]), "style": style, "speed": np.ones(1, np.float32)}
        return np.asarray(self._session.run(["audio"], feed)[0])


def measured(samples: Samples) -> Measured:
    """The measures of 24 kHz samples."""
    loudness = pyloudnorm.Meter(SPEECH_RATE).integrated_loudness(samples.astype(np.float64))
    oversampled = soxr.resample(samples, SPEECH_RATE, 4 * SPEECH_RATE, "VHQ")
    return Measured(float(loudness), float(20 * np.log10(np.abs(oversampled).max())))


def main() -> None:
    """Measure, write, tell; fails where a voice is further from the target than allowed, or has no headroom."""
    sentences = tomllib.loads(SENTENCES.read_text())
    reader = Reader(default_models_dir() / "kokoro-v1.0-int8")
    gains = {name: voice.gain_db for name, voice in voices.catalogue().items()}
    failed = []
    for name in sys.argv[1:] or list(gains):
        voice = voices.find(name)
        own = sentences[voice.language.primary]
        learnt, other = (measured(reader.say(voice, own[kind])) for kind in ("measure", "check"))
        gain = gains[name] = round(TARGET - learnt.loudness, 2)
        away, peak = other.loudness + gain - TARGET, max(learnt.peak, other.peak) + gain
        print(f"{name:12} {learnt.loudness:6.2f} LUFS, gain {gain:+5.2f} dB; others {away:+5.2f} LU, peak {peak:5.2f}")
        sys.stdout.flush()
        failed += [name] if abs(away) > TOLERANCE or peak > HEADROOM else []
    FILE.write_text(HEAD + "".join(f"{name} = {gain}\n" for name, gain in gains.items()))
    if failed:
        raise SystemExit(f"over {TOLERANCE} LU away, or peaks over {HEADROOM} dBTP: {', '.join(failed)}")


if __name__ == "__main__":
    main()
