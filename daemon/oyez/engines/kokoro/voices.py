"""The voice catalogue: which voices there are, what they speak, and how a voice file is read."""

from __future__ import annotations

import difflib
import importlib.util
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import langcodes
import numpy as np

from oyez.engines.kokoro import blend
from oyez.errors import InvalidInput, ModelDamaged, ModelMissing
from oyez.ports import Role
from oyez.volume import of_decibels

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

STYLES = 510  # one for each number of phonemes from 1
STYLE_SIZE = 256
FILE_SIZE = STYLES * STYLE_SIZE * 4
UNLIKE = 100  # CLDR's distance of languages that don't even share their letters


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the catalogue: BCP-47 tag, English name, ISO 639-3 code, and a text to hear a voice by.

    `espeak` is the espeak-ng voice that reads its letters; None: misaki does, where `modules` are installed, which come
    with `extra`.
    """

    tag: str
    name: str
    iso639_3: str
    sample: str
    espeak: str | None
    extra: str | None
    modules: tuple[str, ...]

    @property
    def spoken(self) -> bool:
        """Whether something here reads its letters."""
        return self.espeak is not None or _installed(self.modules)

    @property
    def primary(self) -> str:
        """The language without its region: "en" of "en-US"."""
        return self.tag.split("-")[0]


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice: `grade` is A (best) to F, None where its maker published none; `sha256` is that of its file.

    `gain_db` brings it to the loudness of all others. `shares` are the voices of the catalogue that it is made of, as
    (name, share) that sum up to 1: itself, or those of a blend, which has no file and no grade, and language and gender
    of the one with the largest share.
    """

    name: str
    language: Language
    gender: str
    grade: str | None
    sha256: str | None
    gain_db: float
    shares: tuple[tuple[str, float], ...]

    @property
    def gain(self) -> float:
        """What its samples are multiplied by."""
        return of_decibels(self.gain_db)


@cache
def catalogue() -> dict[str, Voice]:
    """All voices by name, in the order of the catalogue."""
    known, gains = languages(), _read("loudness.toml")["gain_db"]
    return {
        name: Voice(
            name,
            known[entry["language"]],
            entry["gender"],
            entry.get("grade"),
            entry["sha256"],
            gains[name],
            ((name, 1.0),),
        )
        for name, entry in _read("voices.toml")["voices"].items()
    }


@cache
def languages() -> dict[str, Language]:
    """All languages by tag."""
    return {
        tag: Language(
            tag,
            entry["name"],
            entry["iso639_3"],
            entry["sample"],
            entry.get("espeak"),
            entry.get("extra"),
            tuple(entry.get("modules", ())),
        )
        for tag, entry in _read("voices.toml")["languages"].items()
    }


def licence() -> str:
    """The licence of all voices (SPDX)."""
    return str(_read("voices.toml")["licence"])


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
    return Voice(blend.name(shares), heaviest.language, heaviest.gender, None, None, gain, shares)


def named(language: str) -> list[Language]:
    """The languages that a tag, an ISO 639-3 code or an English name means: both Englishes for "en", "eng", "english".

    Raises InvalidInput, which names the nearest.
    """
    wanted = language.strip().replace("_", "-").lower()
    found = [
        known
        for known in languages().values()
        if wanted in (known.tag.lower(), known.primary, known.iso639_3, known.name.lower(), *known.name.lower().split())
    ]
    if not found:
        raise _unspoken(language)
    return found


def spoken_language(voice: Voice, asked: str | None) -> Language:
    """The language a voice is to speak: its own, or the one asked for by BCP-47 tag or ISO 639-3 code.

    A code that leaves the region open ("eng", "en") means the voice's own region if it fits, else the first of the
    catalogue; an unknown region ("es-MX") means the language. Raises InvalidInput for a language that can't be spoken.
    """
    language = voice.language if asked is None else _language(asked, voice.language)
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


def known_tag(tag: str) -> str:
    """The tag of a language of the catalogue, with its region or without. Raises InvalidInput for any other."""
    known = {name for language in languages().values() for name in (language.tag, language.primary)}
    if tag not in known:
        raise _unspoken(tag)
    return tag


def load_styles(folder: Path, voice: Voice) -> NDArray[np.float32]:
    """The styles of a voice, float32 [510, 256]: row n-1 is for n phonemes. Raises ModelMissing, ModelDamaged.

    Those of a blend are the weighted sum of its voices'.
    """
    mixed: NDArray[np.float32] = np.zeros((STYLES, STYLE_SIZE), np.float32)
    for name, share in voice.shares:
        mixed += np.float32(share) * _styles(folder, name)
    return mixed


def _styles(folder: Path, name: str) -> NDArray[np.float32]:
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


def _single(name: str) -> Voice:
    if voice := catalogue().get(name):
        return voice
    raise InvalidInput(f"no voice is called {name!r}{_nearest(name, catalogue())}", hint="oyez voices")


def _language(asked: str, own: Language) -> Language:
    wanted = asked.strip().replace("_", "-").lower()
    primary = wanted.split("-")[0]
    others = list(languages().values())
    for language in (*(other for other in others if other.tag.lower() == wanted), own, *others):
        if wanted == language.tag.lower() or primary in (language.primary, language.iso639_3):
            return language
    raise _unspoken(asked)


def _unspoken(language: str) -> InvalidInput:
    # Two letters that look alike ("de", "es") are no typing error: all are named, and the nearest by what it is like.
    spoken = [known.tag for known in languages().values() if known.spoken]
    wanted, near = repr(language[:64]), ""
    if meant := _meant(language):
        wanted += f" ({meant.display_name()})"
        nearest = min(spoken, key=lambda tag: langcodes.tag_distance(meant, tag))
        near = f"; the nearest is {nearest}" if langcodes.tag_distance(meant, nearest) < UNLIKE else ""
    return InvalidInput(
        f"no voice speaks the language {wanted}{near}; spoken are {', '.join(spoken)}", hint="oyez voices"
    )


def _meant(language: str) -> langcodes.Language | None:
    """The language that a tag or an English name means, one of all there are."""
    if langcodes.tag_is_valid(language):
        return langcodes.Language.get(language)
    try:
        return langcodes.find(language)
    except LookupError:
        return None


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:64].lower(), known, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""


@cache
def _installed(modules: tuple[str, ...]) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


@cache
def _read(file: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("oyez").joinpath("data", file).read_text(encoding="utf-8"))
