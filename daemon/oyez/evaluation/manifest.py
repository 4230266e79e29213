"""Lists of recordings with what is said in them: Common Voice's TSV, FLEURS' TSV, or any CSV with named columns."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = ("file", "path", "audio", "audio_filepath", "file_name", "filename", "wav")
TEXT = ("text", "sentence", "transcription", "transcript", "reference")
LANGUAGE = ("language", "locale", "lang", "lang_id")
FLEURS = ("id", "file_name", "raw_transcription", "transcription", "characters", "num_samples", "gender")
FOLDERS = (".", "clips", "audio", "wav")  # beside the manifest; Common Voice has `clips`
ENDINGS = ("", ".mp3", ".wav", ".flac")  # old Common Voice names its clips without
HINT = f"columns: one of {', '.join(FILE)}; one of {', '.join(TEXT)}; perhaps one of {', '.join(LANGUAGE)}"


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording and what is said in it; `columns` are all that the manifest says of it."""

    file: Path
    text: str
    language: str | None
    columns: Mapping[str, str] = field(default_factory=dict)


def read(path: Path, audio: Path | None = None) -> list[Sample]:
    """The samples of a manifest; `audio` is the folder of its recordings, None: it is looked for beside the manifest.

    A table without a header is FLEURS'; its language is its folder's name. Raises InvalidInput.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it isn't UTF-8"
        raise InvalidInput(f"the manifest {path} can't be read: {why}") from error
    samples = list(_samples(lines, path, audio))
    if not samples:
        raise InvalidInput(f"the manifest {path} lists no recordings", hint=HINT)
    return samples


def _samples(text: str, path: Path, audio: Path | None) -> Iterator[Sample]:
    columns, rows = _table(text, path)
    where, what, spoken = (next((name for name in names if name in columns), None) for names in (FILE, TEXT, LANGUAGE))
    if where is None or what is None:
        raise InvalidInput(f"the manifest {path} has no column for the {'text' if where else 'recordings'}", hint=HINT)
    language = path.parent.name.replace("_", "-") if columns == FLEURS else None
    folders = [audio] if audio else [path.parent / name for name in (*FOLDERS, path.stem, f"audio/{path.stem}")]
    for row in rows:
        if row[where]:
            yield Sample(_found(row[where], folders), row[what], row[spoken] if spoken else language, row)


def _table(text: str, path: Path) -> tuple[Sequence[str], Iterator[dict[str, str]]]:
    """Columns and rows. Tabs don't quote: what is between two of them is a cell."""
    lines = text.splitlines()
    tabs = bool(lines) and "\t" in lines[0]
    reader = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(lines)
    rows = iter([row for row in reader if row])
    first = next(rows, [])
    named = any(name in first for name in FILE)
    columns = tuple(first) if named else FLEURS
    if not named:
        if len(first) != len(FLEURS):
            raise InvalidInput(f"the first line of the manifest {path} names no column of recordings", hint=HINT)
        rows = iter([first, *rows])
    return columns, (dict(zip(columns, row + [""] * (len(columns) - len(row)), strict=False)) for row in rows)


def _found(name: str, folders: Sequence[Path]) -> Path:
    """The file of that name, where it is; where it should be, if it isn't."""
    candidates = [folder / f"{name}{ending}" for folder in folders for ending in ENDINGS]
    return next((place for place in candidates if place.is_file()), candidates[0])
