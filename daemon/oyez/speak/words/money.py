"""Pure: rules for amounts of money: the sign before or after, cents, ranges, prices per unit."""

# ruff: noqa: RUF001 - dashes, minus signs, apostrophes

from __future__ import annotations

import re
from dataclasses import replace

from babel.numbers import get_currency_name

from oyez.speak.words.language import Language
from oyez.speak.words.measures import Measures
from oyez.speak.words.numbers import Number, Numbers
from oyez.speak.words.rule import END, Rule, one_of, rule
from oyez.speak.words.units import Units

CODES = ("USD", "EUR", "GBP", "CHF", "JPY", "INR", "BRL", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "MXN")
MANY = Number("", "2")  # a number that takes the plural


class Money:
    """Money in one language. The section `money` names what the signs are called every day; codes are CLDR's."""

    def __init__(self, language: Language, numbers: Numbers, units: Units, measures: Measures) -> None:
        words = language.table["money"]
        self._locale, self._numbers, self._units, self._measures = language.locale, numbers, units, measures
        self._names: dict[str, list[str]] = words["names"]  # the sign's unit, and units, and cent, and cents
        self._with: str = words["with"]
        self._magnitudes: dict[str, str] = words.get("magnitudes", {})

    def rules(self) -> list[Rule]:
        """The rules of the language."""
        sign, number = one_of([*self._names, *CODES]), self._numbers.pattern
        per = rf"(?: ?/ ?(?P<per>{one_of(self._units.close)}))?{END}"
        large = rf"(?: (?P<large>{one_of(self._magnitudes)})(?!\w))?"
        upto = rf"(?:[-–](?P=money)?(?P<to>{number}))?"
        return [
            rule(rf"(?P<sign>[-−+]?)(?P<money>{sign}) ?(?P<from>{number}){upto}{large}{per}", self._say),
            rule(rf"(?P<from>{number})(?:[-–](?P<to>{number}))?{large}(?: d[ei])? ?(?P<money>{sign}){per}", self._say),
        ]

    def _say(self, match: re.Match[str]) -> str | None:
        groups = match.groupdict()
        low, high = (self._numbers.parse(groups[key]) if groups[key] else None for key in ("from", "to"))
        if low is None or (low.sign and groups.get("sign")) or bool(groups["to"]) != bool(high):
            return None
        low = replace(low, sign=low.sign or groups.get("sign", "").replace("−", "-"))
        return self._amounts(low, high, match) + (f" {self._measures.per(groups['per'])}" if groups["per"] else "")

    def _amounts(self, low: Number, high: Number | None, match: re.Match[str]) -> str:
        if high:
            return f"{self._numbers.say(low)} {self._numbers.words.to} {self._amount(high, match['money'])}"
        if large := match["large"]:
            name = self._magnitudes[large] + self._name(match["money"], MANY)
            return self._numbers.elided(f"{self._numbers.say(low, large)} {large} {name}")
        return self._amount(low, match["money"])

    def _amount(self, amount: Number, money: str) -> str:
        """Two decimals are cents, where the currency has them; others are read as a number."""
        names = self._names.get(money, [])
        if len(amount.decimals) != 2 or len(names) < 4:  # noqa: PLR2004
            return self._numbers.counted(amount, self._name(money, amount))
        whole, cents = replace(amount, decimals=""), replace(amount, whole=amount.decimals, decimals="")
        said_whole = self._numbers.counted(whole, self._name(money, whole))
        if cents.value == 0:
            return said_whole
        cent = names[2 + (cents.value != 1)]
        if whole.value == 0:
            return self._numbers.counted(cents, cent)
        return f"{said_whole} {self._with} {self._numbers.counted(replace(cents, sign=''), cent)}"

    def _name(self, money: str, amount: Number) -> str:
        if money in self._names:
            return self._names[money][self._locale.plural_form(amount.count) != "one"]
        return get_currency_name(money, amount.count, self._locale)
