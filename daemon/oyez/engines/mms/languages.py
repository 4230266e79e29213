"""What people call a language (`de`, `de-DE`, `German`, `sr-Cyrl`), and what MMS does (`srp-script_cyrillic`)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import langcodes

from oyez.engines.mms.prepared import RECORD, Prepared
from oyez.engines.mms.source import Source
from oyez.engines.mms.table import SAME_LANGUAGE, Known, bare_tag, base, known, tag
from oyez.errors import ModelMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

USUAL_MEMBERS = {"ms": "zlm"}  # macrolanguage -> the member that CLDR doesn't know as the usual one
MODEL = "mms-1b-all"
NAMED = 5  # languages named in a message


@dataclass(frozen=True, slots=True)
class Language:
    """One language: MMS's code, its English name and its own, and whether its adapter is installed.

    `iso639_1` and `script` are empty where there is none, or where nobody says; `tag` is BCP 47.
    """

    code: str
    name: str
    autonym: str
    installed: bool
    iso639_1: str
    tag: str
    script: str


def installed(folder: Path) -> tuple[str, ...]:
    """The languages of a prepared folder, or of one in Hugging Face layout. Raises ModelMissing, ModelDamaged."""
    if not (folder / RECORD).is_file() and (folder / "config.json").is_file():
        return Source(folder).languages
    return Prepared.open(folder).languages


def resolve(language: str, available: Sequence[str]) -> str:
    """The available code that a person means. Raises ModelMissing with the nearest and the command that installs it."""
    return language if language in available else _resolve(language, tuple(available))


def several(text: str) -> list[str]:
    """One language, or several parted by commas."""
    return [one.strip() for one in text.split(",")]


def resolve_all(text: str, available: Sequence[str]) -> tuple[str, ...]:
    """The available codes of one language, or several parted by commas. Raises as `resolve` does; InvalidInput."""
    return tuple(dict.fromkeys(resolve(one, available) for one in several(text)))


def named(language: str) -> str:
    """The code in MMS's table that a person means. Raises ModelMissing with the nearest."""
    return resolve(language, tuple(known()))


def search(query: str, available: Iterable[str]) -> list[Language]:
    """Languages whose code, tag or name contains the query, then those that it names; installed ones first."""
    have = set(available)
    codes = [*sorted(have), *(code for code in known() if code not in have)]
    rows = [_known(code) for code in codes]
    needle = query.strip().casefold()
    found = [row.code for row in rows if needle in f"{row.code} {row.title}".casefold()]
    found += [code for code in _fitting(query, codes) if code not in found]
    found += (
        [] if found or not query else [code for code in codes if needle in _described(code, have).autonym.casefold()]
    )
    return [_described(code, have) for code in sorted(found, key=lambda code: code not in have)]


def describe(code: str, *, installed: bool) -> Language:
    """A language's names and codes by MMS's code."""
    return _described(code, {code} if installed else set())


@lru_cache(maxsize=256)
def _resolve(language: str, available: tuple[str, ...]) -> str:
    fitting = _fitting(language, available)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ModelMissing(f"{language!r} may be any of {', '.join(fitting)}", hint="name one of them as the language")
    have = ", ".join(available[:NAMED]) + (f" and {len(available) - NAMED} more" if len(available) > NAMED else "")
    can = _fitting(language, tuple(known()))
    if not can:
        near = ", ".join(f"{row.code} ({row.title})" for row in _nearest(language))
        raise ModelMissing(f"MMS has no language {language!r}; the nearest: {near}", hint="oyez languages lists them")
    text = f"no recognition model for language {language!r} is installed; installed: {have or 'none'}"
    raise ModelMissing(text, hint=f"oyez models install {MODEL} --language {can[0]}")


def _fitting(text: str, codes: Sequence[str]) -> list[str]:
    """The codes of the language and script that a person means; the script that CLDR thinks likeliest comes first."""
    wanted = _wanted(text)
    if wanted is None:
        return [text] if text in codes else []
    bare = USUAL_MEMBERS.get(wanted.language or "", wanted.language or "")
    found = [code for code in codes if langcodes.tag_distance(bare, base(code)) <= SAME_LANGUAGE]
    found = found or [code for code in codes if _macrolanguage(base(code)) == bare]
    script = wanted.script or ""
    if script:
        found = [code for code in found if _known(code).script in (script, "")]
    likely = langcodes.Language.get(bare).maximize().script
    return sorted(found, key=lambda code: (_known(code).script != likely, code))


def _wanted(text: str) -> langcodes.Language | None:
    """The language a person means, None when nobody knows it."""
    if text in known():
        row = known()[text]
        return langcodes.Language.get(tag(row.code, row.script))
    name = text.strip().partition("-script_")[0]
    try:
        return langcodes.Language.get(name) if langcodes.tag_is_valid(name) else langcodes.find(name)
    except LookupError:
        return None


def _nearest(text: str) -> list[Known]:
    """The same language in other scripts; else known ones whose names or codes look like the text."""
    wanted = _wanted(text)
    if wanted and wanted.script and (others := _fitting(wanted.language or "", tuple(known()))):
        return [_known(code) for code in others]
    names = {row.name.casefold(): row for row in known().values()} | known()
    found = difflib.get_close_matches(text.casefold(), names, n=NAMED, cutoff=0.0)
    return list(dict.fromkeys(names[name] for name in found))[:3]


def _macrolanguage(iso639_3: str) -> str | None:
    return langcodes.Language.get(iso639_3).prefer_macrolanguage().language


def _known(code: str) -> Known:
    """What the table has of a code; of a model's own language, what can be told."""
    return known().get(code) or Known(code, "", langcodes.Language.get(base(code)).display_name())


def _described(code: str, have: set[str]) -> Language:
    row, spoken = _known(code), langcodes.Language.get(base(code))
    bare = bare_tag(code)
    short = bare if len(bare) == 2 else ""  # noqa: PLR2004 - ISO 639-1 has two letters
    return Language(code, row.title, spoken.autonym(), code in have, short, tag(code, row.script), row.script)
