"""How loud each voice is, and the gain that brings all of them to one loudness: writes voices/loudness.toml.

Run: python -m tools.kokoro.loudness [VOICE...]    (five minutes of one core for all)

Each voice speaks its own language, through the engine as it is used: streamed speech differs by up to a decibel from
whole sentences. Its gain comes from three sentences, and two others tell how far from the target it is then. Loudness
is ITU-R BS.1770's, integrated and gated, as EBU R 128 wants it; peaks are true peaks (four times oversampled). Needs
`pip install pyloudnorm oyez[japanese,chinese]`, and the model installed.
"""

from __future__ import annotations

import asyncio
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyloudnorm
import soxr

from oyez import Speech
from oyez.engines.kokoro import voices
from oyez.engines.loudness import TARGET
from oyez.model import SPEECH_RATE, Samples

FILE = Path(__file__).parents[2] / "voices" / "loudness.toml"
SENTENCES = Path(__file__).with_name("loudness_sentences.toml")
HEADROOM = -0.5  # dBTP: the highest true peak allowed
TOLERANCE = 1.0  # LU

HEAD = f"""\
# The gains in dB that bring all voices to {TARGET:g} LUFS: made by tools/kokoro/loudness.py.

[gain_db]
"""


class Measured(NamedTuple):
    """Loudness in LUFS and true peak in dBTP, at the present gain."""

    loudness: float
    peak: float


async def measured(speech: Speech, voice: str, sentences: list[str]) -> Measured:
    """The measures of what a voice makes of sentences, one after another."""
    said = [chunk.samples for sentence in sentences async for chunk in speech.stream(sentence, voice=voice)]
    return measure(np.concatenate(said))


def measure(samples: Samples) -> Measured:
    """The measures of 24 kHz samples."""
    loudness = pyloudnorm.Meter(SPEECH_RATE).integrated_loudness(samples.astype(np.float64))
    oversampled = soxr.resample(samples, SPEECH_RATE, 4 * SPEECH_RATE, "VHQ")
    return Measured(float(loudness), float(20 * np.log10(np.abs(oversampled).max())))


async def main() -> None:
    """Measure, write, tell; fails where a voice is further from the target than allowed, or has no headroom."""
    sentences = tomllib.loads(SENTENCES.read_text())
    gains = {name: voice.gain_db for name, voice in voices.catalogue().items()}
    failed = []
    async with Speech(g2p="espeak") as speech:
        for name in sys.argv[1:] or list(gains):
            own = sentences[voices.find(name).language.primary]
            learnt, other = [await measured(speech, name, own[kind]) for kind in ("measure", "check")]
            correction = TARGET - learnt.loudness
            gains[name] = round(gains[name] + correction, 2)
            away, peak = other.loudness + correction - TARGET, max(learnt.peak, other.peak) + correction
            print(f"{name:12} gain {gains[name]:+5.2f} dB; others {away:+5.2f} LU, peak {peak:5.2f} dBTP", flush=True)
            failed += [name] if abs(away) > TOLERANCE or peak > HEADROOM else []
    FILE.write_text(HEAD + "".join(f"{name} = {gain}\n" for name, gain in gains.items()))
    if failed:
        raise SystemExit(f"over {TOLERANCE} LU away, or peaks over {HEADROOM} dBTP: {', '.join(failed)}")


if __name__ == "__main__":
    asyncio.run(main())
