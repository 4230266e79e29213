"""Noisy rooms with speech at known places, for benchmarks of voice activity detection."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr

from oyez.model import FRAME_SAMPLES, HEARD_RATE, Samples

SPEECH_DBFS = -26.0  # RMS of active speech: a person at two metres from an ordinary microphone
FLOOR_DBFS = -65.0  # pink noise of a quiet room; no microphone gives digital silence
AUDIBLE_DB = 35.0  # a frame this far below the loudest of its clip isn't speech any more
PAUSE_FRAMES = 10  # longer pauses within a clip are scored neither as speech nor as silence
NOISES = ("white", "pink", "babble", "tones")


@dataclass(frozen=True, slots=True)
class Clip:
    """One spoken phrase: its samples and, for each frame, whether it is speech."""

    samples: Samples
    speech: np.ndarray

    @property
    def bounds(self) -> tuple[int, int]:
        """First frame of the speech and the one after its last."""
        heard = np.flatnonzero(self.speech)
        return int(heard[0]), int(heard[-1]) + 1


@dataclass(frozen=True, slots=True)
class Scene:
    """Audio in which `spans` (frames) are spoken phrases; `speech` marks frames 1 speech, 0 silence, -1 not scored."""

    samples: Samples
    spans: tuple[tuple[int, int], ...]
    speech: np.ndarray


def load_clips(folder: Path, limit: int) -> list[Clip]:
    """At most `limit` clips from the audio files of a folder, spread evenly over their names."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".flac", ".wav"))
    chosen = paths[:: max(1, len(paths) // limit)][:limit]
    if not chosen:
        raise SystemExit(f"no FLAC or WAV files under {folder}")
    return [_clip(path) for path in chosen]


def _clip(path: Path) -> Clip:
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    samples = soxr.resample(audio.mean(axis=1), rate, HEARD_RATE)
    samples = np.pad(samples, (0, -len(samples) % FRAME_SAMPLES))
    level = _level_db(samples)
    speech = level > level.max() - AUDIBLE_DB
    gain = 10 ** (SPEECH_DBFS / 20) / _rms(samples.reshape(-1, FRAME_SAMPLES)[speech])
    return Clip((samples * gain).astype(np.float32), speech)


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def _level_db(samples: np.ndarray) -> np.ndarray:
    power = np.mean(np.square(samples.reshape(-1, FRAME_SAMPLES), dtype=np.float64), axis=1)
    return 10 * np.log10(power + 1e-12)


def scene(clips: list[Clip], noise: str | None, snr_db: float, rng: np.random.Generator) -> Scene:
    """The clips one after another with 2 to 4 s between them, in noise; None is a quiet room."""
    pieces, marks, spans, length = [], [], [], 0
    for clip in clips:
        gap = int(rng.uniform(100, 200))
        first, last = clip.bounds
        spans.append((length + gap + first, length + gap + last))
        pieces += [np.zeros(gap * FRAME_SAMPLES, np.float32), clip.samples]
        marks += [np.zeros(gap, int), _scored(clip)]
        length += gap + len(clip.speech)
    dry = np.concatenate(pieces)
    return Scene((dry + background(clips, noise, len(dry), snr_db, rng)), tuple(spans), np.concatenate(marks))


def _scored(clip: Clip) -> np.ndarray:
    """Frames of a clip as Scene marks them: short pauses between sounds are speech, long ones aren't scored."""
    first, last = clip.bounds
    marks = np.full(len(clip.speech), -1)
    heard = np.flatnonzero(clip.speech)
    marks[heard] = 1
    for left, right in pairwise(heard):
        if right - left <= PAUSE_FRAMES:
            marks[left:right] = 1
    marks[:first] = marks[last:] = -1
    return marks


def background(clips: list[Clip], noise: str | None, length: int, snr_db: float, rng: np.random.Generator) -> Samples:
    """What a room sounds like while nobody in it speaks: its floor, and noise `snr_db` below speech."""
    floor = _at(_pink(length, rng), FLOOR_DBFS)
    if noise is None:
        return floor
    make = {"white": _white, "pink": _pink, "tones": _tones}
    raw = _babble(clips, length, rng) if noise == "babble" else make[noise](length, rng)
    return floor + _at(raw, SPEECH_DBFS - snr_db)


def _at(samples: np.ndarray, dbfs: float) -> Samples:
    return (samples * (10 ** (dbfs / 20) / _rms(samples))).astype(np.float32)


def _white(length: int, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(length)


def _pink(length: int, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal(length))
    frequency = np.fft.rfftfreq(length, 1 / HEARD_RATE)
    return np.fft.irfft(spectrum / np.sqrt(np.maximum(frequency, 20.0)), length)


def _babble(clips: list[Clip], length: int, rng: np.random.Generator) -> np.ndarray:
    """Eight voices that never pause."""
    total = np.zeros(length)
    for _ in range(8):
        order = rng.permutation(len(clips))
        voice = np.concatenate([clips[i].samples for i in order])
        total += np.roll(np.resize(voice, length), int(rng.integers(length)))
    return total


def _tones(length: int, rng: np.random.Generator) -> np.ndarray:
    """Mains hum with its harmonics, and chords of plucked tones as on a radio next door."""
    time = np.arange(length) / HEARD_RATE
    total = sum(np.sin(2 * np.pi * 50 * k * time) / k for k in range(1, 8))
    for start in range(0, length, HEARD_RATE // 2):
        left = time[: min(HEARD_RATE, length - start)]
        for note in rng.choice(36, 3, replace=False):
            pitch = 110 * 2 ** (note / 12)
            wave = sum(np.sin(2 * np.pi * pitch * k * left) / k**1.5 for k in range(1, 6))
            total[start : start + len(left)] += wave * np.exp(-3 * left) * rng.uniform(0.5, 2)
    return np.asarray(total)
