"""Make clean synthetic speech sound like many rooms, microphones and speakers.

The costly steps work on whole batches: one Fourier transform applies equaliser, band limits and
reverberation together.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
import torch

from tools.mini import phones
from tools.mini.checkpoint import HOP, SAMPLE_RATE
from tools.mini.clip import Clip
from tools.mini.corpus import Corpus

REVERB_TAPS = 8_000
NOISE_SECONDS = 90
BABBLE_VOICES = 5


def stretch(audio: np.ndarray, factor: float) -> np.ndarray:
    """Play faster and higher (factor above one) or slower and lower."""
    if factor == 1.0:
        return audio
    count = int(len(audio) / factor)
    at = np.linspace(0, len(audio) - 1, count)
    return np.interp(at, np.arange(len(audio)), audio).astype(np.float32)


def coloured(count: int, slope: float, rng: np.random.Generator) -> np.ndarray:
    """Return unit-variance noise whose power falls with frequency to the power ``slope``."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.arange(len(spectrum)), 20 * count / SAMPLE_RATE)
    noise = np.fft.irfft(spectrum * frequency ** (-slope / 2), count)
    return (noise / noise.std()).astype(np.float32)


class Batch(NamedTuple):
    """Clips ready to be learnt: sound [clips, samples], samples of each, sounds [clips, frames]."""

    sound: torch.Tensor
    lengths: torch.Tensor
    sounds: torch.Tensor


class Augmenter:
    """Random changes to batches of clips."""

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self.rng = random.Random(seed)
        self.generator = np.random.default_rng(seed)
        count = NOISE_SECONDS * SAMPLE_RATE
        self.noises = [coloured(count, s, self.generator) for s in (0.0, 0.6, 1.0, 1.5, 2.0)]
        self.noises += [self._babble(corpus, count, n) for n in (2, BABBLE_VOICES)]

    def _babble(self, corpus: Corpus, count: int, talkers: int) -> np.ndarray:
        total = np.zeros(count, np.float32)
        pools = [clips for clips in corpus.clips.values() if clips]
        for _ in range(talkers):
            at = 0
            while at < count:
                audio = self.rng.choice(self.rng.choice(pools)).audio[: count - at]
                total[at : at + len(audio)] += audio / (np.abs(audio).max() + 1.0)
                at += len(audio) + self.rng.randrange(SAMPLE_RATE)
        return total / total.std()

    def __call__(self, clips: list[Clip], *, gentle: bool = False) -> Batch:
        """Return a normalised batch and what sounds when in it."""
        rng = self.rng
        pace = 1.0 if gentle or rng.random() < 0.25 else rng.uniform(0.87, 1.17)
        factors = [pace * (1.0 if gentle else rng.uniform(0.97, 1.03)) for _ in clips]
        played = [stretch(clip.audio.astype(np.float32) / 32768, f) for clip, f in zip(clips, factors, strict=True)]
        # As long as the longest and a little air: what is padded costs as much as speech.
        space = max(map(len, played)) + int(rng.uniform(0.1, 1.1 if rng.random() < 0.25 else 0.4) * SAMPLE_RATE)
        rows, leads = [], []
        for audio in played:
            air = space - len(audio)
            lead = rng.randint(0, air)
            rows.append(np.pad(audio, (lead, rng.randint(0, air - lead))))
            leads.append(lead)
        lengths = torch.tensor([len(row) for row in rows])
        batch = torch.zeros(len(rows), int(lengths.max()))
        for i, row in enumerate(rows):
            batch[i, : len(row)] = torch.from_numpy(row)
        if gentle:
            batch += torch.randn_like(batch) * 0.002
        else:
            batch = self._filter(batch)
            for i in range(len(rows)):
                self._degrade(batch[i, : lengths[i]])
        tracks = [(clip.sounds, clip.ends) for clip in clips]
        sounds = phones.targets(tracks, leads, factors, (batch.shape[1] - phones.WINDOW) // HOP + 1)
        return Batch(normalise(batch, lengths), lengths, sounds)

    def _filter(self, batch: torch.Tensor) -> torch.Tensor:
        """Apply tilt, band limits, a notch band and reverberation, each clip its own."""
        count, samples = batch.shape
        size = fast_size(samples + REVERB_TAPS)
        frequency = torch.linspace(0, SAMPLE_RATE / 2, size // 2 + 1)
        octave = torch.log2(frequency.clamp(min=60.0) / 1000.0)
        gains = torch.zeros(count, len(frequency))
        for i in range(count):
            rng = self.rng
            if rng.random() < 0.6:
                gains[i] += rng.uniform(-4.0, 4.0) * octave
            if rng.random() < 0.5:
                gains[i] += 6 * rng.random() * torch.sin(octave * rng.uniform(1, 4) + 6 * rng.random())
            if rng.random() < 0.25:
                gains[i] -= 40 * torch.sigmoid((frequency - rng.uniform(3000, 7500)) / 150)
            if rng.random() < 0.25:
                gains[i] -= 30 * torch.sigmoid((rng.uniform(80, 350) - frequency) / 30)
            for _ in range(rng.choice((0, 0, 0, 1))):
                low = rng.uniform(150, 5000)
                gains[i] -= 25 * ((frequency > low) & (frequency < low * rng.uniform(1.1, 1.4)))
        spectrum = torch.fft.rfft(batch, size) * 10 ** (gains / 20)
        wet = [i for i in range(count) if self.rng.random() < 0.3]
        if wet:
            rooms = torch.stack([self._room() for _ in wet])
            spectrum[wet] *= torch.fft.rfft(rooms, size)
        return torch.fft.irfft(spectrum, size)[:, :samples].contiguous()

    def _room(self) -> torch.Tensor:
        """Return an impulse response: the direct sound and an exponentially decaying tail."""
        seconds = self.rng.uniform(0.08, 0.5)
        t = torch.arange(REVERB_TAPS) / SAMPLE_RATE
        tail = torch.randn(REVERB_TAPS) * torch.exp(-6.9 * t / seconds)
        tail[: self.rng.randint(16, 200)] = 0
        tail *= 10 ** (-self.rng.uniform(0.0, 15.0) / 20) / (tail.norm() + 1e-6)
        tail[0] = 1.0
        return tail

    def _degrade(self, row: torch.Tensor) -> None:
        """Add noise, mu-law coding or clipping to one clip, in place."""
        rng = self.rng
        level = row.std() + 1e-5
        if rng.random() < 0.06:
            row.clamp_(-1.5 * float(level), 1.5 * float(level))
        if rng.random() < 0.7:
            snr = rng.uniform(8.0, 40.0)
            noise = rng.choice(self.noises)
            start = rng.randrange(len(noise) - len(row))
            piece = torch.from_numpy(noise[start : start + len(row)])
            row.add_(piece, alpha=float(level) * 10 ** (-snr / 20))
        else:
            row.add_(torch.randn(len(row)), alpha=float(level) * 10 ** (-rng.uniform(35, 60) / 20))
        if rng.random() < 0.08:
            peak = float(row.abs().max()) + 1e-6
            code = torch.sign(row) * torch.log1p(255 * row.abs() / peak) / np.log(256.0)
            code = torch.round(code * 127) / 127
            row.copy_(torch.sign(code) * (256.0 ** code.abs() - 1) / 255 * peak)


def normalise(batch: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Bring every clip to zero mean and unit variance as the feature extractor does."""
    inside = torch.arange(batch.shape[1])[None] < lengths[:, None]
    batch = batch * inside
    mean = batch.sum(1, keepdim=True) / lengths[:, None]
    centred = (batch - mean) * inside
    variance = (centred**2).sum(1, keepdim=True) / lengths[:, None]
    return centred / torch.sqrt(variance + 1e-7)


def fast_size(count: int) -> int:
    """Return a size from ``count`` up that a Fourier transform likes."""
    step = 2 ** max(0, count.bit_length() - 5)
    return -(-count // step) * step


def add_noise(audio: np.ndarray, snr: float, rng: np.random.Generator) -> np.ndarray:
    """Add pink noise at a signal-to-noise ratio in dB (used by the evaluation)."""
    level = audio.std() * 10 ** (-snr / 20)
    return audio + level * coloured(len(audio), 1.0, rng)
