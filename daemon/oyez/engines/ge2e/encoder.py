"""GE2E's encoder: samples in, a voiceprint out. Lives in a child process or a command; everything here blocks.

What is done before the network, and why, was measured: docs/recognition.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort

from oyez.engines.ge2e.mel import BANDS, HOP, frames, spectrogram
from oyez.errors import InvalidInput, ModelDamaged
from oyez.model import HEARD_RATE, Voiceprint

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from oyez.engines.ge2e.mel import Mel
    from oyez.model import Samples

GRAPH = "model.onnx"
SIZE = 256  # numbers of a voiceprint
WINDOW = 160  # frames, 1.6 s: as the encoder was trained
STEP = 80  # frames between the beginnings of two windows
LOUDNESS = 1e-3  # power, -30 dB: that of the recordings it was trained on
SILENCE = 1e-8  # power, -80 dB: a microphone that isn't there
BELOW_LOUDEST = 1e-3  # -30 dB: what is softer is no voice, but the room
AROUND = 10  # frames before and after a loud one that go with it: soft sounds, and the steps between words
QUIETEST = 20  # per cent of the frames: between words there is the room's noise alone
NOISE = 1.5  # times that is taken off each band, as noise wavers
LEFT = 0.02  # of a band, where the noise is all there is
MOST = 6_000  # frames, a minute: more doesn't make a voice better known


class Encoder:
    """The network, loaded once."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Load a prepared folder. Raises ModelDamaged."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle house uses no CPU
        try:
            self._session = ort.InferenceSession(folder / GRAPH, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises types of its own for each of its many reasons
            raise ModelDamaged(f"{folder / GRAPH}: ONNX Runtime can't load it ({error})") from error

    def voiceprint(self, samples: Samples) -> Voiceprint | None:
        """Whose voice it is in 16 kHz mono samples; None where there is silence. Raises InvalidInput."""
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise InvalidInput("audio must be one row of finite numbers; it has NaN, infinity or more channels")
        mel = voiced(samples)
        if not len(mel):
            return None
        (vector,) = self._session.run(None, {"mel": windows(mel)})
        return Voiceprint(np.asarray(vector, np.float32), len(mel) * HOP / HEARD_RATE)


def voiced(samples: Samples) -> Mel:
    """The mel frames of a voice, a minute at most: without the room's noise, as loud as the encoder knows speech."""
    loudness = np.square(frames(samples)).mean(axis=1)
    loud = loudness > max(np.percentile(loudness, 95) * BELOW_LOUDEST, SILENCE)
    spoken = np.convolve(loud, np.ones(2 * AROUND + 1))[AROUND:-AROUND] > 0
    kept = np.flatnonzero(spoken)[:MOST]
    if not len(kept):
        return np.empty((0, BANDS), np.float32)
    mel = spectrogram(samples)
    noise = NOISE * np.percentile(mel, QUIETEST, axis=0)
    heard = mel[kept]
    voice = np.maximum(heard - noise, LEFT * heard)
    gain = LOUDNESS / loudness[kept].mean() * heard.sum() / voice.sum()
    return np.asarray(voice * gain, np.float32)


def windows(mel: Mel) -> NDArray[np.float32]:
    """The frames in windows [windows, WINDOW, BANDS] that overlap by half and reach the end; few are repeated."""
    if len(mel) < WINDOW:
        return np.resize(mel, (1, WINDOW, BANDS))
    beyond = len(mel) - WINDOW
    starts = np.linspace(0, beyond, 1 + -(-beyond // STEP)).round().astype(int)
    return np.stack([mel[start : start + WINDOW] for start in starts])
