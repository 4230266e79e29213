"""What must happen to a model's files before an engine can use them.

The store doesn't know engines: the command line hands it a Preparer for each kind that the catalogue names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Prepare(Protocol):
    """One step: `source` holds the files fetched, `target` becomes what the engine reads."""

    def __call__(
        self, source: Path, target: Path, languages: Sequence[str] | None, *, progress: Callable[[str, float], None]
    ) -> None:
        """Prepare the languages named, or all that the source has. Raises ModelDamaged; `progress` in [0, 1]."""
        ...


@dataclass(frozen=True, slots=True)
class Preparer:
    """How one kind of model is prepared; a model prepared by another version is prepared again.

    `convert` makes the target anew. `add` brings languages into a target that is there, and needs no trunk for it.
    """

    version: str
    convert: Prepare
    add: Prepare
