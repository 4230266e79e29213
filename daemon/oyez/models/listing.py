"""The models that there are, and which of them are here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from oyez.errors import ModelDamaged
from oyez.models import catalogue, store

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Described:
    """A model of the catalogue; `size` in bytes to fetch, `languages` those installed."""

    name: str
    purpose: str
    size: int
    licence: str
    installed: bool
    damaged: bool
    languages: list[str]
    path: str


def described(models_dir: Path) -> list[Described]:
    """Every model, and how it is in this folder. Blocks: looks at the disk."""
    return [_described(model, models_dir) for model in catalogue.models().values()]


def _described(model: catalogue.Model, folder: Path) -> Described:
    try:
        manifest, damaged = store.installed(folder, model.name), False
    except ModelDamaged:
        manifest, damaged = None, True
    return Described(
        name=model.name,
        purpose=model.purpose,
        size=model.size,
        licence=model.licence,
        installed=manifest is not None,
        damaged=damaged,
        languages=list(manifest.languages) if manifest else [],
        path=str(folder / model.name),
    )
