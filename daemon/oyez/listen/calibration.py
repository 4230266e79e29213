"""What a room sounds like in silence and in speech, and which settings of its ear follow from that. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from oyez.listen.level import CLIPS, decibels
from oyez.listen.segment import FRAME_SECONDS, STAY_BELOW

if TYPE_CHECKING:
    from oyez.config import VadConfig
    from oyez.model import Frame

FLOOR_SHARE = 10  # percent of the time that are softer than what is called the floor
STEP = 0.05  # of a threshold that is recommended
LOUDEST_NOISE = 0.75  # probability: noise that is more like speech is speech, and no threshold keeps it out
TARGET_DBFS = -26.0  # of speech: leaves its peaks 20 dB
NEAR_DB = 6.0  # speech this near to the target is loud enough: nothing is gained by turning
HIGHEST_DBFS = -1.0  # of peaks after a change of gain
ENOUGH_DB = 10.0  # of speech over noise (docs/vad.md)
SILENT = "the microphone gives nothing but digital silence: is it muted?"
SPOKEN = "something sounds like speech while nobody should speak: a television, or was it not silent? Measure again"
UNHEARD = "no speech was heard: speak louder or nearer, or turn the microphone up, and measure again"
CLIPPED = "the loudest sounds are cut off: turn the microphone down at the sound server"
NOISY = (
    f"the noise is less than {ENOUGH_DB:.0f} dB below the speech: many words will be misheard; a nearer microphone "
    "helps, perhaps noise_suppression: 1 (docs/vad.md)"
)


class Measurement:
    """So many seconds of a room: the power, the peak and the probability of speech of each frame."""

    def __init__(self, seconds: float) -> None:
        self._frames = max(1, round(seconds / FRAME_SECONDS))
        self.powers: list[float] = []
        self.peak = 0.0
        self.probabilities: list[float] = []

    def add(self, frame: Frame, probability: float) -> bool:
        """Take the next frame, as it is heard; whether it was the last one wanted."""
        self.powers.append(float(np.mean(np.square(frame.samples, dtype=np.float64))))
        self.peak = max(self.peak, float(np.abs(frame.samples).max()))
        self.probabilities.append(probability)
        return len(self.powers) >= self._frames

    @property
    def level_dbfs(self) -> float:
        """Root mean square of all of it."""
        return decibels(math.sqrt(float(np.mean(self.powers))))

    @property
    def floor_dbfs(self) -> float:
        """Root mean square of what is always there."""
        return decibels(math.sqrt(float(np.percentile(self.powers, FLOOR_SHARE))))

    @property
    def peak_dbfs(self) -> float:
        """The highest sample."""
        return decibels(self.peak)

    @property
    def highest(self) -> float:
        """The highest probability of speech."""
        return max(self.probabilities)

    def lasting(self, settings: VadConfig) -> float:
        """The probability that was reached for as long as the shortest speech: what is above it for less is a click."""
        count = max(1, round(settings.min_speech_ms / 1000 / FRAME_SECONDS))
        return sorted(self.probabilities, reverse=True)[min(count, len(self.probabilities)) - 1]

    def spoken(self, threshold: float) -> float:
        """The mean power of what is speech; 0 where nothing is."""
        heard = [power for power, p in zip(self.powers, self.probabilities, strict=True) if p >= threshold]
        return float(np.mean(heard)) if heard else 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """What was found out. None: it wasn't, or there is nothing to recommend.

    `snr_db` is the level of speech over that of the noise in between, `enough` whether that will do. `notes` tell what
    is wrong, in words for people.
    """

    vad_threshold: float | None = None
    gain_db: float | None = None
    speech_dbfs: float | None = None
    snr_db: float | None = None
    enough: bool | None = None
    notes: tuple[str, ...] = ()


def advise(silence: Measurement, speech: Measurement | None, settings: VadConfig, gain_db: float) -> Advice:
    """What follows from a room in silence and, if it was measured, in speech.

    `settings` are the house's: a room gets a threshold of its own only where its noise needs one. `gain_db` is the
    gain that it was measured with.
    """
    if silence.peak == 0.0:
        return Advice(notes=(SILENT,))
    threshold = _threshold(silence.lasting(settings), settings.threshold)
    if threshold is None:
        return Advice(notes=(SPOKEN,))
    if speech is None:
        return Advice(threshold, notes=_clipped(silence))
    if speech.lasting(settings) < threshold:
        return Advice(threshold, notes=(UNHEARD, *_clipped(speech)))
    noise, loud = float(np.mean(silence.powers)), speech.spoken(threshold)
    level = decibels(math.sqrt(loud))
    snr = round(10 * math.log10(max(loud - noise, noise / 10) / noise), 1)
    enough = snr >= ENOUGH_DB
    gain = _gain(level, speech.peak_dbfs, gain_db)
    return Advice(threshold, gain, level, snr, enough, (*_clipped(speech), *(() if enough else (NOISY,))))


def _threshold(noise: float, usual: float) -> float | None:
    """The lowest threshold from the usual one on that this noise neither reaches nor keeps speech going at."""
    if noise > LOUDEST_NOISE:
        return None
    steps = math.floor(round((noise + STAY_BELOW) / STEP, 6)) + 1
    return max(usual, round(steps * STEP, 2))


def _gain(level: float, peak: float, now: float) -> float:
    """The gain that brings speech near its target without cutting its peaks off."""
    if abs(TARGET_DBFS - level) <= NEAR_DB and peak <= CLIPS:
        return now
    change = min(TARGET_DBFS - level, HIGHEST_DBFS - peak)
    return float(min(40, max(-20, math.floor(now + change))))


def _clipped(measured: Measurement) -> tuple[str, ...]:
    return (CLIPPED,) if measured.peak_dbfs > CLIPS else ()
