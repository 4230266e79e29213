"""The architecture of a Wav2Vec2ForCTC: its sizes and kinds from config.json, and the tensors that belong to it.

Supported is what MMS and the models of the wav2vec 2.0 paper are: convolutions normed by layer or by group, encoders
that norm before or after (`do_stable_layer_norm`), with language adapters or without. Anything else is refused, as it
would be converted silently wrong.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from pathlib import Path

    from oyez.engines.mms.tensors import TensorFile

Shape = tuple[int, ...]

SUPPORTED = (
    "Oyez hears with Wav2Vec2ForCTC: MMS (mms-1b-all, -l1107, -fl102, fine-tunes), wav2vec2 base and large, XLS-R"
)
# config.json -> the values that the graph implements
REQUIRED: dict[str, tuple[Any, ...]] = {
    "model_type": ("wav2vec2",),
    "feat_extract_norm": ("layer", "group"),
    "feat_extract_activation": ("gelu",),
    "hidden_act": ("gelu",),
    "do_stable_layer_norm": (True, False),
    "conv_bias": (True, False),
    "add_adapter": (False,),
}
# What transformers takes for a key that isn't there: it saves only what differs.
DEFAULTS: dict[str, Any] = {
    "feat_extract_norm": "group", "feat_extract_activation": "gelu", "hidden_act": "gelu",
    "do_stable_layer_norm": False, "conv_bias": False, "add_adapter": False, "hidden_size": 768,
    "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072, "adapter_attn_dim": None,
    "conv_dim": [512] * 7, "conv_kernel": [10, 3, 3, 3, 3, 2, 2], "conv_stride": [5, 2, 2, 2, 2, 2, 2],
    "num_conv_pos_embeddings": 128, "num_conv_pos_embedding_groups": 16, "layer_norm_eps": 1e-5, "pad_token_id": 0,
}  # fmt: skip
HEAD = ("lm_head.weight", "lm_head.bias")
HOP = 320  # samples from one frame to the next
FIELD = 400  # samples that one frame sees


def frames_of(samples: int) -> int:
    """The frames that so many samples give."""
    return max(0, (samples - FIELD) // HOP + 1)


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of one network. `blank` is the CTC blank's index; kernels and strides are of the convolutions.

    `adapter` is the width of the language adapters, 0 where there are none. `group_norm`: the first convolution is
    normed over time and the others not at all, else each is over its channels. `pre_norm`: the encoder's layers norm
    what comes in, else what goes out.
    """

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
    group_norm: bool = False
    pre_norm: bool = True
    conv_bias: bool = True

    @classmethod
    def from_config(cls, config: dict[str, Any], where: Path) -> Architecture:
        """From Hugging Face's config.json. Raises ModelDamaged naming what doesn't fit."""
        full = DEFAULTS | config
        for key, fitting in REQUIRED.items():
            if (found := full.get(key)) not in fitting:
                raise ModelDamaged(f"{where}: {key} is {found!r}, not {_either(fitting)}", hint=SUPPORTED)
        try:
            made = cls(
                hidden=int(full["hidden_size"]),
                layers=int(full["num_hidden_layers"]),
                heads=int(full["num_attention_heads"]),
                intermediate=int(full["intermediate_size"]),
                adapter=int(full["adapter_attn_dim"] or 0),
                conv_dims=tuple(full["conv_dim"]),
                conv_kernels=tuple(full["conv_kernel"]),
                conv_strides=tuple(full["conv_stride"]),
                pos_kernel=int(full["num_conv_pos_embeddings"]),
                pos_groups=int(full["num_conv_pos_embedding_groups"]),
                eps=float(full["layer_norm_eps"]),
                blank=int(full["pad_token_id"]),
                group_norm=full["feat_extract_norm"] == "group",
                pre_norm=full["do_stable_layer_norm"],
                conv_bias=full["conv_bias"],
            )
        except (TypeError, ValueError) as error:
            raise ModelDamaged(f"{where}: can't be read as a wav2vec2 config ({error!r})", hint=SUPPORTED) from error
        if problem := made._problem():
            raise ModelDamaged(f"{where}: {problem}", hint=SUPPORTED)
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
        for layer in range(self.layers if self.adapter else 0):
            base = f"wav2vec2.encoder.layers.{layer}.adapter_layer."
            shapes |= _norm(base + "norm", self.hidden)
            shapes |= _linear(base + "linear_1", self.hidden, self.adapter)
            shapes |= _linear(base + "linear_2", self.adapter, self.hidden)
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
            shapes[base + "conv.weight"] = (outside, inside, kernel)
            shapes |= {base + "conv.bias": (outside,)} if self.conv_bias else {}
            shapes |= {} if self.group_norm and i else _norm(base + "layer_norm", outside)
        for i in range(self.layers):
            base = f"wav2vec2.encoder.layers.{i}."
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                shapes |= _linear(f"{base}attention.{name}", self.hidden, self.hidden)
            shapes |= _norm(base + "layer_norm", self.hidden) | _norm(base + "final_layer_norm", self.hidden)
            shapes |= _linear(base + "feed_forward.intermediate_dense", self.hidden, self.intermediate)
            shapes |= _linear(base + "feed_forward.output_dense", self.intermediate, self.hidden)
        return shapes

    def _problem(self) -> str | None:
        """Why these sizes don't make a network that hears as Oyez does, if they don't."""
        if self.adapter and not self.pre_norm:
            return (
                f"adapter_attn_dim is {self.adapter}, but do_stable_layer_norm is False: such encoders have no adapters"
            )
        if self.hidden % self.heads:
            return f"hidden_size {self.hidden} isn't a multiple of num_attention_heads {self.heads}"
        if self.hidden % self.pos_groups:
            return f"hidden_size {self.hidden} isn't a multiple of num_conv_pos_embedding_groups {self.pos_groups}"
        if not len(self.conv_dims) == len(self.conv_kernels) == len(self.conv_strides):
            return "conv_dim, conv_kernel and conv_stride differ in length"
        field = 1 + sum((k - 1) * math.prod(self.conv_strides[:i]) for i, k in enumerate(self.conv_kernels))
        if (math.prod(self.conv_strides), field) != (HOP, FIELD):
            return f"its convolutions don't make a frame of {FIELD} samples every {HOP}"
        return None


def check_shapes(tensors: TensorFile, expected: dict[str, Shape], *, exact: bool) -> None:
    """Raise ModelDamaged for the first tensor that is missing, has another shape, or (`exact`) doesn't belong."""
    have = tensors.shapes
    for name, shape in expected.items():
        if name not in have:
            raise ModelDamaged(f"{tensors.path}: has no tensor {name}", hint=SUPPORTED)
        if have[name] != shape:
            raise ModelDamaged(f"{tensors.path}: {name} has shape {have[name]}, expected {shape}", hint=SUPPORTED)
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


def _either(values: tuple[Any, ...]) -> str:
    return " or ".join(repr(value) for value in values)


def _linear(name: str, inside: int, outside: int) -> dict[str, Shape]:
    return {name + ".weight": (outside, inside), name + ".bias": (outside,)}


def _norm(name: str, size: int) -> dict[str, Shape]:
    return {name + ".weight": (size,), name + ".bias": (size,)}
