"""The last few of what is loaded by name. Pure."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Kept(Generic[T]):
    """Loads what is asked for, and keeps the `count` that were asked for last."""

    def __init__(self, load: Callable[[str], T], count: int) -> None:
        self._load = load
        self._count = count
        self._kept: OrderedDict[str, T] = OrderedDict()

    def __call__(self, name: str) -> T:
        """What has that name. Raises as the loading does."""
        if name not in self._kept:
            self._kept[name] = self._load(name)
            while len(self._kept) > self._count:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)
