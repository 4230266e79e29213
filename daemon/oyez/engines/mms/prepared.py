"""A prepared model folder: what the recogniser runs.

    model.onnx, model.onnx.data           the trunk, every language's tensors being inputs
    adapters/<language>.safetensors       those tensors, as the source had them
    adapters/<language>.vocab.json        symbol -> index of that language's head
    adapters/<language>.words.txt         all words of that language, a word a line, where the source has them
    prepared.json                         this record: format, source, languages, size and SHA-256 of each file

prepared.json is written last and replaced in one step, so what it names is there whole.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oyez.engines import cpu
from oyez.engines.mms.layout import Architecture, read_json
from oyez.errors import ModelDamaged, ModelMissing

FORMAT = 2
WEIGHTS = {"float32": 0, "int8": cpu.FULL_RANGE, "int7": cpu.REDUCED_RANGE}  # the largest integer of each kind
RECORD = "prepared.json"
GRAPH = "model.onnx"
DATA = "model.onnx.data"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The record of a prepared folder. `weights` is float32, int8 or int7; `files` maps path -> (bytes, SHA-256).

    `proof` is how near it came to its source when it was prepared (proof.py); empty until it was tried.
    """

    folder: Path
    source: str
    licence: str
    weights: str
    architecture: Architecture
    languages: tuple[str, ...]
    files: dict[str, tuple[int, str]]
    proof: dict[str, float] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Prepared:
        """Read the record and check that every file is there in its size.

        Raises ModelMissing when nothing was prepared there, ModelDamaged when something is wrong with it, or when this
        processor would compute wrongly with it.
        """
        if not (folder / RECORD).is_file():
            raise ModelMissing(f"{folder}: no prepared recognition model ({RECORD} isn't there)", hint=_hint(folder))
        data = read_json(folder / RECORD)
        if data.get("format") != FORMAT:
            raise ModelDamaged(
                f"{folder}: prepared in format {data.get('format')}, this version reads {FORMAT}", hint=_hint(folder)
            )
        try:
            made = cls(
                folder,
                data["source"],
                data["licence"],
                data["weights"],
                Architecture.from_json(data["architecture"]),
                tuple(data["languages"]),
                {name: (int(entry["bytes"]), str(entry["sha256"])) for name, entry in data["files"].items()},
                data["proof"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ModelDamaged(f"{folder / RECORD}: can't be read ({error!r})", hint=_hint(folder)) from error
        made._check_sizes()
        if WEIGHTS.get(made.weights, 0) > cpu.weight_range():
            raise ModelDamaged(
                f"{folder}: prepared on a better processor: this one can't multiply {made.weights} weights",
                hint=f"prepare it here: {_hint(folder)}",
            )
        return made

    def write(self) -> None:
        """Write the record in one step."""
        data = {
            "format": FORMAT,
            "source": self.source,
            "licence": self.licence,
            "weights": self.weights,
            "architecture": self.architecture.to_json(),
            "languages": list(self.languages),
            "proof": self.proof,
            "files": {name: {"bytes": size, "sha256": digest} for name, (size, digest) in sorted(self.files.items())},
        }
        write_json(self.folder / RECORD, data)

    def words(self, language: str) -> Path | None:
        """The list of all words that the model knows of a language, if it brought one."""
        name = words_path(language)
        return self.folder / name if name in self.files else None

    def verify(self) -> None:
        """Read every file and compare its SHA-256. Raises ModelDamaged."""
        for name, (_, digest) in self.files.items():
            if fingerprint(self.folder / name)[1] != digest:
                raise ModelDamaged(f"{self.folder / name}: its contents have changed", hint=_hint(self.folder))

    def _check_sizes(self) -> None:
        for name, (size, _) in self.files.items():
            path = self.folder / name
            found = path.stat().st_size if path.is_file() else None
            if found != size:
                what = "is missing" if found is None else f"has {found} bytes, expected {size}"
                raise ModelDamaged(f"{path}: {what}", hint=_hint(self.folder))


def adapter_paths(language: str) -> tuple[str, str]:
    """Relative paths of a language's tensors and vocabulary."""
    return f"adapters/{language}.safetensors", f"adapters/{language}.vocab.json"


def words_path(language: str) -> str:
    """Relative path of a language's list of words."""
    return f"adapters/{language}.words.txt"


def fingerprint(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write JSON so that the file is there whole or as it was."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def _hint(folder: Path) -> str:
    return f"oyez models install {folder.name}"
