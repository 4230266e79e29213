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
    """A model of the catalogue, or one that was brought: `languages` are those installed.

    `size` is in bytes to fetch, of one that was brought on the disk.
    """

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
    known = catalogue.models()
    own = [path.name for path in sorted(models_dir.glob("[!.]*")) if path.is_dir() and path.name not in known]
    return [_described(model, models_dir) for model in [*known.values(), *map(_own, own)]]


def _own(name: str) -> catalogue.Model:
    """A model that the catalogue doesn't know: a person brought it."""
    return catalogue.Model(name, "brought from a folder", "as its source says")


def _described(model: catalogue.Model, folder: Path) -> Described:
    try:
        manifest, damaged = store.installed(folder, model.name), False
    except ModelDamaged:
        manifest, damaged = None, True
    here = sum(size for size, _ in manifest.files.values()) if manifest else 0
    return Described(
        name=model.name,
        purpose=model.purpose,
        size=model.size or here,
        licence=model.licence,
        installed=manifest is not None,
        damaged=damaged,
        languages=list(manifest.languages) if manifest else [],
        path=str(folder / model.name),
    )
