"""Install a model: fetch, check, prepare, then let it be seen, whole, in one step."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oyez.errors import DownloadFailed, InvalidInput, ModelDamaged, OyezError
from oyez.models.digest import sha256
from oyez.models.fetch import Fetch, missing_bytes
from oyez.models.manifest import Manifest, inventory
from oyez.models.space import in_words, link, locked, require_memory, require_space, restore, swap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from oyez.models.catalogue import Model, ModelFile
    from oyez.models.prepare import Preparer
    from oyez.models.progress import Progress

_LANGUAGE = re.compile(r"[a-z]{3}(-[a-z]+_[a-z_]+)?")


def install(
    model: Model,
    models_dir: Path,
    *,
    preparers: Mapping[str, Preparer],
    progress: Progress,
    languages: Sequence[str] = (),
    folder: Path | None = None,
) -> bool:
    """Install a model, mend it, or add languages to it; False when there was nothing to do.

    Files are looked for in `folder` first. What was fetched before a failure is kept and used by the next try.
    Raises DownloadFailed (no source, no space), ModelDamaged (files that can't be prepared), InvalidInput.
    """
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            raise InvalidInput(f"{language!r} isn't a language code as MMS names it, like eng", hint="oyez languages")
    job = _Job(model, models_dir, preparers[model.prepare] if model.prepare else None, progress, folder)
    try:
        with locked(models_dir / ".staging" / f"{model.name}.lock", progress):
            return job.run(languages)
    except OyezError:
        raise
    except OSError as error:
        hint = "make room or choose another folder with --models-dir; what has come is kept"
        raise DownloadFailed(f"can't write the model to {models_dir}: {error.strerror or error}", hint=hint) from error


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be fetched; `added` are the languages to bring into what is there, None to make it anew."""

    files: tuple[ModelFile, ...]
    languages: tuple[str, ...]
    added: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Job:
    model: Model
    models_dir: Path
    preparer: Preparer | None
    progress: Progress
    folder: Path | None

    def run(self, languages: Sequence[str]) -> bool:
        restore(self._place, self._staged("old"))
        present = self._present()
        plan = self._plan(present, languages)
        if plan is None:
            return False
        self._reuse(plan.files)
        self._announce(plan)
        sources = self._fetch(plan)
        try:
            self._assemble(plan)
        except ModelDamaged as error:
            self._forget(sources)
            raise self._of_its_place(error, sources) from error
        self._record(plan, present if plan.added else None, sources)
        swap(self._new, self._place, self._staged("old"))
        for step in ("download", "scratch", "model", "old"):
            shutil.rmtree(self._staged(step), ignore_errors=True)
        return True

    @property
    def _place(self) -> Path:
        return self.models_dir / self.model.name

    def _staged(self, step: str) -> Path:
        return self.models_dir / ".staging" / step / self.model.name

    @property
    def _new(self) -> Path:
        """The folder that becomes the model, in one of its own, where preparing may leave things when it is killed."""
        return self._staged("model") / self.model.name

    @property
    def _brought(self) -> tuple[Path, ...]:
        """Where files may lie that a person brought."""
        places = (self.folder / self.model.name, self.folder) if self.folder else ()
        return tuple(place for place in places if place.is_dir())

    def _forget(self, sources: Mapping[str, str]) -> None:
        """What a person brought, and can't be used, isn't kept: the next try looks at the folder again."""
        for path, place in sources.items():
            if place in map(str, self._brought):
                (self._staged("download") / path).unlink()

    def _of_its_place(self, error: ModelDamaged, sources: Mapping[str, str]) -> ModelDamaged:
        """The same, told of the folder that a person brought rather than of where its files were staged."""
        brought = [place for place in map(str, self._brought) if place in sources.values()]
        message = error.message.replace(str(self._staged("download")), brought[0]) if brought else error.message
        return ModelDamaged(message, hint=error.hint or "it can't be used as it is: copy or fetch it anew, whole")

    def _present(self) -> Manifest | None:
        """The record of what is installed, if every byte of it is right."""
        try:
            manifest = Manifest.read(self._place)
        except ModelDamaged as error:
            self.progress.say(error.message)
            return None
        damaged = manifest.damaged(self._place) if manifest else []
        for name in damaged:
            self.progress.say(f"{self.model.name}: {name} is damaged or missing; mending it")
        return None if damaged else manifest

    def _plan(self, present: Manifest | None, languages: Sequence[str]) -> _Plan | None:
        known = present.languages if present else ()
        asked = tuple(languages or (() if known else self.model.languages)) if self.model.languages else ()
        chosen = tuple(sorted({*known, *asked}))
        files = self.model.files(chosen)
        if present is None or not self._current(present, files):
            return _Plan(files, chosen, None)
        lacking = [file for file in files if file.path not in present.fetched]
        added = tuple(sorted({*chosen} - {*known}))
        if not lacking and not added:
            return None
        if self.preparer and lacking and not any(file.trunk for file in lacking):
            return _Plan(tuple(file for file in self.model.files(added) if not file.trunk), chosen, added)
        return _Plan(files, chosen, None)

    def _current(self, present: Manifest, files: Sequence[ModelFile]) -> bool:
        """Whether what is installed was made of these very files by this very preparer."""
        version = self.preparer.version if self.preparer else None
        same = (present.fetched.get(file.path) in (None, file.sha256) for file in files if file.sha256)
        return present.prepared_by == version and all(same)

    def _announce(self, plan: _Plan) -> None:
        needed = missing_bytes(self._staged("download"), plan.files, self._brought)
        disk, memory = (0, 0) if plan.added else (self.model.temporary, self.model.memory)
        what = f" ({', '.join(plan.added or plan.languages)})" if plan.languages else ""
        much = f"{in_words(needed)} to fetch" if needed else "all that it needs is here"
        room = f"; takes {in_words(needed + disk)} of disk" if disk else ""
        room += f" and {in_words(memory)} of memory to prepare" if memory else ""
        self.progress.say(f"Installing {self.model.name}{what}: {much}{room}. Licence: {self.model.licence}.")
        require_space(self.models_dir, needed + disk)
        require_memory(memory)

    def _fetch(self, plan: _Plan) -> dict[str, str]:
        """Fetch the files; the place that each came from."""
        download, scratch = self._staged("download"), self._staged("scratch")
        scratch.mkdir(parents=True, exist_ok=True)
        fetch = Fetch(download, scratch, self.progress, self._brought)
        return {file.path: fetch.fetch(file) for file in plan.files}

    def _reuse(self, files: Sequence[ModelFile]) -> None:
        """What is installed as it came, and right, needn't be fetched to mend or prepare the rest."""
        for file in files:
            there, target = self._place / file.path, self._staged("download") / file.path
            if file.sha256 and there.is_file() and not target.exists() and sha256(there) == file.sha256:
                link(there, target)

    def _assemble(self, plan: _Plan) -> None:
        """Make the new folder out of what was fetched, and of what is installed where languages are added."""
        download, new = self._staged("download"), self._new
        shutil.rmtree(new.parent, ignore_errors=True)
        new.parent.mkdir(parents=True, exist_ok=True)
        if self.preparer is None:
            for file in plan.files:
                link(download / file.path, new / file.path)
        elif plan.added:
            for name in inventory(self._place):
                link(self._place / name, new / name)
            self.preparer.add(download, new, plan.added, progress=self.progress.preparing)
        else:
            self.preparer.convert(download, new, plan.languages or None, progress=self.progress.preparing)

    def _record(self, plan: _Plan, before: Manifest | None, sources: dict[str, str]) -> None:
        new = self._new
        fetched = {file.path: sha256(self._staged("download") / file.path) for file in plan.files}
        Manifest(
            name=self.model.name,
            languages=plan.languages,
            fetched=(before.fetched if before else {}) | fetched,
            sources=(before.sources if before else {}) | sources,
            prepared_by=self.preparer.version if self.preparer else None,
            files=inventory(new),
        ).write(new)
