"""The architecture of ``mms-mini`` and how it is written in the Hugging Face MMS layout.

The trunk is shared by all languages; every language has its own adapters (one in each layer)
and its own output head. Beside them lies ``words.<language>.txt`` with all the words that the
model was taught: what decodes for Oyez prefers them. Tensors are stored as float16, the configuration asks for float32
arithmetic.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    Wav2Vec2Config,
    Wav2Vec2CTCTokenizer,
    Wav2Vec2FeatureExtractor,
    Wav2Vec2ForCTC,
    Wav2Vec2Processor,
)

from tools.mini.phrases import words

SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "|")
LETTERS = {
    "eng": "abcdefghijklmnopqrstuvwxyz'",
    "spa": "abcdefghijklmnopqrstuvwxyzáéíóúüñ",
}
LANGUAGES = tuple(LETTERS)
SAMPLE_RATE = 16_000
HOP = 320
"""Samples between two output frames: the product of the convolution strides."""


def vocabulary(language: str) -> dict[str, int]:
    """Return symbol -> index of one language, the blank first."""
    return {symbol: i for i, symbol in enumerate((*SPECIAL, *LETTERS[language]))}


def encode(text: str, language: str) -> list[int]:
    """Return the label indices of a lower-case text."""
    table = vocabulary(language)
    return [table["|" if c == " " else c] for c in text]


def decode(indices: list[int], language: str) -> str:
    """Collapse a greedy CTC path into text."""
    symbols = (*SPECIAL, *LETTERS[language])
    out: list[str] = []
    last = -1
    for i in indices:
        if i != last and i >= SPECIAL.index("|"):
            out.append(symbols[i])
        last = i
    return " ".join("".join(out).replace("|", " ").split())


def configuration(language: str = "eng") -> Wav2Vec2Config:
    """Return the configuration: the shape of MMS, far smaller."""
    return Wav2Vec2Config(
        vocab_size=len(vocabulary(language)),
        hidden_size=192,
        num_hidden_layers=6,
        num_attention_heads=4,
        intermediate_size=768,
        conv_dim=(32, 48, 64, 96, 128, 128, 128),
        feat_extract_norm="layer",
        do_stable_layer_norm=True,
        conv_bias=True,
        adapter_attn_dim=16,
        num_conv_pos_embeddings=32,
        num_conv_pos_embedding_groups=16,
        hidden_dropout=0.1,
        attention_dropout=0.0,
        activation_dropout=0.0,
        feat_proj_dropout=0.0,
        final_dropout=0.1,
        layerdrop=0.0,
        apply_spec_augment=False,
        mask_time_prob=0.0,
        ctc_zero_infinity=True,
        ctc_loss_reduction="mean",
        pad_token_id=0,
    )


def adapters(model: Wav2Vec2ForCTC) -> dict[str, torch.Tensor]:
    """Return a detached copy of the tensors that belong to the language now loaded."""
    return {k: v.detach().clone() for k, v in model._get_adapters().items()}  # noqa: SLF001


def save(model: Wav2Vec2ForCTC, banks: dict[str, dict[str, torch.Tensor]], folder: Path) -> None:
    """Write the whole checkpoint; files are moved into ``folder`` one by one when complete.

    ``banks`` maps a language to its adapters and head. ``model`` must have English loaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".mms-mini-") as temporary:
        new = Path(temporary)
        model.save_pretrained(new)
        weights = load_file(new / "model.safetensors")
        save_file(_half(weights), new / "model.safetensors", metadata={"format": "pt"})
        for language, bank in banks.items():
            path = new / f"adapter.{language}.safetensors"
            save_file(_half(bank), path, metadata={"format": "pt"})
        _write_processor(new)
        for language in LANGUAGES:
            listed = "".join(f"{word}\n" for word in words(language))
            (new / f"words.{language}.txt").write_text(listed, encoding="utf-8")
        config = json.loads((new / "config.json").read_text())
        config["dtype"] = "float32"
        (new / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        for path in sorted(new.iterdir()):
            path.chmod(0o644)
            path.replace(folder / path.name)


def _half(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v.detach().to(torch.float16).contiguous() for k, v in tensors.items()}


def _write_processor(folder: Path) -> None:
    nested = {language: vocabulary(language) for language in LANGUAGES}
    source = folder / "vocab.json"
    source.write_text(json.dumps(nested, ensure_ascii=False))
    tokenizer = Wav2Vec2CTCTokenizer(
        str(source),
        unk_token="<unk>",
        pad_token="<pad>",
        word_delimiter_token="|",
        target_lang="eng",
    )
    extractor = Wav2Vec2FeatureExtractor(
        feature_size=1,
        sampling_rate=SAMPLE_RATE,
        padding_value=0.0,
        do_normalize=True,
        return_attention_mask=True,
    )
    extra = folder / "processor"
    Wav2Vec2Processor(feature_extractor=extractor, tokenizer=tokenizer).save_pretrained(extra)
    extractor.save_pretrained(folder)
    for path in extra.iterdir():
        if path.name != "vocab.json":
            path.replace(folder / path.name)
    shutil.rmtree(extra)
    source.write_text(json.dumps(nested, ensure_ascii=False, indent=2) + "\n")


def load(folder: Path, language: str = "eng") -> tuple[Wav2Vec2ForCTC, Wav2Vec2Processor]:
    """Load the checkpoint as a user of transformers would, set to one language."""
    model = Wav2Vec2ForCTC.from_pretrained(folder)
    processor = Wav2Vec2Processor.from_pretrained(folder)
    select(model, processor, language)
    return model.eval(), processor


def select(model: Wav2Vec2ForCTC, processor: Wav2Vec2Processor, language: str) -> None:
    """Switch model and tokenizer to a language."""
    model.load_adapter(language)
    processor.tokenizer.set_target_lang(language)
