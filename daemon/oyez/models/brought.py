"""A model that the catalogue doesn't know, in a folder that a person brought: a fine-tune, an export."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput
from oyez.models.catalogue import Model

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KIND = "wav2vec2"  # the model_type of config.json
SMALL = ("config.json", "preprocessor_config.json", "vocab.json", "model.safetensors.index.json")
EXPORTED = "kokoro.onnx"  # what `oyez models export kokoro` writes
SPEAKER = {"istftnet", "plbert"}  # keys of config.json as Kokoro's makers have it
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PREPARED_SHARE = 0.6  # of the weights as they came: int8, of float16 in the worst case
MEMORY_SHARE = 0.4
MEMORY_BASE = 300_000_000
SPEAKER_MEMORY = 6  # times the graph, while it is cut


def brought(name: str, folder: Path, languages: Sequence[str]) -> Model:
    """The model in a folder of Hugging Face's layout, or an exported Kokoro, to be installed under `name`.

    `languages` are those asked for, else all whose adapters lie there. Raises InvalidInput where there is none.
    """
    if not NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} can't be the name of a folder", hint="letters, digits, dots, dashes, underscores")
    return _kokoro(name, folder) if (folder / EXPORTED).is_file() else _wav2vec2(name, folder, languages)


def _kokoro(name: str, folder: Path) -> Model:
    graph, voices = folder / EXPORTED, sorted((folder / "voices").glob("*.bin"))
    groups = [_group(graph, graph.name), *(_group(path, f"voices/{path.name}") for path in voices)]
    size = graph.stat().st_size
    memory = int(size * SPEAKER_MEMORY)
    return Model(
        name, "speaks", "as its source says", prepare="kokoro", temporary=size, memory=memory, groups=tuple(groups)
    )


def _wav2vec2(name: str, folder: Path, languages: Sequence[str]) -> Model:
    config = folder / "config.json"
    if not config.is_file():
        raise InvalidInput(f"{folder}: holds no config.json", hint="--from is a folder as the model hub has it")
    said = json.loads(config.read_bytes())
    if said.keys() >= SPEAKER:
        raise InvalidInput(f"{config}: Kokoro isn't installed from torch's weights", hint="oyez models export kokoro")
    if (kind := said.get("model_type")) != KIND:
        raise InvalidInput(f"{config}: model_type is {kind!r}; only {KIND} can be brought", hint="oyez models list")
    weights = [*folder.glob("model*.safetensors")]
    adapters = sorted(path.name.split(".")[1] for path in folder.glob("adapter.*.safetensors"))
    chosen = tuple(languages) or tuple(adapters)
    if not chosen:
        raise InvalidInput(f"{folder}: which language it hears isn't known", hint="name it: --language eng")
    read = [folder / path for path in SMALL] + [folder / f"words.{code}.txt" for code in chosen]
    read += [folder / f"adapter.{code}.safetensors" for code in chosen if adapters]
    size = sum(path.stat().st_size for path in weights)
    groups = [_group(path, path.name) for path in read if path.is_file()]
    groups += [_group(path, path.name, trunk=True) for path in weights]
    return Model(
        name,
        "hears",
        "as its source says",
        prepare="mms",
        languages=chosen,
        temporary=int(size * PREPARED_SHARE),
        memory=int(size * MEMORY_SHARE) + MEMORY_BASE,
        groups=tuple(groups),
    )


def _group(path: Path, name: str, *, trunk: bool = False) -> dict[str, object]:
    return {"paths": [name], "size": path.stat().st_size, "sources": [], "trunk": trunk}
