"""The record of the cut graphs in an installed model's folder.

`cut/prosody.onnx`, `generator.onnx` and `refiner.onnx` are what cut.py makes, absent where they failed their check;
`cut/cut.json` has the format, the SHA-256 of the graph that was cut, why the check failed, and the largest integer
among the weights, null for float32: processors differ in what they multiply without fault. Sizes and hashes of all
files stand in the store's manifest: it checks sizes at each start, and every byte for `oyez models verify`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from oyez.engines import cpu
from oyez.errors import ModelDamaged, ModelMissing

FORMAT = 5
MODEL_FILE = "kokoro-v1.0.int8.onnx"
EXPORTED = "kokoro.onnx"  # the graph that `oyez models export` writes
FOLDER = "cut"
PROSODY, GENERATOR, REFINER, RECORD = "prosody.onnx", "generator.onnx", "refiner.onnx", "cut.json"
HINT = "oyez models install kokoro-v1.0-int8"


@dataclass(frozen=True, slots=True)
class Cut:
    """The graphs, and the SHA-256 of the one that they were made of."""

    prosody: Path
    generator: Path
    refiner: Path
    model: str

    @classmethod
    def open(cls, folder: Path) -> Cut:
        """The cut of the model in a folder.

        Raises ModelMissing when it has none, ModelDamaged when it isn't to be trusted; both say why.
        """
        place = folder / FOLDER
        if not (place / RECORD).is_file():
            raise ModelMissing("the model was installed before it could be cut", hint=HINT)
        try:
            record = json.loads((place / RECORD).read_bytes())
            model, known, failure = str(record["model"]), record["format"] == FORMAT, record["failure"]
            fits = (record["widest"] or 0) <= cpu.weight_range() if known else False
        except (ValueError, KeyError, TypeError) as error:
            raise ModelDamaged(f"{place / RECORD} can't be read: {error!r}", hint=HINT) from error
        if not known:
            raise ModelDamaged("the model was cut by another version of Oyez", hint=HINT)
        if not fits:
            raise ModelDamaged("the model was made ready for another processor", hint=HINT)
        if failure:
            raise ModelDamaged(f"the model can't be cut here: {failure}")
        for name in (PROSODY, GENERATOR, REFINER):
            if not (place / name).is_file():
                raise ModelDamaged(f"{place / name} is missing", hint=HINT)
        return cls(place / PROSODY, place / GENERATOR, place / REFINER, model)


def graph_of(folder: Path) -> Path:
    """The whole graph of a model's folder: the published one, or one that was exported."""
    exported = folder / EXPORTED
    return exported if exported.is_file() else folder / MODEL_FILE


def write_record(folder: Path, model: str, failure: str | None, widest: int | None) -> None:
    """Write the record of what lies in a model's folder."""
    record = {"format": FORMAT, "model": model, "failure": failure, "widest": widest}
    (folder / FOLDER / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
