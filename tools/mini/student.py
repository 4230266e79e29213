"""The model while it learns: one trunk, the adapters and heads of two languages.

The convolutions first learn to compute log-mel frames (``mel_error``): with random ones CTC stays
at all-blank for a long time. While they are frozen a step costs little more than half.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import nn
from transformers import Wav2Vec2ForCTC

from tools.mini import checkpoint, phones
from tools.mini.checkpoint import HOP, LANGUAGES, SAMPLE_RATE

BANDS = 48
PHONE_LAYER = 3
"""After this many layers of six the phonemes are asked for."""
MASKS = 3
MASK_FRAMES = 9
_FFT = 512
_MEAN, _SCALE = 0.5, 4.0


def mel_matrix() -> torch.Tensor:
    """Return triangular filters [BANDS, _FFT // 2 + 1] between 60 and 7,600 Hz."""
    low, high = (2595 * math.log10(1 + f / 700) for f in (60.0, 7600.0))
    points = torch.linspace(low, high, BANDS + 2)
    edges = 700 * (10 ** (points / 2595) - 1)
    frequency = torch.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT
    rising = (frequency - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - frequency) / (edges[2:] - edges[1:-1])[:, None]
    return torch.minimum(rising, falling).clamp(min=0)


class Turn(torch.autograd.Function):
    """[clips, a, b] to [clips, b, a], in memory as well, forwards and backwards.

    What follows goes through memory in order; on strided tensors GELU alone took a tenth of a step.
    """

    @staticmethod
    def forward(_ctx: object, x: torch.Tensor) -> torch.Tensor:
        """Turn."""
        return x.transpose(1, 2).contiguous()

    @staticmethod
    def backward(_ctx: object, gradient: torch.Tensor) -> torch.Tensor:
        """Turn back."""
        return gradient.transpose(1, 2).contiguous()


@torch.compile(dynamic=True)
def norm_gelu(x: torch.Tensor, norm: nn.LayerNorm) -> torch.Tensor:
    """Return what a convolution's layer norm and activation make of [clips, time, channels]."""
    return nn.functional.gelu(norm(x))


class Student(nn.Module):
    """Everything that is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Wav2Vec2ForCTC(checkpoint.configuration())
        self.model.set_attn_implementation("eager")  # torch's fused one is five times as slow backwards on a CPU
        self.adapters = nn.ModuleDict()
        self.heads = nn.ModuleDict()
        for language in LANGUAGES:
            other = Wav2Vec2ForCTC(checkpoint.configuration(language))
            layers = other.wav2vec2.encoder.layers
            self.adapters[language] = nn.ModuleList(layer.adapter_layer for layer in layers)
            self.heads[language] = other.lm_head
        self.to_mel = nn.Linear(self.model.config.conv_dim[-1], BANDS)
        self.to_phone = nn.Linear(self.model.config.hidden_size, phones.CLASSES)
        self.register_buffer("filters", mel_matrix(), persistent=False)
        self.register_buffer("window", torch.hann_window(phones.WINDOW), persistent=False)
        self._middle = torch.empty(0)
        self.model.wav2vec2.encoder.layers[PHONE_LAYER].register_forward_pre_hook(self._keep)
        self.masked = True
        self.use("eng")

    def use(self, language: str) -> None:
        """Put a language's adapters and head into the model."""
        layers = self.model.wav2vec2.encoder.layers
        for layer, adapter in zip(layers, self.adapters[language], strict=True):
            layer.adapter_layer = adapter
        self.model.lm_head = self.heads[language]
        self.model.config.vocab_size = len(checkpoint.vocabulary(language))

    def _keep(self, _layer: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._middle = inputs[0]

    @torch.no_grad()
    def mel(self, sound: torch.Tensor) -> torch.Tensor:
        """Return scaled log-mel frames [clips, frames, BANDS], aligned with the model's own."""
        parts = sound.unfold(1, phones.WINDOW, HOP) * self.window
        power = torch.fft.rfft(parts, _FFT).abs() ** 2
        return (torch.log(power @ self.filters.T + 1e-2) - _MEAN) / _SCALE

    def mel_error(self, sound: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error of the convolutions' own log-mel frames."""
        wav2vec2 = self.model.wav2vec2
        features = wav2vec2.feature_extractor(sound).transpose(1, 2)
        guess = self.to_mel(wav2vec2.feature_projection.layer_norm(features)).float()
        inside = self._inside(lengths, guess.shape[1])
        return ((guess - self.mel(sound)) ** 2).mean(2)[inside].mean()

    def forward(
        self, sound: torch.Tensor, lengths: torch.Tensor, *, frozen: int = 0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits as the finished model does, and those of the phonemes.

        In training, stretches of time are masked. The first ``frozen`` convolutions learn
        nothing; they are the costly ones.
        """
        wav2vec2 = self.model.wav2vec2
        features = sound[:, None]
        for number, layer in enumerate(wav2vec2.feature_extractor.conv_layers):
            with torch.set_grad_enabled(torch.is_grad_enabled() and number >= frozen):
                features = Turn.apply(norm_gelu(Turn.apply(layer.conv(features)), layer.layer_norm))
        hidden, _ = wav2vec2.feature_projection(features.transpose(1, 2))
        inside = self._inside(lengths, hidden.shape[1])
        if self.training and self.masked:
            hidden = hidden * self._masks(*hidden.shape[:2])[..., None]
        out = wav2vec2.encoder(hidden, attention_mask=inside)
        middle = self._middle
        sounds = self.to_phone(nn.functional.layer_norm(middle, middle.shape[-1:]))
        return self.model.lm_head(self.model.dropout(out.last_hidden_state)).float(), sounds.float()

    @staticmethod
    def frames(lengths: torch.Tensor) -> torch.Tensor:
        """Return the output frames of each clip."""
        return (lengths - phones.WINDOW) // HOP + 1

    def _inside(self, lengths: torch.Tensor, count: int) -> torch.Tensor:
        return torch.arange(count)[None] < self.frames(lengths)[:, None]

    @staticmethod
    def _masks(count: int, length: int) -> torch.Tensor:
        """Return ones with up to ``MASKS`` short stretches of zeros in each row."""
        at = torch.arange(length)
        keep = torch.ones(count, length)
        for _ in range(MASKS):
            start = torch.randint(0, length, (count, 1))
            width = torch.randint(0, MASK_FRAMES, (count, 1))
            keep[(at >= start) & (at < start + width)] = 0
        return keep

    def save(self, folder: Path) -> None:
        """Write the checkpoint of the model as it is now."""
        banks = {}
        for language in reversed(LANGUAGES):
            self.use(language)
            banks[language] = checkpoint.adapters(self.model)
        checkpoint.save(self.model, banks, folder)
