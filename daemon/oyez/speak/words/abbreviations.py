"""Pure: rules for abbreviations and set phrases."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from oyez.speak.words.language import Language
from oyez.speak.words.rule import Rule, one_of, rule

CAPITAL = "[A-ZÀ-ÖØ-Þ]"
NAME = "[A-ZÀ-ÖØ-Þ\u0900-\u0963]"  # Devanagari has no capitals


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The section `abbreviations`: what each is said as: everywhere, before a name, before a number."""

    anywhere: dict[str, str] = field(default_factory=dict)
    before_name: dict[str, str] = field(default_factory=dict)
    before_number: dict[str, str] = field(default_factory=dict)


def rules(language: Language) -> list[Rule]:
    """The rules of a language."""
    short = Abbreviations(**language.table["abbreviations"])
    return [
        rule(rf"(?P<it>{one_of(short.before_number)})(?: |(?<=[#№°º]))(?=\d)", _from(short.before_number)),
        rule(rf"(?P<it>{one_of(short.before_name)}) (?={NAME})", _from(short.before_name)),
        rule(rf"(?P<it>{one_of(short.anywhere)})(?!\w|[=:@/]\S)(?P<last>(?= +{CAPITAL}| *$))?", _from(short.anywhere)),
    ]


def _from(table: dict[str, str]) -> Callable[[re.Match[str]], str]:
    def say(match: re.Match[str]) -> str:
        ends = match["it"].endswith(".") and match.groupdict().get("last") is not None
        return table[match["it"]] + "." * ends  # the dot of an abbreviation may also end the sentence

    return say
