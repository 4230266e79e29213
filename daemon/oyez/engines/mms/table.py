"""The languages of mms-1b-all: 1,198 adapters. Meta counts 1,162 languages: some have one for each script or dialect.

`data/mms-languages.csv` has MMS's code, the script (empty where nobody says) and the English name. The codes are those
of Meta's demonstration of the model; names and tags are CLDR's and IANA's, by langcodes; scripts are those of the
codes, else of Omnilingual ASR's list for the same language, else CLDR's likeliest.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import langcodes

# CLDR's language distance: 0 the same (zh, cmn), 1 a macrolanguage and its usual member (no, nob), more: another one
SAME_LANGUAGE = 1
FILE = resources.files("oyez") / "data" / "mms-languages.csv"


@dataclass(frozen=True, slots=True)
class Known:
    """One adapter that can be had: MMS's code, its script (ISO 15924) and English name."""

    code: str
    script: str
    name: str

    @property
    def title(self) -> str:
        """The name, with script or dialect where the code has one: Serbian (Cyrillic)."""
        variant = self.code.partition("_")[2]
        return f"{self.name} ({variant})" if variant else self.name


@cache
def known() -> dict[str, Known]:
    """All of them, by code."""
    rows = csv.DictReader(FILE.read_text(encoding="utf-8").splitlines())
    return {row["code"]: Known(**row) for row in rows}


def base(code: str) -> str:
    """ISO 639-3 of MMS's code: without script and dialect."""
    return code.partition("-")[0] if "_" in code else code


def bare_tag(code: str) -> str:
    """BCP 47 language of MMS's code; of the usual member of a macrolanguage, that: zh for cmn, sw for swh."""
    spoken = langcodes.Language.get(base(code))
    macro = spoken.prefer_macrolanguage().language or ""
    usual = len(macro) == 2 and langcodes.tag_distance(macro, base(code)) <= SAME_LANGUAGE  # noqa: PLR2004 - letters
    own = spoken.language or base(code)
    return macro if usual and len(own) > len(macro) else own


def tag(code: str, script: str) -> str:
    """BCP 47 tag of MMS's code; the script is named where the code names it, a dialect isn't."""
    bare = bare_tag(code)
    return f"{bare}-{script}" if "-script_" in code and script else bare
