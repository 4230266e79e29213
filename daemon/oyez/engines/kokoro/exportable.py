"""Kokoro's torch model as it can be written down in ONNX, and as it is cut: the same weights, the same numbers.

Four things are written anew. One text at a time needs no masks. AdaIN tells its mean and variance as tensors. Spectra
are convolutions, exactly those of torch.stft, as ONNX has no complex numbers (the package's own way, disable_complex,
makes another sound: it forgets that a real signal has every frequency twice). The source has no noise, so that the
same text sounds the same, as in the published graph. Names within the decoder are those of that graph: cut.py and
static.py look for them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    Seen = dict[str, Tensor]

_NOTHING = 1e-6  # what rounding leaves of no signal; its angle would be any


class Whole(nn.Module):
    """The model: tokens [1, n], style [1, 256], speed [1] -> audio, frames of each token, and where it is cut.

    `model` is a KModel, and is changed.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.prosody = _Prosody(model)
        self.decoder = _Decoder(model.decoder)

    def forward(self, tokens: Tensor, style: Tensor, speed: Tensor) -> tuple[Tensor, ...]:
        """Audio [samples], frames [n], features [1, 512, steps], source [1, samples]."""
        text, pitch, energy, frames = self.prosody(tokens, style[:, 128:], speed)
        audio, features, source = self.decoder(text, pitch, energy, style[:, :128])
        return audio, frames, features, source

    def sound(self, features: Tensor, source: Tensor, style: Tensor) -> Tensor:
        """The audio for features with a source that is given."""
        generator = self.decoder.decoder.generator
        own, generator.m_source = generator.m_source, _Given(source)
        audio: Tensor = generator(features, style[:, :128], features[:, 0])[0, 0]
        generator.m_source = own
        return audio


class _Prosody(nn.Module):
    """Text, pitch and energy of each step, and the frames of each token."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.bert, self.bert_encoder = model.bert, model.bert_encoder
        self.predictor, self.text_encoder = model.predictor, model.text_encoder
        _replace(self, "AdaIN1d", _Adain)

    def forward(self, tokens: Tensor, style: Tensor, speed: Tensor) -> tuple[Tensor, ...]:
        told = self._told(self.bert_encoder(self.bert(tokens)), style)
        durations = torch.sigmoid(self.predictor.duration_proj(self.predictor.lstm(told)[0])).sum(-1) / speed
        frames = torch.round(durations).clamp(min=1).long().squeeze(0)
        ends = frames.cumsum(0)[:, None]
        at = torch.arange(frames.sum())[None]
        where = ((at < ends) & (at >= ends - frames[:, None])).float()[None]
        pitch, energy = self.predictor.F0Ntrain(told.transpose(1, 2) @ where, style)
        return self._text(tokens) @ where, pitch, energy, frames

    def _told(self, text: Tensor, style: Tensor) -> Tensor:
        """What durations, pitch and energy are read from: [1, n, 640]."""
        styles = style[:, None].expand_as(text[:, :, : style.shape[1]])
        for block in self.predictor.text_encoder.lstms:
            text = block(torch.cat([text, styles], -1))[0] if isinstance(block, nn.LSTM) else block(text, style)
        return torch.cat([text, styles], -1)

    def _text(self, tokens: Tensor) -> Tensor:
        text = self.text_encoder.embedding(tokens).transpose(1, 2)
        for block in self.text_encoder.cnn:
            text = block(text)
        return self.text_encoder.lstm(text.transpose(1, 2))[0].transpose(1, 2)


class _Decoder(nn.Module):
    """The sound of the steps, and what the generator is given for it."""

    def __init__(self, decoder: Any) -> None:
        super().__init__()
        self.decoder = decoder
        _replace(self, "AdaIN1d", _Adain)
        generator = decoder.generator
        generator.m_source.l_sin_gen = _Harmonics(generator.m_source.l_sin_gen)
        generator.stft = _Spectrum(generator.post_n_fft, generator.stft.hop_length)
        generator.register_forward_pre_hook(self._note)
        self._features: Tensor

    def forward(self, text: Tensor, pitch: Tensor, energy: Tensor, style: Tensor) -> tuple[Tensor, ...]:
        audio = self.decoder(text, pitch, energy, style)[0, 0]
        return audio, self._features, self.decoder.generator.stft.source

    def _note(self, module: nn.Module, given: tuple[Tensor, ...]) -> None:  # noqa: ARG002 - torch's signature
        self._features = given[0]


class _Adain(nn.Module):
    """Channels normalised by mean and variance over time, then scaled and moved as the style says."""

    def __init__(self, own: Any) -> None:
        super().__init__()
        self.fc, self._eps, self._channels = own.fc, own.norm.eps, own.norm.num_features
        _absorb(self.fc, own.norm)

    def forward(self, signal: Tensor, style: Tensor) -> Tensor:
        told = self.fc(style)[:, :, None]
        mean, variance = signal.mean(-1, keepdim=True), signal.var(-1, unbiased=False, keepdim=True)
        normal = (signal - mean) / torch.sqrt(variance + self._eps)
        return (1 + told[:, : self._channels]) * normal + told[:, self._channels :]


class _Harmonics(nn.Module):
    """The harmonics of a pitch, where there is a voice."""

    def __init__(self, own: Any) -> None:
        super().__init__()
        self._rate, self._step, self._loudness = own.sampling_rate, int(own.upsample_scale), own.sine_amp
        self._least = own.voiced_threshold
        self.register_buffer("numbers", torch.arange(1.0, own.dim + 1))

    def forward(self, pitch: Tensor) -> tuple[Tensor, Tensor, None]:
        turns = (pitch[:, :: self._step] * self.numbers / self._rate) % 1
        phases = (torch.cumsum(turns, 1) * 2 * math.pi * self._step).transpose(1, 2)
        fine = functional.interpolate(phases, scale_factor=float(self._step), mode="linear").transpose(1, 2)
        voiced = (pitch > self._least).float()
        return torch.sin(fine) * self._loudness * voiced, voiced, None


class _Given(nn.Module):
    """A source that was made before."""

    def __init__(self, source: Tensor) -> None:
        super().__init__()
        self._source = source[:, :, None]

    def forward(self, pitch: Tensor) -> tuple[Tensor, None, None]:  # noqa: ARG002 - see _Harmonics
        return self._source, None, None


class _Spectrum(nn.Module):
    """torch.stft and torch.istft with a Hann window, as convolutions; magnitude and phase apart."""

    def __init__(self, size: int, hop: int) -> None:
        super().__init__()
        self._middle, self._hop = size // 2, hop
        frequency, time = torch.arange(size // 2 + 1, dtype=torch.float64)[:, None], torch.arange(size)
        angle, window = 2 * math.pi * frequency * time / size, torch.hann_window(size, dtype=torch.float64)
        cosine, sine = torch.cos(angle), torch.sin(angle)
        sine[[0, -1]] = 0  # exactly, not but for rounding
        share = torch.full((size // 2 + 1, 1), 2 / size)
        share[[0, -1]] = 1 / size
        self.register_buffer("analysis", (torch.cat([cosine, -sine]) * window)[:, None].float())
        self.register_buffer("synthesis", (torch.cat([cosine * share, -sine * share]) * window)[:, None].float())
        self.register_buffer("square", window.square()[None, None].float())
        self.source: Tensor

    def transform(self, signal: Tensor) -> tuple[Tensor, Tensor]:
        self.source = signal
        padded = functional.pad(signal[:, None], (self._middle, self._middle), mode="reflect")
        parts = functional.conv1d(padded, self.analysis, stride=self._hop)
        real, imaginary = torch.where(parts.abs() < _NOTHING, 0.0, parts).chunk(2, 1)
        phase = torch.where(imaginary == 0, (real < 0) * math.pi, torch.atan2(imaginary, real))
        return torch.sqrt(real * real + imaginary * imaginary), phase

    def inverse(self, magnitude: Tensor, phase: Tensor) -> Tensor:
        parts = torch.cat([magnitude * torch.cos(phase), magnitude * torch.sin(phase)], 1)
        signal = functional.conv_transpose1d(parts, self.synthesis, stride=self._hop)
        overlap = functional.conv_transpose1d(torch.ones_like(parts[:, :1]), self.square, stride=self._hop)
        return (signal / overlap)[..., self._middle : -self._middle]


def _absorb(fc: nn.Linear, norm: Any) -> None:
    """Have a layer's own scale and offset, where it was taught some, told with those of the style."""
    half, scale, offset = norm.num_features, norm.weight, norm.bias
    rate = 1 + fc.bias[:half]
    fc.weight[half:] += offset[:, None] * fc.weight[:half]
    fc.bias[half:] += offset * rate
    fc.weight[:half] *= scale[:, None]
    fc.bias[:half] = scale * rate - 1


def _replace(within: nn.Module, kind: str, make: type[nn.Module]) -> None:
    """Put other modules in the place of those of a kind."""
    for module in [*within.modules()]:
        for name, child in [*module.named_children()]:
            if type(child).__name__ == kind:
                setattr(module, name, make(child))
