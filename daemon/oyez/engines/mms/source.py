"""A Hugging Face folder with a Wav2Vec2ForCTC, and whether it is whole: vocabularies, adapters, trunk.

Layout, as `facebook/mms-1b-all` has it: config.json, preprocessor_config.json, vocab.json (by language),
model.safetensors or shards of it, adapter.<language>.safetensors. A folder without adapter files hears one language,
which the files don't name: its head (and adapters, where it has some) lie with the trunk, and vocab.json is that
language's alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oyez.engines.mms.layout import HEAD, Architecture, check_shapes, read_json
from oyez.engines.mms.symbols import SPECIAL
from oyez.engines.mms.tensors import Checkpoint, TensorFile
from oyez.errors import ModelDamaged
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from pathlib import Path

PARTS = ("wav2vec2.feature_extractor.", "wav2vec2.feature_projection.", "wav2vec2.encoder.")
POSITIONS = "wav2vec2.encoder.pos_conv_embed.conv."
TOKENIZER_TOKENS = 4  # rows a head may have beyond its vocabulary: pad, unk, bos, eos that the tokenizer adds itself


class Source:
    """A folder whose small files have been read and checked; tensors are read when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.architecture = Architecture.from_config(read_json(folder / "config.json"), folder / "config.json")
        preprocessor = folder / "preprocessor_config.json"
        if preprocessor.is_file():
            _check_preprocessor(read_json(preprocessor), preprocessor)
        self.checkpoint = Checkpoint(folder)
        if HEAD[0] not in self.checkpoint.shapes and not languages(folder):
            raise ModelDamaged(f"{folder}: has no head of letters ({HEAD[0]}): pre-trained, but not taught to write")
        _check_trunk(self.checkpoint, self.architecture)

    @property
    def languages(self) -> tuple[str, ...]:
        """What it can hear, where its files name that. Raises ModelDamaged where they don't."""
        if found := languages(self.folder):
            return found
        vocabulary = read_json(self.folder / "vocab.json")
        if len(vocabulary) == 1 and _nested(vocabulary):
            return tuple(vocabulary)
        raise ModelDamaged(
            f"{self.folder}: holds no adapter.<language>.safetensors, so which language it hears isn't known",
            hint="name it with --language",
        )


def languages(folder: Path) -> tuple[str, ...]:
    """The languages whose adapter files lie in the folder, sorted."""
    return tuple(sorted(path.name.split(".")[1] for path in folder.glob("adapter.*.safetensors")))


def word_list(folder: Path, language: str) -> Path | None:
    """The file with all words of a language, a word a line, which a small model may bring along."""
    path = folder / f"words.{language}.txt"
    return path if path.is_file() else None


def read_adapter(folder: Path, language: str, architecture: Architecture) -> tuple[TensorFile, dict[str, int]]:
    """A language's tensors and vocabulary, checked against the architecture and each other. Raises ModelDamaged."""
    adapter, vocabulary = _adapter(folder, language, architecture), _vocabulary(folder, language)
    rows = adapter.shapes.get(HEAD[0], (0,))[0]
    check_shapes(adapter, architecture.adapter_shapes(rows), exact=True)
    indices = sorted(vocabulary.values())
    if len(set(indices)) != len(indices) or not 0 <= rows - len(indices) <= TOKENIZER_TOKENS or indices[-1] >= rows:
        raise ModelDamaged(
            f"{folder}: the vocabulary of {language} ({len(indices)} symbols, highest index {indices[-1:]}) "
            f"doesn't fit its head ({rows} rows)",
            hint="vocab.json and the weights are of different models: fetch both from one place",
        )
    if architecture.blank >= rows:
        raise ModelDamaged(
            f"{folder}: the blank (pad_token_id {architecture.blank}) is outside {language}'s {rows} rows"
        )
    return adapter, vocabulary


def _adapter(folder: Path, language: str, architecture: Architecture) -> TensorFile:
    """A language's own file; else, of a folder without such files and with one vocabulary, what lies with the trunk."""
    there = languages(folder)
    if language in there:
        return TensorFile(folder / f"adapter.{language}.safetensors")
    vocabulary = read_json(folder / "vocab.json")
    if there or (_nested(vocabulary) and [*vocabulary] != [language]):
        raise ModelDamaged(
            f"{folder}: no adapter for {language}; adapters there: {', '.join(there[:20]) or 'none'}",
            hint=f"its file is adapter.{language}.safetensors; put it there, or name another --language",
        )
    return Checkpoint(folder).only(architecture.adapter_shapes(0))


def _vocabulary(folder: Path, language: str) -> dict[str, int]:
    data = read_json(folder / "vocab.json")
    found = data.get(language) if _nested(data) else data
    if not isinstance(found, dict) or not found or not all(isinstance(index, int) for index in found.values()):
        raise ModelDamaged(f"{folder / 'vocab.json'}: no vocabulary for {language}")
    return _uncapitalised(found)


def _uncapitalised(vocabulary: dict[str, int]) -> dict[str, int]:
    """Small letters for a model that was taught capitals only, as those of LibriSpeech were: Oyez writes small ones."""
    letters = [symbol for symbol in vocabulary if not SPECIAL.fullmatch(symbol)]
    capitals = any(symbol != symbol.lower() for symbol in letters)
    if not capitals or any(symbol != symbol.upper() for symbol in letters):
        return vocabulary
    return {symbol.lower() if symbol in letters else symbol: index for symbol, index in vocabulary.items()}


def _nested(vocabulary: dict[str, Any]) -> bool:
    """Whether it has a vocabulary for each language."""
    return not all(isinstance(index, int) for index in vocabulary.values())


def _check_trunk(checkpoint: TensorFile, architecture: Architecture) -> None:
    """Raise ModelDamaged unless the network's tensors are there, and none besides in its parts."""
    expected = architecture.trunk_shapes()
    check_shapes(checkpoint, expected, exact=False)
    known = {*expected, *architecture.adapter_shapes(0)}
    extra = [name for name in checkpoint.shapes if name.startswith(PARTS) and name not in known]
    if odd := sorted(name for name in extra if not name.startswith(POSITIONS)):
        raise ModelDamaged(
            f"{checkpoint.path}: config.json tells of a network without {', '.join(odd[:3])}",
            hint="config.json and the weights are of different models: fetch both from one place",
        )


def _check_preprocessor(data: dict[str, Any], where: Path) -> None:
    if data.get("sampling_rate", HEARD_RATE) != HEARD_RATE or not data.get("do_normalize", True):
        raise ModelDamaged(f"{where}: expected sampling_rate {HEARD_RATE} and do_normalize true")
