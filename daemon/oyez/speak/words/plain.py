"""Pure: rules for numbers alone: cardinals, ordinals, ranges, codes, years in their context."""

# ruff: noqa: RUF001 - dashes, the minus sign

from __future__ import annotations

import re

from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.rule import END, FREE_END, Rule, one_of, rule
from oyez.speak.words.units import Units

NOUN = r"(?=(?: (?P<noun>[^\W\d_]+))?)"  # what is counted may follow
AS_WRITTEN = "as it is written"  # the suffix of an ordinal, after the number in words


class Plain:
    """Numbers without a unit, in one language."""

    def __init__(self, language: Language, numbers: Numbers, units: Units) -> None:
        contexts = language.table["contexts"]
        months = language.locale.months["format"]["wide"].values()
        self._codes, self._years = one_of(contexts["digits"]), one_of([*contexts.get("year", ()), *months])
        self._kept: str = contexts.get("kept", r"(?!)")
        self._ordinals: dict[str, str] = language.table["ordinals"]
        self._units = one_of(symbol.strip() for symbol in units.close + units.spaced)
        self._numbers = numbers

    def kept(self) -> list[Rule]:
        """What the language knows to look like a number with a unit, and to be none: it stays."""
        return [rule(rf"(?:{self._kept}){END}", lambda match: match[0])]

    def ordinals(self) -> list[Rule]:
        """The rules for ordinals, which go before those for units: "3° piano"."""
        return [rule(rf"(?P<number>\d{{1,6}})(?P<suffix>{one_of(self._ordinals)})(?![\w/])", self._ordinal)]

    def rules(self) -> list[Rule]:
        """The other rules of the language."""
        number = self._numbers.pattern
        year = rf"(?P<before>(?:{self._years}) )(?P<year>(?:1[1-9]|20)\d\d)(?! ?(?:{self._units})(?!\w)){END}"
        return [
            rule(rf"(?P<before>(?:{self._codes}):? )(?P<digits>\d{{3,8}}){END}", self._code),
            rule(year, lambda match: match["before"] + self._numbers.year(match["year"])),
            rule(rf"(?P<from>{number}) ?[-–—] ?(?P<to>{number}){FREE_END}{NOUN}", self._range),
            rule(number + FREE_END + NOUN, self._cardinal),
        ]

    def _ordinal(self, match: re.Match[str]) -> str:
        """A suffix may hold the noun that makes it clear, which stays."""
        suffix, _, noun = match["suffix"].partition(" ")
        ruleset = self._ordinals[match["suffix"]]
        if ruleset == AS_WRITTEN:
            said = self._numbers.cardinal(match["number"]) + suffix
        else:
            said = self._numbers.spell(int(match["number"]), ruleset)
        return f"{said} {noun}" if noun else said

    def _code(self, match: re.Match[str]) -> str:
        return match["before"] + self._numbers.digits(match["digits"])

    def _range(self, match: re.Match[str]) -> str | None:
        """Only upwards: two numbers downwards are a score, or what else."""
        low, high = self._numbers.parse(match["from"]), self._numbers.parse(match["to"])
        if low is None or high is None or high.sign or (low.sign != "-" and low.value >= high.value):
            return None
        if (low.whole[0] == "0" and len(low.whole) > 1) or (len(low.whole), len(high.whole)) == (3, 4):  # a telephone's
            return None
        noun = match["noun"] or ""
        return f"{self._numbers.say(low, noun)} {self._numbers.words.to} {self._numbers.before(high, noun)}"

    def _cardinal(self, match: re.Match[str]) -> str | None:
        number = self._numbers.parse(match[0])
        if number is None or (number.decimals and "," in match[0] and self._numbers.words.group == ","):  # "7,8 and 9"
            return None
        if number.whole.startswith("0") and len(number.whole) > 1:  # "007" is a code
            return None if number.sign or number.decimals else self._numbers.digits(number.whole)
        return self._numbers.before(number, match["noun"] or "")
