"""Write a random checkpoint in Hugging Face's layout, of any size and kind, without torch: for tests and benchmarks."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.engines.mms.layout import Architecture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

Shapes = dict[str, tuple[int, ...]]

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "|")
POS_CONV = "wav2vec2.encoder.pos_conv_embed.conv."
CODES = {"float16": "F16", "float32": "F32", "bfloat16": "BF16"}

FULL = Architecture(
    hidden=1280, layers=48, heads=16, intermediate=5120, adapter=16,
    conv_dims=(512,) * 7, conv_kernels=(10, 3, 3, 3, 3, 2, 2), conv_strides=(5, 2, 2, 2, 2, 2, 2),
    pos_kernel=128, pos_groups=16, eps=1e-5, blank=0,
)  # fmt: skip
"""The sizes of facebook/mms-1b-all."""

TINY = Architecture(
    hidden=48, layers=2, heads=4, intermediate=96, adapter=4,
    conv_dims=(8, 8, 16, 16, 16, 24, 24), conv_kernels=(10, 3, 3, 3, 3, 2, 2), conv_strides=(5, 2, 2, 2, 2, 2, 2),
    pos_kernel=16, pos_groups=4, eps=1e-5, blank=0,
)  # fmt: skip
"""As small as the layout allows: converts in a tenth of a second."""

TINY_LARGE = replace(TINY, adapter=0)
"""The kind of wav2vec2-large-lv60 and XLS-R."""

TINY_BASE = replace(TINY, adapter=0, group_norm=True, pre_norm=False, conv_bias=False)
"""The kind of wav2vec2-base-960h."""


def write(
    folder: Path, architecture: Architecture, letters: Mapping[str, Sequence[str]],
    *, dtype: str = "float32", weight_norm: tuple[str, str] = ("weight_g", "weight_v"), seed: int = 0,
) -> None:  # fmt: skip
    """Write config, vocabularies, trunk and one adapter for each language of `letters` into a new folder.

    An architecture without adapters has one language, which the files don't name.
    """
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    vocabularies = {code: {s: i for i, s in enumerate((*SPECIAL, *symbols))} for code, symbols in letters.items()}
    first = next(iter(vocabularies.values()))
    (folder / "config.json").write_text(json.dumps(config(architecture, len(first))))
    table = vocabularies if architecture.adapter else first
    (folder / "vocab.json").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR))
    adapters = {code: architecture.adapter_shapes(len(table)) for code, table in vocabularies.items()}
    kernel = (architecture.hidden, architecture.hidden // architecture.pos_groups, architecture.pos_kernel)
    norm: Shapes = {POS_CONV + weight_norm[0]: (1, 1, kernel[2]), POS_CONV + weight_norm[1]: kernel}
    trunk = architecture.trunk_shapes() | norm | next(iter(adapters.values()))
    write_tensors(folder / "model.safetensors", trunk, dtype, rng)
    for code, shapes in adapters.items() if architecture.adapter else ():
        write_tensors(folder / f"adapter.{code}.safetensors", shapes, dtype, rng)


def write_tensors(path: Path, shapes: Shapes, dtype: str, rng: np.random.Generator) -> None:
    """Write random tensors one by one: memory holds the largest of them only."""
    width = 4 if dtype == "float32" else 2
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, shape in shapes.items():
        size = int(np.prod(shape)) * width
        header[name] = {"dtype": CODES[dtype], "shape": shape, "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes.items():
            file.write(_bytes(_random(name, shape, rng), dtype))


def config(architecture: Architecture, symbols: int) -> dict[str, Any]:
    """The config.json that `Architecture.from_config` and transformers read."""
    a = architecture
    return {
        "architectures": ["Wav2Vec2ForCTC"], "model_type": "wav2vec2", "vocab_size": symbols,
        "hidden_size": a.hidden, "num_hidden_layers": a.layers, "num_attention_heads": a.heads,
        "intermediate_size": a.intermediate, "adapter_attn_dim": a.adapter or None, "conv_dim": a.conv_dims,
        "conv_kernel": a.conv_kernels, "conv_stride": a.conv_strides, "num_conv_pos_embeddings": a.pos_kernel,
        "num_conv_pos_embedding_groups": a.pos_groups, "layer_norm_eps": a.eps, "pad_token_id": a.blank,
        "feat_extract_norm": "group" if a.group_norm else "layer", "feat_extract_activation": "gelu",
        "hidden_act": "gelu", "conv_bias": a.conv_bias, "do_stable_layer_norm": a.pre_norm, "add_adapter": False,
        "mask_time_prob": 0.0, "layerdrop": 0.0,
        "bos_token_id": 1, "eos_token_id": 2, "num_feat_extract_layers": len(a.conv_dims),
    }  # fmt: skip


PREPROCESSOR = {
    "feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": True, "feature_size": 1,
    "padding_value": 0.0, "return_attention_mask": True, "sampling_rate": 16000,
}  # fmt: skip


def _random(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Numbers that keep activations in range: norms near one, matrices scaled by their inputs."""
    noise = rng.standard_normal(shape, np.float32)
    if "norm.weight" in name or name.endswith(("weight_g", "original0")):
        return 1 + 0.1 * noise
    if len(shape) == 1:
        return 0.1 * noise
    return noise / np.sqrt(np.prod(shape[1:]), dtype=np.float32)


def _bytes(array: np.ndarray[Any, Any], dtype: str) -> bytes:
    if dtype == "bfloat16":
        return (array.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return array.astype("<f4" if dtype == "float32" else "<f2").tobytes()
