"""What a Hugging Face MMS folder holds, and whether it is one: architecture, vocabularies, adapters, trunk.

Layout (as `facebook/mms-1b-all` has it): config.json, preprocessor_config.json, vocab.json (nested by language),
model.safetensors (or shards), adapter.<language>.safetensors. Only Wav2Vec2ForCTC with layer-norm convolutions, stable
layer norm and attention adapters is MMS; anything else is refused, as it would be converted silently wrong.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from oyez.engines.mms.tensors import Checkpoint, TensorFile
from oyez.errors import ModelDamaged, ModelMissing
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from pathlib import Path

Shape = tuple[int, ...]

# config.json -> the only value that the graph implements
REQUIRED = {
    "model_type": "wav2vec2",
    "feat_extract_norm": "layer",
    "feat_extract_activation": "gelu",
    "hidden_act": "gelu",
    "do_stable_layer_norm": True,
    "conv_bias": True,
    "add_adapter": False,
}
TOKENIZER_TOKENS = 4  # rows a head may have beyond its vocabulary: pad, unk, bos, eos that the tokenizer adds itself
HEAD = ("lm_head.weight", "lm_head.bias")


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of one MMS network. `blank` is the CTC blank's index; kernels and strides are of the convolutions."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    adapter: int
    conv_dims: tuple[int, ...]
    conv_kernels: tuple[int, ...]
    conv_strides: tuple[int, ...]
    pos_kernel: int
    pos_groups: int
    eps: float
    blank: int

    @classmethod
    def from_config(cls, config: dict[str, Any], where: Path) -> Architecture:
        """From Hugging Face's config.json. Raises ModelDamaged naming what doesn't fit."""
        for key, expected in REQUIRED.items():
            if (found := config.get(key, False)) != expected:  # absent keys are false or foreign to MMS
                raise ModelDamaged(f"{where}: {key} is {found!r}; MMS has {expected!r}")
        try:
            made = cls(
                hidden=int(config["hidden_size"]),
                layers=int(config["num_hidden_layers"]),
                heads=int(config["num_attention_heads"]),
                intermediate=int(config["intermediate_size"]),
                adapter=int(config["adapter_attn_dim"] or 0),
                conv_dims=tuple(config["conv_dim"]),
                conv_kernels=tuple(config["conv_kernel"]),
                conv_strides=tuple(config["conv_stride"]),
                pos_kernel=int(config["num_conv_pos_embeddings"]),
                pos_groups=int(config["num_conv_pos_embedding_groups"]),
                eps=float(config["layer_norm_eps"]),
                blank=int(config["pad_token_id"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelDamaged(f"{where}: can't be read as an MMS config ({error!r})") from error
        made._check(where)
        return made

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it; `Architecture.from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Architecture:
        """What `to_json` wrote. Raises TypeError when it isn't that."""
        fields: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
        }
        return cls(**fields)

    def adapter_shapes(self, symbols: int) -> dict[str, Shape]:
        """Name -> shape of one language's tensors, for a head of that many symbols."""
        shapes: dict[str, Shape] = {HEAD[0]: (symbols, self.hidden), HEAD[1]: (symbols,)}
        for layer in range(self.layers):
            base = f"wav2vec2.encoder.layers.{layer}.adapter_layer."
            shapes[base + "norm.weight"] = shapes[base + "norm.bias"] = (self.hidden,)
            shapes[base + "linear_1.weight"], shapes[base + "linear_1.bias"] = (
                (self.adapter, self.hidden),
                (self.adapter,),
            )
            shapes[base + "linear_2.weight"], shapes[base + "linear_2.bias"] = (
                (self.hidden, self.adapter),
                (self.hidden,),
            )
        return shapes

    def trunk_shapes(self) -> dict[str, Shape]:
        """Name -> shape of the tensors that all languages share, without the positional convolution's kernel."""
        last = self.conv_dims[-1]
        shapes: dict[str, Shape] = {
            **_norm("wav2vec2.feature_projection.layer_norm", last),
            **_linear("wav2vec2.feature_projection.projection", last, self.hidden),
            "wav2vec2.encoder.pos_conv_embed.conv.bias": (self.hidden,),
            **_norm("wav2vec2.encoder.layer_norm", self.hidden),
        }
        for i, (inside, outside, kernel) in enumerate(
            zip((1, *self.conv_dims[:-1]), self.conv_dims, self.conv_kernels, strict=True)
        ):
            base = f"wav2vec2.feature_extractor.conv_layers.{i}."
            shapes[base + "conv.weight"], shapes[base + "conv.bias"] = (outside, inside, kernel), (outside,)
            shapes |= _norm(base + "layer_norm", outside)
        for i in range(self.layers):
            base = f"wav2vec2.encoder.layers.{i}."
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                shapes |= _linear(f"{base}attention.{name}", self.hidden, self.hidden)
            shapes |= _norm(base + "layer_norm", self.hidden) | _norm(base + "final_layer_norm", self.hidden)
            shapes |= _linear(base + "feed_forward.intermediate_dense", self.hidden, self.intermediate)
            shapes |= _linear(base + "feed_forward.output_dense", self.intermediate, self.hidden)
        return shapes

    def _check(self, where: Path) -> None:
        if self.adapter < 1:
            raise ModelDamaged(
                f"{where}: adapter_attn_dim isn't set: this Wav2Vec2 has no language adapters, so isn't MMS"
            )
        if self.hidden % self.heads:
            raise ModelDamaged(
                f"{where}: hidden_size {self.hidden} isn't a multiple of num_attention_heads {self.heads}"
            )
        if not len(self.conv_dims) == len(self.conv_kernels) == len(self.conv_strides):
            raise ModelDamaged(f"{where}: conv_dim, conv_kernel and conv_stride differ in length")


class Source:
    """A Hugging Face MMS folder whose small files have been read and checked; tensors are read when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.architecture = Architecture.from_config(read_json(folder / "config.json"), folder / "config.json")
        preprocessor = folder / "preprocessor_config.json"
        if preprocessor.is_file():
            _check_preprocessor(read_json(preprocessor), preprocessor)
        self.languages = languages(folder)
        if not self.languages:
            raise ModelDamaged(f"{folder}: holds no adapter.<language>.safetensors")
        self.checkpoint = Checkpoint(folder)
        check_shapes(self.checkpoint, self.architecture.trunk_shapes(), exact=False)


def languages(folder: Path) -> tuple[str, ...]:
    """The languages whose adapter files lie in the folder, sorted."""
    return tuple(sorted(path.name.split(".")[1] for path in folder.glob("adapter.*.safetensors")))


def word_list(folder: Path, language: str) -> Path | None:
    """The file with all words of a language, a word a line, which a small model may bring along."""
    path = folder / f"words.{language}.txt"
    return path if path.is_file() else None


def read_adapter(folder: Path, language: str, architecture: Architecture) -> tuple[TensorFile, dict[str, int]]:
    """A language's tensors and vocabulary, checked against the architecture and each other. Raises ModelDamaged."""
    try:
        adapter = TensorFile(folder / f"adapter.{language}.safetensors")
    except ModelMissing as error:
        have = ", ".join(languages(folder)[:20]) or "none"
        raise ModelDamaged(f"{folder}: no adapter for {language}; adapters there: {have}") from error
    vocabulary = read_json(folder / "vocab.json").get(language)
    if not isinstance(vocabulary, dict) or not all(isinstance(index, int) for index in vocabulary.values()):
        raise ModelDamaged(f"{folder / 'vocab.json'}: no vocabulary for {language}")
    rows = adapter.shapes.get(HEAD[0], (0,))[0]
    check_shapes(adapter, architecture.adapter_shapes(rows), exact=True)
    indices = sorted(vocabulary.values())
    if len(set(indices)) != len(indices) or not 0 <= rows - len(indices) <= TOKENIZER_TOKENS or indices[-1] >= rows:
        raise ModelDamaged(
            f"{folder}: the vocabulary of {language} ({len(indices)} symbols, highest index {indices[-1:]}) "
            f"doesn't fit its head ({rows} rows)"
        )
    if architecture.blank >= rows:
        raise ModelDamaged(
            f"{folder}: the blank (pad_token_id {architecture.blank}) is outside {language}'s {rows} rows"
        )
    return adapter, vocabulary


def check_shapes(tensors: TensorFile, expected: dict[str, Shape], *, exact: bool) -> None:
    """Raise ModelDamaged for the first tensor that is missing, has another shape, or (`exact`) doesn't belong."""
    have = tensors.shapes
    for name, shape in expected.items():
        if name not in have:
            raise ModelDamaged(f"{tensors.path}: has no tensor {name}")
        if have[name] != shape:
            raise ModelDamaged(f"{tensors.path}: {name} has shape {have[name]}, expected {shape}")
    if exact and (extra := sorted(have.keys() - expected.keys())):
        raise ModelDamaged(f"{tensors.path}: doesn't belong to this model: {', '.join(extra[:3])}")


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises ModelDamaged."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelDamaged(f"{path}: no such file") from error
    except ValueError as error:
        raise ModelDamaged(f"{path}: not JSON ({error})") from error
    if not isinstance(data, dict):
        raise ModelDamaged(f"{path}: expected a JSON object")
    return data


def _check_preprocessor(data: dict[str, Any], where: Path) -> None:
    if data.get("sampling_rate", HEARD_RATE) != HEARD_RATE or not data.get("do_normalize", True):
        raise ModelDamaged(f"{where}: expected sampling_rate {HEARD_RATE} and do_normalize true")


def _linear(name: str, inside: int, outside: int) -> dict[str, Shape]:
    return {name + ".weight": (outside, inside), name + ".bias": (outside,)}


def _norm(name: str, size: int) -> dict[str, Shape]:
    return {name + ".weight": (size,), name + ".bias": (size,)}
