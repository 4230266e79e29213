"""Where `oyez speak` writes: files that are whole or not there, and raw sound on standard output."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import soundfile

from oyez.errors import InvalidInput, OyezError
from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oyez.model import Samples

# The ending of a file's name: libsndfile's format and subtype.
FORMATS = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".opus": ("OGG", "OPUS"),
    ".ogg": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}


def check(path: Path, endings: tuple[str, ...] = tuple(FORMATS)) -> Path:
    """A path that can be written, as far as can be told beforehand. Raises InvalidInput."""
    if path.suffix.lower() not in endings:
        what = f"the ending {path.suffix}" if path.suffix else "a name without an ending, where no folder is,"
        raise InvalidInput(f"{path}: {what} tells no format that can be written", hint=f"use {', '.join(endings)}")
    folder = path.parent
    if not folder.is_dir():
        raise InvalidInput(f"{path} can't be written: there is no folder {folder}", hint=f"mkdir -p {folder}")
    if path.is_dir() or not os.access(folder, os.W_OK):
        why = "it is a folder" if path.is_dir() else f"the folder {folder} isn't yours to write in"
        raise InvalidInput(f"{path} can't be written: {why}", hint="choose another place with -o")
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside a path, which takes its name once the block ends well, and is gone otherwise."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield beside
        beside.replace(path)
    except OyezError:  # some are OSErrors, too
        raise
    except (OSError, soundfile.SoundFileError) as error:
        why = getattr(error, "strerror", None) or getattr(error, "error_string", None) or error
        raise InvalidInput(f"{path} can't be written: {why}", hint="is there room on the disk?") from error
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def sound_file(path: Path) -> Iterator[Callable[[Samples], None]]:
    """Writes samples into a file of the format that its name tells, as they come. Raises InvalidInput."""
    form, subtype = FORMATS[path.suffix.lower()]
    with whole(path) as beside:
        written = 0
        with soundfile.SoundFile(beside, "x", SPEECH_RATE, 1, subtype, format=form) as file:

            def write(samples: Samples) -> None:
                nonlocal written
                file.write(samples)
                written += len(samples)

            yield write
        if soundfile.info(beside).frames != written:  # some encoders keep silent when the disk fills up at the end
            raise OSError(f"not all of {written} samples arrived")


@contextmanager
def raw_sound() -> Iterator[Callable[[Samples], None]]:
    """Writes samples to standard output as they come: 16 bits, little-endian, 24 kHz, mono, without a header."""
    if sys.stdout.isatty():
        raise InvalidInput("raw sound is nothing to look at", hint="oyez speak … -o - | aplay -f S16_LE -r 24000")
    out = sys.stdout.buffer

    def write(samples: Samples) -> None:
        out.write((samples * 32767.0).round().astype("<i2").tobytes())
        out.flush()

    yield write
