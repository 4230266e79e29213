"""From a Hugging Face folder to a prepared folder, and languages added to one later. Needs `onnx`, not torch."""

from __future__ import annotations

import dataclasses
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.engines.cpu import weight_range
from oyez.engines.mms.prepared import DATA, GRAPH, WEIGHTS, Prepared, adapter_paths, fingerprint, words_path, write_json
from oyez.engines.mms.source import Source, read_adapter, word_list
from oyez.engines.mms.source import languages as languages_in
from oyez.errors import ModelDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Progress = Callable[[str, float], None]

LICENCE = "that of its source; facebook/mms weights are CC-BY-NC 4.0 (non-commercial)"


def convert(
    source: Path, target: Path, languages: Sequence[str] | None = None, *,
    quantise: bool = True, licence: str = LICENCE, progress: Progress | None = None,
) -> None:  # fmt: skip
    """Prepare `source` (Hugging Face layout) as `target`; `languages` None means all whose adapters are there.

    Memory holds one layer of weights at a time until the model is tried (proof.py). Quantised weights suit the
    processor that this runs on (cpu.py), so prepare on the machine that recognises, or on one that can do less.
    `target` appears whole, replacing what was there, or not at all. `progress` gets the steps `weights`, `languages`,
    `check`. Raises ModelDamaged naming what is wrong with the source, or that the outcome computes something else.
    """
    tell = progress or _silent
    read = Source(source)
    chosen = tuple(languages) if languages is not None else read.languages
    for language in chosen:
        read_adapter(source, language, read.architecture)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        folder = Path(scratch) / "new"
        folder.mkdir()
        largest = weight_range() if quantise else None
        _write_graph(read, folder, largest, tell)
        files = {name: fingerprint(folder / name) for name in (GRAPH, DATA)}
        weights = next(name for name, limit in WEIGHTS.items() if limit == (largest or 0))
        made = Prepared(folder, read.name, licence, weights, read.architecture, (), files)
        made = _add(made, source, chosen, tell)
        _prove(made, read, chosen[0], tell)
        _sync(folder)
        if target.exists():
            target.rename(Path(scratch) / "old")
        folder.rename(target)


def add_languages(
    source: Path, target: Path, languages: Sequence[str] | None = None, *, progress: Progress | None = None
) -> None:
    """Add adapters of `source` to the prepared folder `target`; of the source only vocab.json and adapters are read.

    Raises ModelDamaged when an adapter doesn't fit the prepared trunk.
    """
    chosen = tuple(languages) if languages is not None else languages_in(source)
    if not chosen:
        raise ModelDamaged(f"{source}: holds no adapter.<language>.safetensors")
    _add(Prepared.open(target), source, chosen, progress or _silent)


def _write_graph(read: Source, folder: Path, largest: int | None, tell: Progress) -> None:
    from oyez.engines.mms.graph import Network  # noqa: PLC0415 - onnx is needed here only

    with (folder / DATA).open("wb") as data:
        network = Network(read.architecture, read.checkpoint, data, largest=largest)
        network.write(folder / GRAPH, lambda fraction: tell("weights", fraction))


def _prove(made: Prepared, read: Source, language: str, tell: Progress) -> None:
    from oyez.engines.mms.proof import prove  # noqa: PLC0415 - loads ONNX Runtime

    proof = prove(made, read, language, lambda fraction: tell("check", fraction))
    dataclasses.replace(made, proof=proof).write()


def _add(prepared: Prepared, source: Path, languages: Sequence[str], tell: Progress) -> Prepared:
    """Copy adapters, vocabularies and lists of words in, then the record that names them."""
    files = dict(prepared.files)
    (prepared.folder / "adapters").mkdir(exist_ok=True)
    for done, language in enumerate(languages, 1):
        adapter, vocabulary = read_adapter(source, language, prepared.architecture)
        tensors, symbols = (prepared.folder / name for name in adapter_paths(language))
        made = [tensors, symbols]
        _put(tensors, adapter.write)
        write_json(symbols, vocabulary)
        if words := word_list(source, language):
            made.append(prepared.folder / words_path(language))
            _put(made[-1], functools.partial(shutil.copyfile, words))
        files |= {str(path.relative_to(prepared.folder)): fingerprint(path) for path in made}
        tell("languages", done / len(languages))
    known = tuple(sorted({*prepared.languages, *languages}))
    added = dataclasses.replace(prepared, languages=known, files=files)
    added.write()
    return added


def _put(target: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place, then moved there: what has a name is whole."""
    partial = target.with_suffix(".partial")
    write(partial)
    partial.replace(target)


def _sync(folder: Path) -> None:
    """Have the disk hold what was written: a rename survives a power cut sooner than the contents do."""
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _silent(stage: str, fraction: float) -> None:
    """Report nothing."""
