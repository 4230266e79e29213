"""Languages: what people write (`en`, `en-GB`, `English`, `eng`) to what MMS names (`eng`, `azj-script_latin`)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import langcodes

from oyez.engines.mms.prepared import Prepared
from oyez.errors import ModelMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# CLDR's language distance: 0 the same (zh, cmn), 1 a macrolanguage and its usual member (no, nob), more: another one
SAME_LANGUAGE = 1
MODEL = "mms-1b-all"


@dataclass(frozen=True, slots=True)
class Language:
    """One language: MMS's code, its English name and its own, and whether its adapter is installed."""

    code: str
    name: str
    autonym: str
    installed: bool


def installed(folder: Path) -> tuple[str, ...]:
    """The languages of a prepared folder. Raises ModelMissing, ModelDamaged."""
    return Prepared.open(folder).languages


def resolve(language: str, available: Sequence[str]) -> str:
    """The available code that a person means. Raises ModelMissing with the nearest and the command that installs it."""
    wanted = _tag(language)
    if language in available:
        return language
    fitting = [code for code in available if wanted and _distance(wanted, code) <= SAME_LANGUAGE]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ModelMissing(f"{language!r} may be any of {', '.join(fitting)}", hint="name one of them as the language")
    near = difflib.get_close_matches(language, available, n=3, cutoff=0.0) if len(available) > 3 else list(available)  # noqa: PLR2004
    text = f"no recognition model for language {language!r} is installed; installed: {', '.join(near) or 'none'}"
    raise ModelMissing(text, hint=f"oyez models install {MODEL} --language {_code(wanted) if wanted else language}")


def search(query: str, available: Iterable[str]) -> list[Language]:
    """Installed languages whose code or name contains the query, then the one that it names, installed or not."""
    have = list(available)
    rows = [describe(code, installed=True) for code in have]
    needle = query.casefold()
    found = [row for row in rows if needle in f"{row.code} {row.name} {row.autonym}".casefold()]
    wanted = _tag(query) if query else None
    if wanted and not any(_distance(wanted, row.code) <= SAME_LANGUAGE for row in found):
        found += [row for row in rows if _distance(wanted, row.code) <= SAME_LANGUAGE] or [
            describe(_code(wanted), installed=False)
        ]
    return found


def describe(code: str, *, installed: bool) -> Language:
    """A language's names by MMS's code."""
    spoken = langcodes.Language.get(_base(code))
    return Language(code, spoken.display_name(), spoken.autonym(), installed)


def _tag(text: str) -> str | None:
    """The language a person means as a bare BCP 47 language (no region), None when nobody knows it."""
    tag = _base(text.strip())
    try:
        return langcodes.Language.get(tag).language if langcodes.tag_is_valid(tag) else langcodes.find(tag).language
    except LookupError:
        return None


def _code(tag: str) -> str:
    """ISO 639-3 of a bare language tag."""
    return langcodes.Language.get(tag).to_alpha3()


def _base(code: str) -> str:
    """MMS's code without its script suffix, which isn't BCP 47."""
    return code.partition("-script_")[0]


def _distance(tag: str, code: str) -> int:
    return langcodes.tag_distance(tag, _base(code))
