"""How `oyez transcribe` writes what it heard: text, JSON, subtitles; all in one place, or a file for each recording."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oyez.cli import output, show
from oyez.cli.source import STANDARD
from oyez.errors import InvalidInput
from oyez.model import Recognition, SpokenWord
from oyez.speak import subtitles
from oyez.speak.subtitles import Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from oyez.engines.mms.recordings import Heard
    from oyez.model import Word

PAUSE = 0.8  # seconds of silence after which something else is said, as far as subtitles go
LONGEST = 7.0  # seconds for which a subtitle stays, at most


class Form(StrEnum):
    """What is written."""

    TEXT = "text"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"

    @property
    def ending(self) -> str:
        """Of the names of such files."""
        return ".txt" if self is Form.TEXT else f".{self.value}"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one recording; `error` says why not all of it, or nothing, was heard."""

    file: Path
    recognition: Recognition
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: str | None = None

    @classmethod
    def of(cls, file: Path, heard: Heard, recognition: Recognition) -> Row:
        """Of a file that was heard; the recognition is what became of it in this house."""
        return cls(file, recognition, heard.seconds, heard.notes, heard.broken)

    def data(self) -> dict[str, Any]:
        """The same for machines."""
        told = {"seconds": round(self.seconds, 3), "notes": self.notes, "error": self.error}
        return {"file": str(self.file)} | asdict(self.recognition) | told


def form_of(asked: Form | None, target: Path | None) -> Form:
    """What to write: what is asked for, else what the ending of the file's name tells, else text."""
    endings = {form.ending: form for form in Form}
    return asked or endings.get(target.suffix.lower() if target else "", Form.TEXT)


def written(rows: Sequence[Row], form: Form) -> str:
    """Rows in one document. Subtitles are of one recording."""
    if form is Form.JSON:
        return json.dumps([row.data() for row in rows], ensure_ascii=False) + "\n"
    if form is Form.TEXT:
        return "".join(line(row, alone=len(rows) == 1) for row in rows)
    return subtitles.FORMATS[form.ending](phrases(rows[0].recognition.words))


def line(row: Row, *, alone: bool) -> str:
    """What was said as a line, with the file's name unless it is alone."""
    return f"{row.recognition.text}\n" if alone else f"{row.file}: {row.recognition.text}\n"


def phrases(words: Sequence[Word]) -> list[Said]:
    """What may stand on the screen at once: words parted by pauses, and where they go on for long."""
    found: list[list[Word]] = []
    for word in words:
        if found and word.start - found[-1][-1].end < PAUSE and word.end - found[-1][0].start <= LONGEST:
            found[-1].append(word)
        else:
            found.append([word])
    return [_said(phrase) for phrase in found]


def _said(words: Sequence[Word]) -> Said:
    spoken = tuple(SpokenWord(word.word, word.start, word.end) for word in words)
    return Said(" ".join(word.text for word in spoken), spoken[0].start, spoken[-1].end, words=spoken)


class Writer:
    """Writes rows as they come, or all in the end; files are whole or not there."""

    def __init__(self, files: Sequence[Path], target: Path | None, form: Form) -> None:
        """`target` None is standard output, a folder gets a file for each. Raises InvalidInput for what can't be."""
        self._form = form
        self._alone = len(files) == 1
        self._target = None if target in (None, STANDARD) else target
        self._rows: list[Row] = []
        self._places = dict(self._placed(files, self._target)) if self._target and self._target.is_dir() else None
        if self._target and self._places is None:
            output.check(self._target, (self._target.suffix.lower(),))
        if self._places is None and not self._alone and form in (Form.SRT, Form.VTT):
            raise InvalidInput(
                "subtitles of several recordings don't fit into one file", hint="name a folder: -o FOLDER"
            )

    @property
    def rows(self) -> list[Row]:
        """What was written, or will be."""
        return self._rows

    def add(self, row: Row) -> None:
        """One more recording was heard, or wasn't."""
        self._rows.append(row)
        heard = row.recognition.words or row.error is None
        if self._places is not None and heard:
            _write(self._places[row.file], written([row], self._form))
        elif self._target is None and self._form is Form.TEXT and heard:
            sys.stdout.write(line(row, alone=self._alone))
            sys.stdout.flush()

    def finish(self) -> None:
        """That was all."""
        if self._places is not None:
            return
        if self._target:
            _write(self._target, written(self._rows, self._form))
        elif self._form is Form.JSON:
            show.as_json([row.data() for row in self._rows])
        elif self._form is not Form.TEXT:
            sys.stdout.write(written(self._rows, self._form))

    def _placed(self, files: Sequence[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
        places = [(file, folder / f"{file.stem}{self._form.ending}") for file in files]
        if many := [place for place, count in Counter(place for _, place in places).items() if count > 1]:
            raise InvalidInput(f"{many[0]} would be written more than once", hint="give the files different names")
        for file, place in places:
            yield file, output.check(place, (self._form.ending,))


def _write(path: Path, text: str) -> None:
    with output.whole(path) as beside:
        beside.write_text(text, encoding="utf-8")
