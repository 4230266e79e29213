"""Pure: rules for dates: ISO, the language's own order in digits, and days beside the name of a month."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from oyez.speak.words.clock import Clock
from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.rule import END, Rule, one_of, rule


@dataclass(frozen=True, slots=True)
class DateWords:
    """The section `dates`: templates of {day}, {month} and {year}."""

    numeric: str  # the day and month of a date in digits
    year: str  # what a year adds
    day_month: str  # "24 November", as it is written
    month_day: str = ""  # "November 24"; empty where nobody writes so
    day: str = ""  # CLDR's rule set for days; plain numbers where empty
    first: str = ""  # the first of a month, where it has its own word
    of: str = ""  # what may stand between day and month, and month and year


class Dates:
    """The dates of one language."""

    def __init__(self, language: Language, numbers: Numbers, clock: Clock) -> None:
        self.words = DateWords(**language.table["dates"])
        self._numbers, self._clock = numbers, clock
        self._names = language.locale.months["format"]["wide"]
        self._month_first = language.locale.date_formats["short"].pattern.startswith("M")
        short = language.locale.months["format"]["abbreviated"]
        self._months = {
            name.lower().rstrip("."): month for names in (short, self._names) for month, name in names.items()
        }

    def rules(self) -> list[Rule]:
        """The rules of the language."""
        of, month = rf" (?:{self.words.of} )?" if self.words.of else " ", self._month_pattern()
        year = rf"(?:(?:,? |{of})(?P<year>\d{{4}}))?{END}"
        time = r"(?:[T ](?P<time>[0-2]\d:[0-5]\d)(?::00)?)?"
        iso = rf"(?P<year>\d{{4}})(?P<mark>[-/])(?P<month>\d\d)(?P=mark)(?P<day>\d\d){time}"
        digits = r"(?P<a>\d{1,2})(?P<mark>[-/.])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4}|(?<=/)\d\d)"
        found = [
            rule(iso + END, self._iso),
            rule(digits + END, self._digits),
            rule(rf"(?P<day>\d{{1,2}})[º°]?{of}(?P<month>{month}){year}", self._named),
        ]
        if self.words.month_day:
            found.append(rule(rf"(?P<month>{month}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?{year}", self._named))
        return found

    def _month_pattern(self) -> str:
        """Full names; short ones with a capital, a dot or a year, as "set" and "mar" are words too."""
        wide, short = list(self._names.values()), [name for name in self._months if name not in self._names.values()]
        full, capital = one_of([*wide, *map(str.capitalize, wide)]), one_of(map(str.capitalize, short))
        return rf"(?:{full}|(?:{capital})\.?|(?:{one_of(short)})(?:\.|(?= \d{{4}})))(?!\w)"

    def _iso(self, match: re.Match[str]) -> str | None:
        date = self._say(self.words.numeric, int(match["day"]), int(match["month"]), match["year"])
        if date is None or not match["time"]:
            return date
        hour, minute = map(int, match["time"].split(":"))
        return f"{date}, {self._clock.say(hour, minute)}" if hour <= 23 else None  # noqa: PLR2004

    def _digits(self, match: re.Match[str]) -> str | None:
        first, second = int(match["a"]), int(match["b"])
        if self._month_first and match["mark"] != ".":  # with dots the day is first everywhere
            first, second = second, first
        year = match["year"] if len(match["year"]) > 2 else f"20{match['year']}"  # noqa: PLR2004
        numeric = self.words.numeric
        return self._say(numeric, first, second, year) or self._say(numeric, second, first, year)

    def _named(self, match: re.Match[str]) -> str | None:
        month = self._months[match["month"].lower().rstrip(".")]
        day_first = match.start("day") < match.start("month")
        template = self.words.day_month if day_first else self.words.month_day
        return self._say(template, int(match["day"]), month, match["year"])

    def _say(self, template: str, day: int, month: int, year: str | None) -> str | None:
        try:
            dt.date(int(year or 2000), month, day)  # a leap year
        except ValueError:
            return None
        said = template.format(day=self._day(day), month=self._names[month])
        return said + self.words.year.format(year=self._numbers.year(year)) if year else said

    def _day(self, day: int) -> str:
        if day == 1 and self.words.first:
            return self.words.first
        return self._numbers.spell(day, self.words.day) if self.words.day else self._numbers.cardinal(day)
