"""Pure: the names of units: CLDR's by babel, own ones from the section `units` where it has none."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal
from babel.units import format_unit

from oyez.speak.words.language import Language, read


class Units:
    """The units of one language. Their symbols are `close` to a number or after a space, or always `spaced`."""

    def __init__(self, language: Language) -> None:
        self._locale = language.locale
        self._names: dict[str, list[str]] = language.table["units"]
        self._ids: dict[str, str] = {**read("units")["symbols"], **language.table.get("symbols", {})}
        self.close = [symbol for symbol in self._ids if not symbol.startswith(" ")]
        self.spaced = [symbol for symbol in self._ids if symbol.startswith(" ")]

    def name(self, symbol: str, value: Decimal) -> str:
        """The name of a unit, in the form that goes with a value."""
        unit = self._ids[symbol]
        if unit in self._names:
            one, other = self._names[unit]
            return one if self._locale.plural_form(value) == "one" else other
        written = format_decimal(value, locale=self._locale)
        said = format_unit(value, unit, "long", locale=self._locale)
        return said.replace(written, "", 1).replace("\xa0", " ").strip()
