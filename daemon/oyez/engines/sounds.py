"""The house's own sounds, chimes and such: files in one folder, found by name, read as samples as loud as speech."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import soundfile
import soxr

from oyez.engines.loudness import TARGET, loudness
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.volume import of_decibels

if TYPE_CHECKING:
    from oyez.model import Samples

ENDINGS = (".wav", ".flac", ".ogg")
MAX_SECONDS = 60.0
MAX_VALUES = 60 * 48_000 * 2  # of all channels: a minute in stereo
PEAK = of_decibels(-1.0)

_NAME = re.compile(r"[^\W_][\w .-]{0,127}")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def find(folder: Path, name: str) -> str:
    """The path of a sound in a folder, by its name with or without ending. Raises InvalidInput. Blocks."""
    if _ADDRESS.match(name):
        raise InvalidInput("a sound by its address isn't played: nothing is fetched; name a file in audio.media_dir")
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"the sound {name[:64]!r} isn't played: it isn't the plain name of a file")
    inside = folder.resolve()
    for ending in ("", *ENDINGS):
        path = (inside / f"{name}{ending}").resolve()
        if path.suffix.lower() in ENDINGS and path.is_relative_to(inside) and path.is_file():
            return str(path)
    raise InvalidInput(f"the sound {name[:64]!r} isn't played: no {', '.join(ENDINGS)} file of that name is there")


def read(path: str) -> Samples:
    """A sound file as 24 kHz mono, its channels mixed, as loud as the voices as far as its peaks let it be.

    Raises InvalidInput for one that can't be played. Blocks.
    """
    name = Path(path).name
    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > MAX_SECONDS * file.samplerate or file.frames * file.channels > MAX_VALUES:
                raise InvalidInput(f"the sound {name!r} isn't played: longer than {MAX_SECONDS:.0f} s, or too large")
            table, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (OSError, soundfile.LibsndfileError) as error:
        raise InvalidInput(f"the sound {name!r} isn't played: it can't be read as audio") from error
    mixed = np.nan_to_num(table.mean(axis=1)).clip(-1.0, 1.0)
    return _as_loud_as_voices(cast("Samples", soxr.resample(mixed, rate, SPEECH_RATE)))


def _as_loud_as_voices(samples: Samples) -> Samples:
    now = loudness(samples, SPEECH_RATE)
    if now == -np.inf:
        return samples
    return samples * np.float32(min(of_decibels(TARGET - now), PEAK / np.abs(samples).max()))
