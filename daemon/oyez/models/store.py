"""The folder where models live: what is installed, where, and whether it is whole. Reads only; never the network.

Each model has a folder of its name with a manifest.json; `.staging` beside them is what an install is working on.
"""

from __future__ import annotations

from pathlib import Path

from oyez.errors import ModelDamaged, ModelMissing
from oyez.models.manifest import Manifest


def installed(models_dir: Path, name: str) -> Manifest | None:
    """The record of an installed model, or None. Raises ModelDamaged when the record can't be read."""
    return Manifest.read(models_dir / name)


def model_path(models_dir: Path, name: str) -> Path:
    """The folder of an installed model; a few file sizes are looked at, no bytes read.

    A name with a slash in it is the path of a folder in Hugging Face layout, which torch computes.
    Raises ModelMissing, or ModelDamaged when files are gone or cut off; both with the command that mends it.
    """
    if "/" in name:
        return _checkpoint(Path(name).expanduser())
    folder = models_dir / name
    manifest = installed(models_dir, name)
    if manifest is None:
        raise ModelMissing(f"the model {name} isn't installed in {models_dir}", hint=f"oyez models install {name}")
    _complain(name, folder, manifest.missing(folder))
    return folder


def identity(models_dir: Path, name: str) -> object:
    """What differs as soon as a model's files do. Raises as `installed` does."""
    if "/" not in name:
        return installed(models_dir, name)
    files = sorted(path for path in Path(name).expanduser().rglob("*") if path.is_file())
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def verify(models_dir: Path, name: str) -> None:
    """Read every byte of an installed model and compare. Raises ModelMissing, ModelDamaged."""
    folder = model_path(models_dir, name)
    manifest = installed(models_dir, name)
    _complain(name, folder, manifest.damaged(folder) if manifest else [])


def _checkpoint(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{folder}: no model in Hugging Face layout: it has no config.json",
            hint="is the path right? a model that is installed goes by its name",
        )
    return folder


def _complain(name: str, folder: Path, files: list[str]) -> None:
    if files:
        listed = ", ".join(files[:3]) + (f" and {len(files) - 3} more" if len(files) > 3 else "")  # noqa: PLR2004
        raise ModelDamaged(f"{folder}: damaged or missing: {listed}", hint=f"oyez models install {name}")
