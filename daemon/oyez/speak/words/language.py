"""Pure: a language as data: CLDR's part of it by babel and unicode-rbnf, the rest from `data/<language>.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from unicode_rbnf import RbnfEngine

# Which tag reads which files, the later over the earlier, and CLDR's name of it. A language's first is its default.
LANGUAGES = {
    "en-US": (("en",), "en_US"),
    "en-GB": (("en", "en-GB"), "en_GB"),
    "es": (("es",), "es"),
    "fr": (("fr",), "fr"),
    "it": (("it",), "it"),
    "pt-BR": (("pt",), "pt_BR"),
    "hi": (("hi",), "hi"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """`table` is the language's data by section, `locale` its CLDR data, `speller` its numbers in words."""

    table: dict[str, dict[str, Any]]
    locale: Locale
    speller: RbnfEngine


@cache
def language_of(tag: str) -> Language | None:
    """What a BCP-47 tag is read as: its region where we know it, else its language's default; None for others."""
    primary = tag.split("-", maxsplit=1)[0].lower()
    known = [name for name in LANGUAGES if name.split("-")[0] == primary]
    if not known:
        return None
    names, locale = LANGUAGES[next((name for name in known if name.lower() == tag.lower()), known[0])]
    table: dict[str, dict[str, Any]] = {}
    for name in names:
        for section, content in read(name).items():
            table[section] = {**table.get(section, {}), **content}
    return Language(table, Locale.parse(locale), RbnfEngine.for_language(primary))


def read(name: str) -> dict[str, Any]:
    """A file of `data/`, by its name."""
    return tomllib.loads(files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))
