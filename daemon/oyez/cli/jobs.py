"""What `oyez speak` is asked for, text by text, checked before the engine starts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.cli import output, source
from oyez.cli.source import STANDARD
from oyez.errors import InvalidInput
from oyez.speak import subtitles

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Sequence


@dataclass(frozen=True, slots=True)
class Job:
    """One text, given or in a file, and where its sound, subtitles and words go; None: its sound is played."""

    text: str | None
    source: Path | None = None
    output: Path | None = None
    subtitles: Path | None = None
    words: Path | None = None

    def read(self) -> str:
        """All of the text. Raises InvalidInput when there is none."""
        return source.read(self.source) if self.source else source.said(self.text or "")

    def texts(self) -> str | AsyncIterable[str]:
        """The text, piece by piece where it is still arriving. Raises InvalidInput when there is none."""
        return source.arriving() if self.source == STANDARD and source.piped() else self.read()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where things are to go, as the command line has it; see the help of `oyez speak`."""

    output: Path | None = None
    form: str = "wav"
    subtitles: str | None = None
    words: str | None = None


def of_text(text: str, wanted: Wanted) -> list[Job]:
    """The job of a text that is given; `-`: standard input."""
    return _checked([Job(None, STANDARD) if text == "-" else Job(text)], wanted)


def of_files(files: Sequence[Path], wanted: Wanted) -> list[Job]:
    """The jobs of files. Raises InvalidInput for a place that can't be written."""
    return _checked([Job(None, file) for file in files], wanted)


def _checked(jobs: Sequence[Job], wanted: Wanted) -> list[Job]:
    placed = [_placed(job, wanted) for job in jobs]
    paths = [path for job in placed for path in (job.output, job.subtitles, job.words) if path and path != STANDARD]
    if many := [path for path, count in Counter(paths).items() if count > 1]:
        raise InvalidInput(
            f"{many[0]} would be written more than once", hint="name a folder with -o, and give files different names"
        )
    return placed


def _placed(job: Job, wanted: Wanted) -> Job:
    target = wanted.output
    if target and target != STANDARD:
        if target.is_dir():
            name = job.source.stem if job.source and job.source != STANDARD else "speech"
            target = target / f"{name}.{wanted.form.lstrip('.')}"
        output.check(target)
    return Job(
        job.text,
        job.source,
        target,
        _beside(target, wanted.subtitles, "--subtitles", tuple(subtitles.FORMATS)),
        _beside(target, wanted.words, "--words", (".json",)),
    )


def _beside(target: Path | None, asked: str | None, option: str, endings: tuple[str, ...]) -> Path | None:
    """The file that an option names; a bare format means one beside the sound."""
    if asked is None:
        return None
    if f".{asked.lstrip('.').lower()}" not in endings:
        return output.check(Path(asked), endings)
    if target in (None, STANDARD):
        raise InvalidInput(f"{option} {asked}: beside which file?", hint=f"name it: {option} speech.{asked}")
    assert target
    return output.check(target.with_suffix(f".{asked.lstrip('.').lower()}"), endings)
