"""Write a random Kokoro checkpoint in the layout of the model hub: config.json, kokoro-v1_0.pth, voices/*.pt.

Run: python -m tools.kokoro_random FOLDER [--small]
The published weights can't be had here; of the same layout and, without --small, the same size, random ones prove that
the torch model, its export and the install fit together. Needs the extra `torch`.
"""

from __future__ import annotations

import argparse
import copy
import json
from pathlib import Path
from typing import Any

import torch

from oyez.engines.kokoro import checkpoint
from oyez.engines.kokoro.phonemes import vocabulary
from oyez.engines.kokoro.voices import STYLE_SIZE, STYLES

WEIGHTS = "kokoro-v1_0.pth"
FULL: dict[str, Any] = {
    "istftnet": {
        "upsample_kernel_sizes": [20, 12], "upsample_rates": [10, 6], "upsample_initial_channel": 512,
        "gen_istft_hop_size": 5, "gen_istft_n_fft": 20,
        "resblock_kernel_sizes": [3, 7, 11], "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
    },
    "plbert": {
        "hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 2048, "max_position_embeddings": 512,
        "num_hidden_layers": 12, "dropout": 0.1,
    },
    "dim_in": 64, "dropout": 0.2, "hidden_dim": 512, "max_conv_dim": 512, "max_dur": 50, "multispeaker": True,
    "n_layer": 3, "n_mels": 80, "n_token": 178, "style_dim": 128, "text_encoder_kernel_size": 5,
}  # fmt: skip
"""config.json of hexgrad/Kokoro-82M, but for its alphabet."""


def small() -> dict[str, Any]:
    """As small as the model's definition allows: its decoder has its sizes written in."""
    made = copy.deepcopy(FULL)
    made["plbert"] |= {"hidden_size": 48, "num_attention_heads": 4, "intermediate_size": 64, "num_hidden_layers": 2}
    made["istftnet"] |= {"resblock_kernel_sizes": [3], "resblock_dilation_sizes": [[1, 3, 5]]}
    return made | {"n_layer": 1}


def write(folder: Path, settings: dict[str, Any], *, voices: tuple[str, ...] = ("af_heart",), seed: int = 0) -> None:
    """Write a checkpoint into a new folder. Tokens last two or three frames, as they do in speech."""
    (folder / "voices").mkdir(parents=True)
    said = settings | {"vocab": vocabulary()}
    (folder / "config.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    torch.manual_seed(seed)
    model = checkpoint.empty(said, folder)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".alpha" in name or name.endswith("bias"):  # no two alike: equal ones would be written once
                weight.add_(torch.randn_like(weight) * 0.1)
        model.predictor.duration_proj.linear_layer.bias.fill_(-2.9)
        model.predictor.F0_proj.bias.fill_(120.0)  # Hz
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in model.state_dict().items():
        part, _, rest = name.partition(".")
        if not name.endswith((".norm.weight", ".norm.bias")):  # the published weights have none
            parts.setdefault(part, {})["module." + rest] = tensor
    torch.save(parts, folder / WEIGHTS)
    for name in voices:
        torch.save(torch.randn(STYLES, 1, STYLE_SIZE) * 0.2, folder / "voices" / f"{name}.pt")


def main() -> None:
    """Write one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true")
    asked = parser.parse_args()
    write(asked.folder, small() if asked.small else FULL)


if __name__ == "__main__":
    main()
