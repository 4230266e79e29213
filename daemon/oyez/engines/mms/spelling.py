"""Hot words as a language says and writes them: without their article, numbers in words, in its symbols. Pure.

Recognisers hear "lampe zwei" where people write "Lampe 2". CLDR has rules for 87 languages; in others digits are left
out, unless the language's own vocabulary has them. Articles change with what is before them: who looks for "el pasillo"
hears it where "del pasillo" was said.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import langcodes
from unicode_rbnf import RbnfEngine

from oyez.engines.mms.table import SAME_LANGUAGE, base, known, tag

if TYPE_CHECKING:
    from oyez.engines.mms.symbols import Symbols

_NUMBER = re.compile(r"\d+", re.ASCII)
_ARTICLES = {
    "deu": {"das", "dem", "den", "der", "des", "die"},
    "eng": {"the"},
    "fra": {"la", "le", "les"},
    "ita": {"gli", "i", "il", "la", "le", "lo"},
    "nld": {"de", "het"},
    "por": {"a", "as", "o", "os"},
    "spa": {"el", "la", "las", "los"},
}
AT_ONCE = 4  # digits that are said as one number; more of them, and those after a zero, one by one


def spelt(phrase: str, language: str, symbols: Symbols) -> list[tuple[tuple[str, ...], ...]]:
    """The words of a phrase in symbols of a language (as MMS names it), once for each way to say it.

    That is without an article at its beginning, with its numbers in words and, where the vocabulary has digits, also as
    they are written; none where nothing of it can be spelt.
    """
    name = without_article(phrase, language)
    forms = [said(name, language)]
    if any(digit in symbols.text for digit in "0123456789"):
        forms.append(name)
    return [words for form in dict.fromkeys(forms) if (words := symbols.spell(form))]


def said(phrase: str, language: str) -> str:
    """The phrase with its numbers in words: "zimmer 12a" as "zimmer zwölf a"; as it is where CLDR has no rules."""
    if not _NUMBER.search(phrase) or (rules := _rules(language)) is None:
        return phrase
    return _NUMBER.sub(lambda found: f" {_in_words(found[0], rules)} ", phrase)


def without_article(phrase: str, language: str) -> str:
    """The phrase without an article at its beginning, in the languages whose articles are known here."""
    first, _, rest = phrase.partition(" ")
    return rest if rest and first.lower() in _ARTICLES.get(language, ()) else phrase


def _in_words(digits: str, rules: RbnfEngine) -> str:
    whole = len(digits) <= AT_ONCE and (digits[0] != "0" or digits == "0")
    numbers = [digits] if whole else list(digits)
    return " ".join(rules.format_number(int(number)).text.replace("\xad", "") for number in numbers)


@cache
def _rules(language: str) -> RbnfEngine | None:
    if not langcodes.tag_is_valid(base(language)):  # a checkpoint may name its languages as it likes
        return None
    row = known().get(language)
    names = {name.replace("_", "-"): name for name in RbnfEngine.get_supported_languages()}
    nearest, _ = langcodes.closest_match(tag(language, row.script if row else ""), [*names], max_distance=SAME_LANGUAGE)
    return RbnfEngine.for_language(names[nearest]) if nearest in names else None
