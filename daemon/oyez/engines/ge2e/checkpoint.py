"""What torch saved before its version 1.6, read without torch: tensors, and nothing else that a pickle could do.

The file is a row of pickles (a magic number, the format's version, the machine, the object, the keys of its storages),
then each storage: its length, and its numbers.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MAGIC = 0x1950A86A20F9469CFC6C
FORMAT = 1001
KINDS = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}
BROKEN = (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError)


@dataclass(eq=False)
class _Storage:
    """Numbers that tensors are views of: there when the whole file has been read."""

    kind: np.dtype[Any]
    length: int
    numbers: NDArray[Any] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        numbers = self.storage.numbers[self.offset :]
        if sum((size - 1) * step for size, step in zip(self.shape, self.strides, strict=True)) >= len(numbers):
            raise ValueError("a tensor reaches beyond its storage")
        steps = [step * numbers.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(numbers, self.shape, steps, writeable=False).copy()


def read(path: Path, part: str) -> dict[str, NDArray[Any]]:
    """The tensors of a `part` of what was saved, by name. Raises ModelDamaged."""
    try:
        with path.open("rb") as file:
            found = _read(file)[part]
        return {name: tensor.array() for name, tensor in found.items()}
    except BROKEN as error:
        raise ModelDamaged(f"{path}: not what torch saved ({error})", hint="fetch it anew, whole") from error


def _read(file: IO[bytes]) -> Any:
    storages: dict[str, _Storage] = {}
    magic, version, _, saved, keys = (_Unpickler(file, storages).load() for _ in range(5))
    if (magic, version) != (MAGIC, FORMAT):
        raise ValueError("another format")
    for key in keys:
        storage = storages[key]
        (length,) = np.frombuffer(file.read(8), "<i8")
        if length != storage.length:
            raise ValueError("a storage of another length")
        storage.numbers = np.frombuffer(file.read(storage.length * storage.kind.itemsize), storage.kind)
    return saved


class _Unpickler(pickle.Unpickler):
    """Knows tensors and ordered dictionaries; whatever else a pickle names is refused."""

    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in KINDS:
            return KINDS[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"it names {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, _, length, view = pid
        if view is not None:
            raise ValueError("a view of a storage")
        return self._storages.setdefault(key, _Storage(kind, length))


def _tensor(storage: _Storage, offset: int, shape: Sequence[int], strides: Sequence[int], *_: object) -> _Tensor:
    return _Tensor(storage, offset, tuple(shape), tuple(strides))
