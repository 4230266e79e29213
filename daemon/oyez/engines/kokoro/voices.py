"""The voice catalogue: which voices there are, what they speak, and how a voice file is read."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from oyez.engines.kokoro import blend, languages
from oyez.engines.kokoro.data import read
from oyez.errors import InvalidInput, ModelDamaged, ModelMissing
from oyez.ports import Role
from oyez.volume import of_decibels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from oyez.engines.kokoro.languages import Language

STYLES = 510  # one for each number of phonemes from 1
STYLE_SIZE = 256
FILE_SIZE = STYLES * STYLE_SIZE * 4


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: `grade` is A (best) to F, None where its maker published none; `sha256` is that of its file.

    `gain_db` brings it to the loudness of all others. `refined` says that its sound needs statistics more exact than
    they are predicted (statistics.py). `shares` are the voices of the catalogue that it is made of, as (name, share)
    that sum up to 1: itself, or those of a blend, which has no file and no grade, language and gender of the one with
    the largest share, and is refined if one of them is.
    """

    name: str
    language: Language
    gender: str
    grade: str | None
    sha256: str | None
    gain_db: float
    refined: bool
    shares: tuple[tuple[str, float], ...]

    @property
    def gain(self) -> float:
        """What its samples are multiplied by."""
        return of_decibels(self.gain_db)


@cache
def catalogue() -> dict[str, Voice]:
    """All voices by name, in the order of the catalogue."""
    known, gains = languages.catalogue(), read("loudness.toml")["gain_db"]
    return {
        name: Voice(
            name,
            known[entry["language"]],
            entry["gender"],
            entry.get("grade"),
            entry["sha256"],
            gains[name],
            entry.get("refined", False),
            ((name, 1.0),),
        )
        for name, entry in read("voices.toml")["voices"].items()
    }


def licence() -> str:
    """The licence of all voices (SPDX)."""
    return str(read("voices.toml")["licence"])


def find(name: str) -> Voice:
    """The voice of that name, or the blend: `af_heart*0.6 + bf_emma*0.4`, whose name is the same however it is written.

    Raises InvalidInput, which names the nearest ones.
    """
    if not blend.recognised(name):
        return _single(name)
    parts = [(_single(part), share) for part, share in blend.parse(name).items()]
    heaviest = parts[0][0]
    if len(parts) == 1:
        return heaviest
    shares = tuple((voice.name, share) for voice, share in parts)
    gain = sum(voice.gain_db * share for voice, share in parts)
    refined = any(voice.refined for voice, _ in parts)
    return Voice(blend.name(shares), heaviest.language, heaviest.gender, None, None, gain, refined, shares)


def spoken_language(voice: Voice, asked: str | None) -> Language:
    """The language a voice is to speak: its own, or the one asked for by BCP-47 tag or ISO 639-3 code.

    A code that leaves the region open ("eng", "en") means the voice's own region if it fits, else the first of the
    catalogue; an unknown region ("es-MX") means the language. Raises InvalidInput for a language that can't be spoken.
    """
    language = voice.language if asked is None else languages.find(asked, voice.language)
    if not language.spoken:
        raise InvalidInput(
            f"{language.name} can't be spoken: what reads its letters isn't installed",
            hint=f"pip install 'oyez[{language.extra}]'",
        )
    return language


def cast(own: Voice, base: Language, voice: str | None = None, language: str | None = None) -> Role:
    """Who says what markup asks for; see ports.Cast. What isn't there is said by `own`, or read as before."""
    speaker, spoken, notes = own, base, []
    if voice is not None:
        try:
            chosen = find(voice)
            speaker, spoken = chosen, spoken_language(chosen, None)
        except InvalidInput as error:
            notes.append(f"said by {own.name}: {error.message}")
    if language is not None:
        try:
            spoken = spoken_language(speaker, language)
        except InvalidInput as error:
            notes.append(f"read as {spoken.name}: {error.message}")
    return Role(speaker.name, spoken.tag, tuple(notes))


def read_styles(folder: Path, name: str) -> NDArray[np.float32]:
    """The styles in the file of a voice, as it is installed. Raises ModelMissing, ModelDamaged."""
    path = folder / f"{name}.bin"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ModelMissing(
            f"the file of voice {name} is missing: {path}", hint="oyez models install kokoro-v1.0-int8"
        ) from None
    if len(data) != FILE_SIZE:
        raise ModelDamaged(f"{path} has {len(data):,} bytes instead of {FILE_SIZE:,}", hint="oyez models verify")
    return np.frombuffer(data, dtype="<f4").reshape(STYLES, STYLE_SIZE)


def load_styles(
    folder: Path, voice: Voice, read: Callable[[Path, str], NDArray[np.float32]] = read_styles
) -> NDArray[np.float32]:
    """The styles of a voice, float32 [510, 256]: row n-1 is for n phonemes. Raises ModelMissing, ModelDamaged.

    Those of a blend are the weighted sum of its voices'. `read` reads the file of one.
    """
    mixed: NDArray[np.float32] = np.zeros((STYLES, STYLE_SIZE), np.float32)
    for name, share in voice.shares:
        mixed += np.float32(share) * read(folder, name)
    return mixed


def _single(name: str) -> Voice:
    if voice := catalogue().get(name):
        return voice
    raise InvalidInput(f"no voice is called {name!r}{_nearest(name, catalogue())}", hint="oyez voices")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:64].lower(), known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""
