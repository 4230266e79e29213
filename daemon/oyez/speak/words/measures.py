"""Pure: rules for numbers with a unit, ranges of them, and durations like "1 h 05 min"."""

# ruff: noqa: RUF001 - dashes, the minus sign

from __future__ import annotations

import re
from decimal import Decimal

from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Number, Numbers
from oyez.speak.words.rule import END, Rule, one_of, rule
from oyez.speak.words.units import Units

DURATION_END = rf"(?<! ){END}"
# Spans of time run together, at least two of days, hours, minutes, seconds; "m" is minutes beside hours or seconds.
DURATION = (
    r"(?:(?P<d>\d{1,3}) ?d ?(?=\d))?(?:(?P<h>\d{1,3}) ?h(?:rs?)? ?)?"
    rf"(?:(?P<min>\d{{1,3}}) ?(?:min|mn|m)(?:\.(?= [a-zà-ÿ\d]))? ?)?(?:(?P<s>\d{{1,2}}) ?s(?:ec)?)?{DURATION_END}"
)
SHORT_DURATION = rf"(?P<h>\d{{1,3}})h(?P<min>[0-5]\d){DURATION_END}"  # "1h05"
SECOND = " s"  # as it stands among the symbols


class Measures:
    """Measured values in one language."""

    def __init__(self, language: Language, numbers: Numbers, units: Units) -> None:
        self._numbers, self._units = numbers, units
        self._per: str = language.table["units"]["per"]
        self._and: str = language.table["units"]["and"]

    def rules(self) -> list[Rule]:
        """The rules of the language."""
        number = self._numbers.pattern
        close = one_of(self._units.close)
        low = rf"(?P<from>{number})(?: ?(?P<first>{close}))?"
        unit = rf"(?: ?(?P<unit>{close})|(?P<spaced>{one_of(self._units.spaced)}))"
        unit += rf"(?:/(?P<per>{close}))?(?:{END}|(?=/[-+−]?\d))"
        dot = r"(?:\.(?= [a-zà-ÿ]))?"  # of an abbreviation, not of a sentence
        return [
            rule(DURATION, self._duration),
            rule(SHORT_DURATION, self._duration),
            rule(rf"{low} ?[-–—] ?(?P<to>{number}){unit}{dot}", self._range),
            rule(rf"(?P<number>{number}){unit}{dot}", self._single),
        ]

    def say(self, number: Number, symbol: str, per: str | None = None) -> str:
        """A number with its unit in words."""
        said = self._numbers.counted(number, self._units.name(symbol, number.count))
        return f"{said} {self._per} {self._units.name(per, Decimal(1))}" if per else said

    def per(self, symbol: str) -> str:
        """What follows a price: "per kilowatt-hour"."""
        return f"{self._per} {self._units.name(symbol, Decimal(1))}"

    def _single(self, match: re.Match[str]) -> str | None:
        if (number := self._numbers.parse(match["number"])) is None:
            return None
        return self.say(number, *self._unit(match))

    def _range(self, match: re.Match[str]) -> str | None:
        low, high = self._numbers.parse(match["from"]), self._numbers.parse(match["to"])
        symbol, per = self._unit(match)
        if low is None or high is None or (match["first"] or symbol) != symbol:
            return None
        first = self._numbers.say(low, self._units.name(symbol, high.count))
        return f"{first} {self._numbers.words.to} {self.say(high, symbol, per)}"

    @staticmethod
    def _unit(match: re.Match[str]) -> tuple[str, str | None]:
        return match["unit"] or match["spaced"], match["per"]

    def _duration(self, match: re.Match[str]) -> str | None:
        found = {unit: value for unit, value in match.groupdict().items() if value}
        if len(found) < 2:  # noqa: PLR2004 - alone it is a measure
            return None
        parts = [self.say(Number("", value), SECOND if unit == "s" else unit) for unit, value in found.items()]
        return " ".join([*parts[:-1], *([self._and] if self._and else []), parts[-1]])
