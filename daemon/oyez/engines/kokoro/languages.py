"""The languages that Kokoro speaks: what they are called, and what reads their letters."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache

import langcodes

from oyez.engines.kokoro.data import read
from oyez.errors import InvalidInput

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


@cache
def catalogue() -> dict[str, Language]:
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
        for tag, entry in read("voices.toml")["languages"].items()
    }


def find(asked: str, own: Language) -> Language:
    """The language that a BCP-47 tag or an ISO 639-3 code means. Raises InvalidInput, which names the nearest.

    A code that leaves the region open ("eng", "en") means `own` if it fits, else the first of the catalogue; an unknown
    region ("es-MX") means the language.
    """
    wanted = asked.strip().replace("_", "-").lower()
    primary = wanted.split("-")[0]
    others = list(catalogue().values())
    for language in (*(other for other in others if other.tag.lower() == wanted), own, *others):
        if wanted == language.tag.lower() or primary in (language.primary, language.iso639_3):
            return language
    raise _unspoken(asked)


def named(language: str) -> list[Language]:
    """The languages that a tag, an ISO 639-3 code or an English name means: both Englishes for "en", "eng", "english".

    Raises InvalidInput, which names the nearest.
    """
    wanted = language.strip().replace("_", "-").lower()
    found = [
        known
        for known in catalogue().values()
        if wanted in (known.tag.lower(), known.primary, known.iso639_3, known.name.lower(), *known.name.lower().split())
    ]
    if not found:
        raise _unspoken(language)
    return found


def known_tag(tag: str) -> str:
    """The tag of a language of the catalogue, with its region or without. Raises InvalidInput for any other."""
    known = {name for language in catalogue().values() for name in (language.tag, language.primary)}
    if tag not in known:
        raise _unspoken(tag)
    return tag


def _unspoken(language: str) -> InvalidInput:
    # Two letters that look alike ("de", "es") are no typing error: all are named, and the nearest by what it is like.
    spoken = [known.tag for known in catalogue().values() if known.spoken]
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


@cache
def _installed(modules: tuple[str, ...]) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)
