"""Recordings: audio files of any kind, read block by block as 16 kHz mono, and what is wrong with them. It blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from oyez.errors import InvalidInput
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from oyez.model import Samples

BLOCK_SECONDS = 0.25  # of audio a read: little memory for a file of hours, and little lost where it breaks off
FULL_SCALE = 0.9999
CLIPPED_SHARE = 0.001  # of the samples at full scale: speech that nobody spoilt reaches it far more rarely
SILENT = 1e-4  # peak, -80 dB: what a microphone that isn't connected gives
BRIEF = 0.1  # seconds: shorter than any word
MISSING = 0.1  # seconds: compressed formats tell their length about as exactly
ENDLESS = 0x7FFF0000  # bytes: what programs write into a WAV's header that can't go back to mend it
WAV_LENGTH = re.compile(r"^\s*data\s*: (\d+) \(should be (\d+)\)", re.MULTILINE)


Table: TypeAlias = NDArray[np.float32]  # [time, channels]


class Recording:
    """An audio file of any format, rate and channel count that libsndfile knows.

    What is found while it is read: `broken` says why it ends before its end, `damaged` that what comes there can't be
    decoded; `odd` counts samples that are no numbers (taken as silence), `clipped` those at full scale, of `read`.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self.broken: str | None = None
        self.damaged = False
        self.odd = self.clipped = self.read = 0
        self._path = path

    def blocks(self) -> Generator[Samples]:
        """Its samples at 16 kHz, mono, finite, block by block from the start. Raises InvalidInput if it isn't audio."""
        self.broken, self.damaged, self.odd, self.clipped, self.read = None, False, 0, 0, 0
        rate, tables = self._open()
        return self._blocks(rate, tables)

    def _open(self) -> tuple[int, Iterator[Table]]:
        """The rate, and what comes. Raises InvalidInput."""
        if not self._path.is_file():
            why = "it is a folder" if self._path.is_dir() else "there is no such file"
            raise InvalidInput(f"{self.name} can't be heard: {why}", hint="is the path right?")
        if not self._path.stat().st_size:
            raise InvalidInput(f"{self.name} isn't audio: it is empty, not a byte long", hint="copy or record it again")
        try:
            file = _Straight(self._path)
        except (OSError, soundfile.SoundFileError) as error:
            raise InvalidInput(
                f"{self.name} isn't audio that can be read: {_why(error)}", hint=f"file {self.name} tells what it is"
            ) from error
        return file.samplerate, self._tables(file)

    def _tables(self, file: soundfile.SoundFile) -> Iterator[Table]:
        """Until the end, or until it breaks."""
        rate, promised, found = file.samplerate, _promised(file), 0
        with file:
            try:
                while len(table := file.read(max(1, int(BLOCK_SECONDS * rate)), dtype="float32", always_2d=True)):
                    found += len(table)
                    yield _float(table)
            except (OSError, soundfile.SoundFileError) as error:
                self.broken, self.damaged = f"it breaks off after {found / rate:.1f} s ({_why(error)})", True
        if self.broken is None and promised - found > MISSING * rate:
            self.broken = f"it should last {promised / rate:.1f} s and breaks off after {found / rate:.1f} s"

    def _blocks(self, rate: int, tables: Iterator[Table]) -> Generator[Samples]:
        resampler = soxr.ResampleStream(rate, HEARD_RATE, 1) if rate != HEARD_RATE else None
        for table in tables:
            samples = self._mono(table)
            yield _float(resampler.resample_chunk(samples)) if resampler else samples
        if resampler:
            yield _float(resampler.resample_chunk(np.empty(0, np.float32), last=True))

    def _mono(self, table: Table) -> Samples:
        finite = np.isfinite(table)
        self.read += table.size
        self.odd += table.size - int(finite.sum())
        self.clipped += int((np.abs(table) >= FULL_SCALE).sum())
        return np.asarray(np.where(finite, table, np.float32(0)).mean(axis=1, dtype=np.float64), np.float32)


class _Straight(soundfile.SoundFile):
    """A file that is read from its start to its end.

    After each block, soundfile seeks to where it is anyway. In an MP3 of variable rate that lands somewhere else.
    """

    def seekable(self) -> bool:
        """Not here."""
        return False


class Given(Recording):
    """The same for samples [time] of any rate that are in memory."""

    def __init__(self, samples: Samples, rate: int) -> None:
        super().__init__(Path("the audio"))
        self._samples = samples
        self._rate = rate

    def _open(self) -> tuple[int, Iterator[Table]]:
        block = max(1, int(BLOCK_SECONDS * self._rate))
        return self._rate, (self._samples[at : at + block, None] for at in range(0, len(self._samples), block))


@dataclass(frozen=True, slots=True)
class Survey:
    """What a recording is: its length at 16 kHz, what is needed to normalise it, and what is wrong with it, in words.

    `broken` says why it isn't whole; `notes` are what its hearing may suffer from.
    """

    samples: int
    mean: float
    variance: float
    broken: str | None
    notes: tuple[str, ...]

    @property
    def seconds(self) -> float:
        """Length."""
        return self.samples / HEARD_RATE


def survey(recording: Recording) -> Iterator[float | Survey]:
    """Read all of it once: the seconds so far after each block, then the survey. Raises InvalidInput."""
    count, total, squares, peak = 0, 0.0, 0.0, 0.0
    for block in recording.blocks():
        if len(block):
            exact = block.astype(np.float64)
            count, total, squares = count + len(block), total + exact.sum(), squares + float(exact @ exact)
            peak = max(peak, float(np.abs(exact).max()))
        yield count / HEARD_RATE
    if not count:
        raise InvalidInput(f"{recording.name} has no sound in it: {recording.broken or 'it lasts 0 s'}")
    if recording.odd == recording.read:
        raise InvalidInput(f"{recording.name} has no sound in it: not one of its samples is a number")
    mean = float(total / count)
    notes = tuple(_notes(recording, count / HEARD_RATE, peak))
    yield Survey(count, mean, max(0.0, float(squares / count) - mean**2), recording.broken, notes)


def _notes(recording: Recording, seconds: float, peak: float) -> Iterator[str]:
    if recording.odd:
        samples = "sample isn't a number" if recording.odd == 1 else "samples are no numbers"
        yield f"{recording.odd} {samples} (NaN or infinite): taken as silence"
    if peak < SILENT:
        yield "it is silent: was the microphone connected, and not muted?"
    if seconds < BRIEF:
        yield f"it lasts {seconds:.3f} s: too short for a word"
    if recording.clipped > CLIPPED_SHARE * recording.read:
        share = recording.clipped / recording.read
        yield f"{share:.1%} of its samples are at full scale: it was recorded too loud, words may be misheard"


def _promised(file: soundfile.SoundFile) -> int:
    """The frames that the header tells. Of a WAV that is cut short libsndfile says so in its log only."""
    told = WAV_LENGTH.search(file.extra_info)
    if told and int(told[1]) < ENDLESS and int(told[2]):
        return round(int(file.frames) * int(told[1]) / int(told[2]))
    return int(file.frames)


def _float(samples: NDArray[Any]) -> Samples:
    return np.asarray(samples, np.float32)


def _why(error: Exception) -> str:
    told = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return str(told).rstrip(".") or "its contents are damaged"
