"""The models that Oyez knows, from catalogue.toml: files, sizes, hashes, sources, licences."""

from __future__ import annotations

import difflib
import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oyez.errors import InvalidInput
from oyez.models.digest import sha256
from oyez.models.packages import NpmSource, WheelsSource
from oyez.models.sources import FolderSource, HubSource, UrlSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oyez.models.sources import Source

_BUNDLED = Path(str(package_files("oyez"))) / "data"
_LANGUAGE = "{language}"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file as it is fetched. `size` in bytes is exact where `sha256` is known, else about right.

    A `trunk` file isn't needed again when a language is added to a prepared model.
    """

    path: str
    size: int
    sha256: str | None
    sources: tuple[Source, ...]
    trunk: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A model: what it is for, its licence, its files.

    `languages` are those installed unless told otherwise; empty where the model's files don't depend on them.
    `prepare` names the Preparer that its files need before an engine can use them. `temporary` bytes of disk are needed
    besides the files while it is installed, and `memory` bytes to prepare it. The files of a `bundled` model lie in the
    package.
    """

    name: str
    purpose: str
    licence: str
    bundled: bool = False
    prepare: str | None = None
    temporary: int = 0
    memory: int = 0
    languages: tuple[str, ...] = ()
    groups: tuple[dict[str, Any], ...] = ()

    def files(self, languages: Sequence[str] = ()) -> tuple[ModelFile, ...]:
        """Its files, with those of the languages given (or the default ones)."""
        if self.bundled:
            return _bundled_files(_BUNDLED / self.name)
        chosen = languages or self.languages
        return tuple(file for group in self.groups for file in _expand(group, chosen))

    @property
    def size(self) -> int:
        """Bytes to fetch for the default languages."""
        return sum(file.size for file in self.files())


@functools.cache
def models() -> dict[str, Model]:
    """All models by name."""
    text = package_files("oyez.models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {name: _model(name, entry) for name, entry in tomllib.loads(text).items()}


def model(name: str) -> Model:
    """The model of this name. Raises InvalidInput with the nearest name."""
    known = models()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else "oyez models list"
        raise InvalidInput(f"there is no model named {name}; known: {', '.join(known)}", hint=hint)
    return known[name]


def _model(name: str, entry: dict[str, Any]) -> Model:
    groups = tuple(entry.pop("files", ()))
    languages = tuple(entry.pop("languages", ()))
    return Model(name=name, groups=groups, languages=languages, **entry)


def _expand(group: dict[str, Any], languages: Sequence[str]) -> list[ModelFile]:
    hashes: dict[str, str] = group.get("sha256", {})
    return [
        ModelFile(
            path=path,
            size=group["size"],
            sha256=hashes.get(path),
            sources=tuple(_source(entry, path) for entry in group["sources"]),
            trunk=group.get("trunk", False),
        )
        for pattern in group.get("paths", hashes)
        for path in _paths(pattern, languages)
    ]


def _paths(pattern: str, languages: Sequence[str]) -> list[str]:
    return [pattern.replace(_LANGUAGE, language) for language in languages] if _LANGUAGE in pattern else [pattern]


_KINDS: dict[str, Callable[..., Source]] = {
    "hub": HubSource,
    "url": UrlSource,
    "wheels": WheelsSource,
    "npm": NpmSource,
}


def _source(entry: dict[str, Any], path: str) -> Source:
    options = {key: _fill(value, path) for key, value in entry.items() if key != "kind"}
    return _KINDS[entry["kind"]](**options)


def _fill(value: Any, path: str) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return value.replace("{path}", path) if isinstance(value, str) else value


def _bundled_files(folder: Path) -> tuple[ModelFile, ...]:
    return tuple(
        ModelFile(path.name, path.stat().st_size, sha256(path), (FolderSource(folder, path.name),))
        for path in sorted(folder.iterdir())
        if path.is_file()
    )
