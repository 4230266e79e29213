"""Pure: rules for Roman numerals, after words and names that say that they are ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.rule import Rule, one_of, rule

ROMAN = r"(?P<numeral>(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))"  # up to 399
ROMAN_END = r"(?![\w'’]|\.\w|-\w)"  # noqa: RUF001 - an apostrophe
VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


@dataclass(frozen=True, slots=True)
class RomanWords:
    """The section `roman`: nouns before a numeral that is counted, names before one that is ordered."""

    nouns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    name_rules: str = ""  # CLDR's rule set after names; plain numbers where empty
    name_rules_until: int = 399  # from the next on a plain number: "Felipe sexto", "Luis catorce"
    name: str = "{name} {number}"
    feminine_names: tuple[str, ...] = ()
    feminine_rules: str = ""
    ordered: dict[str, str] = field(default_factory=dict)  # what follows an ordinal, "e siècle": CLDR's rule set
    lone: str = "VX"  # numerals of one letter that are ones after such words: not "tipo C"


class Roman:
    """Roman numerals in one language."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self.words = RomanWords(**language.table.get("roman", {}))
        self._numbers = numbers

    def rules(self) -> list[Rule]:
        """The rules of the language."""
        names = [*self.words.names, *self.words.feminine_names]
        return [
            rule(rf"(?P<noun>{one_of(self.words.nouns)}) {ROMAN}{ROMAN_END}", self._counted),
            rule(rf"(?P<name>{one_of(names)}) {ROMAN}{ROMAN_END}", self._named),
            rule(rf"{ROMAN}(?P<after>{one_of(self.words.ordered)})(?!\w)", self._ordered),
        ]

    def _counted(self, match: re.Match[str]) -> str | None:
        if not self._clear(match["numeral"]):
            return None
        return f"{match['noun']} {self._numbers.cardinal(_value(match['numeral']))}"

    def _named(self, match: re.Match[str]) -> str | None:
        if not self._clear(match["numeral"]):
            return None
        value = _value(match["numeral"])
        rules = self.words.feminine_rules if match["name"] in self.words.feminine_names else self.words.name_rules
        ordinal = rules and value <= self.words.name_rules_until
        number = self._numbers.spell(value, rules) if ordinal else self._numbers.cardinal(value)
        return self.words.name.format(name=match["name"], number=number)

    def _ordered(self, match: re.Match[str]) -> str:
        said = self._numbers.spell(_value(match["numeral"]), self.words.ordered[match["after"]])
        return said + match["after"][match["after"].index(" ") :]

    def _clear(self, numeral: str) -> bool:
        return len(numeral) > 1 or numeral in self.words.lone


def _value(numeral: str) -> int:
    values = [VALUES[letter] for letter in numeral]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))
