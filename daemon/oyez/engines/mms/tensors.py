"""Read safetensors files tensor by tensor, without torch and without loading the file.

The format: a little-endian uint64 length, that many bytes of JSON (name -> dtype, shape, data_offsets), then the data.
It is read here rather than by the safetensors package, which needs torch for bfloat16 as numpy has none.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from oyez.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from collections.abc import Iterable

Array = NDArray[np.float32]

PIECE = 1 << 20  # bytes copied at once
MAX_HEADER = 100_000_000  # bytes, the format's own bound
DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
}
WEIGHTS = "model.safetensors"
PICKLED = "pytorch_model.bin"
INDEX = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one tensor lies: absolute byte offset in `path`."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    offset: int
    size: int

    def read(self) -> Array:
        """The tensor as float32; its dtype is one of DTYPES."""
        raw: NDArray[Any] = np.fromfile(
            self.path, DTYPES[self.dtype], self.size // DTYPES[self.dtype].itemsize, offset=self.offset
        )
        if self.dtype == "BF16":  # the upper half of a float32
            raw = (raw.astype(np.uint32) << 16).view(np.float32)
        return np.asarray(raw, np.float32).reshape(self.shape)

    def copy(self, target: BinaryIO) -> None:
        """Append the tensor's bytes to a file."""
        with self.path.open("rb") as source:
            source.seek(self.offset)
            target.writelines(source.read(min(PIECE, self.size - start)) for start in range(0, self.size, PIECE))


class TensorFile:
    """The tensors of one safetensors file by name. Raises ModelMissing; ModelDamaged if it is none or cut short."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries = _entries(path)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every tensor's shape."""
        return {name: entry.shape for name, entry in self.entries.items()}

    def read(self, name: str) -> Array:
        """One tensor as float32. Raises ModelDamaged when it isn't there, or no float."""
        if name not in self.entries:
            raise ModelDamaged(f"{self.path}: has no tensor {name}")
        entry = self.entries[name]
        if entry.dtype not in DTYPES:
            raise ModelDamaged(
                f"{entry.path}: {name} has dtype {entry.dtype}, expected one of {', '.join(DTYPES)}",
                hint="quantised checkpoints can't be prepared: fetch the one with floats; Oyez quantises it",
            )
        return entry.read()

    def only(self, names: Iterable[str]) -> TensorFile:
        """A view of those tensors, as far as they are there."""
        part = object.__new__(TensorFile)
        part.path = self.path
        part.entries = {name: self.entries[name] for name in names if name in self.entries}
        return part

    def write(self, path: Path) -> None:
        """Copy the tensors as they are, dtype and all, into a safetensors file of their own."""
        header: dict[str, Any] = {}
        place = 0
        for name, entry in self.entries.items():
            offsets = [place, place := place + entry.size]
            header[name] = {"dtype": entry.dtype, "shape": entry.shape, "data_offsets": offsets}
        text = json.dumps(header).encode()
        with path.open("wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for entry in self.entries.values():
                entry.copy(file)


class Checkpoint(TensorFile):
    """The weights of a Hugging Face folder: `model.safetensors`, or the shards that its index names."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.entries = {}
        for name in shards(folder):
            self.entries.update(_entries(folder / name))


def shards(folder: Path) -> list[str]:
    """The names of a folder's files of weights. Raises ModelMissing, ModelDamaged."""
    index = folder / INDEX
    if index.is_file():
        try:
            return sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelDamaged(f"{index}: can't be read ({error!r})") from error
    if not (folder / WEIGHTS).is_file() and (folder / PICKLED).is_file():
        raise ModelMissing(
            f"{folder}: has {PICKLED} only, and no {WEIGHTS}; a pickle may run anything, so it isn't read",
            hint="where you trust it: transformers' AutoModelForCTC.from_pretrained(FOLDER).save_pretrained(FOLDER)",
        )
    return [WEIGHTS]


def _entries(path: Path) -> dict[str, Entry]:
    if not path.is_file():
        raise ModelMissing(f"{path}: no such file")
    length = path.stat().st_size
    with path.open("rb") as file:
        prefix = file.read(8)
        header_length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else MAX_HEADER  # noqa: PLR2004 - a uint64
        if header_length >= min(length, MAX_HEADER):
            raise ModelDamaged(f"{path}: not a safetensors file, or cut short")
        try:
            header: dict[str, Any] = json.loads(file.read(header_length))
        except ValueError as error:
            raise ModelDamaged(f"{path}: its safetensors header can't be read ({error})") from error
    header.pop("__metadata__", None)
    start = 8 + header_length
    entries = {name: _entry(path, name, fields, start) for name, fields in header.items()}
    end = max((entry.offset + entry.size for entry in entries.values()), default=start)
    if end != length:
        raise ModelDamaged(f"{path}: {length} bytes, its header promises {end}: the copy or download was cut short")
    return entries


def _entry(path: Path, name: str, fields: dict[str, Any], start: int) -> Entry:
    try:
        first, last = fields["data_offsets"]
        shape, dtype = tuple(int(n) for n in fields["shape"]), str(fields["dtype"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelDamaged(f"{path}: the header's entry for {name} can't be read ({error!r})") from error
    size = last - first
    if dtype in DTYPES and int(np.prod(shape, dtype=np.int64)) * DTYPES[dtype].itemsize != size:
        raise ModelDamaged(f"{path}: {name} has shape {shape} as {dtype}, but {size} bytes of data")
    return Entry(path, dtype, shape, start + first, size)
