"""Pure: rules for times of day and spans of them: "7:45 PM", "19h45", "9:00-17:00"."""

# ruff: noqa: RUF001 - dashes, minus signs, apostrophes

from __future__ import annotations

import re
from dataclasses import dataclass, field

from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.rule import END, Rule, rule

NOON = 12
# "p.m." gives its last dot to the sentence that it ends.
HALF = r" ?(?P<half{0}>[aApP])(?:\. ?[mM](?:\.(?! +[A-ZÁÉÍÓÚÑ]| *$))?|[mM])(?!\w)"


@dataclass(frozen=True, slots=True)
class ClockWords:
    """The section `clock`: templates of {h} hours, {hours} their noun, {m} minutes, {part} of the day; patterns."""

    full: str  # 9:00
    minutes: str  # 7:45
    late_full: str = ""  # 0:00, 13:00 and later; as `full` where empty
    small_minutes: str = ""  # 7:05; as `minutes` where empty
    full_half: str = "{h}"  # 9:00 PM
    with_part: str = "{time} {part}"
    parts: tuple[tuple[int, str], ...] = ((0, "AM"), (12, "PM"))  # from which hour on the half of the day is called so
    fixed: dict[str, str] = field(default_factory=dict)  # "0:00": "midnight"
    mark: str = ":"
    after: str = ""  # what may follow and is said already: "19:45 h"
    after_minutes: str = ""  # how that is said after minutes
    hours: tuple[str, str] = ("", "")
    minute: str = ""  # the noun that minutes agree with, though it isn't said
    to: str = ""  # between two times; as between numbers where empty


class Clock:
    """Times of day in one language."""

    def __init__(self, language: Language, numbers: Numbers) -> None:
        self.words = ClockWords(**language.table["clock"])
        self._numbers = numbers

    def rules(self) -> list[Rule]:
        """The rules of the language."""
        first, second = self._pattern(1), self._pattern(2)
        return [rule(rf"{first} ?[-–] ?{second}{END}", self._span), rule(first + END, self._single)]

    def say(self, hour: int, minute: int, half: str = "") -> str:
        """A time of day in words; `half` is "a" or "p" where the clock has twelve hours."""
        words = self.words
        if half:
            said = self._fill(self._minutes(minute) if minute else words.full_half, hour, minute)
            since_midnight = hour % NOON + NOON * (half == "p")
            part = [name for start, name in words.parts if start <= since_midnight][-1]
            return words.with_part.format(time=said, part=part)
        if fixed := words.fixed.get(f"{hour}:{minute:02}"):
            return fixed
        late = words.late_full if hour > NOON or hour == 0 else ""
        return self._fill(self._minutes(minute) if minute else late or words.full, hour, minute)

    def _pattern(self, number: int) -> str:
        hour = rf"(?P<hour{number}>[01]?\d|2[0-3])"
        minute = rf"(?:(?:{self.words.mark})(?P<minute{number}>[0-5]\d)(?! ?(?:min|mn|m)(?!\w)))?"
        after = f"(?P<after{number}>{self.words.after})?" if self.words.after else ""
        return rf"{hour}{minute}(?:{HALF.format(number)})?{after}"

    def _single(self, match: re.Match[str]) -> str | None:
        return self._time(match, 1) if match["minute1"] or match["half1"] else None

    def _span(self, match: re.Match[str]) -> str | None:
        """The first half of the day may be left to the second: "7-9 PM"."""
        if not match["half2"] and not (match["minute2"] and (match["minute1"] or match["half1"])):
            return None
        leaning = bool(match["half2"]) and not match["half1"]
        first, second = self._time(match, 1, leaning=leaning), self._time(match, 2)
        return f"{first} {self.words.to or self._numbers.words.to} {second}" if first and second else None

    def _time(self, match: re.Match[str], number: int, *, leaning: bool = False) -> str | None:
        hour, minute = int(match[f"hour{number}"]), int(match[f"minute{number}"] or 0)
        half = (match[f"half{number}"] or "").lower()
        if (half or leaning) and not 1 <= hour <= NOON:
            return None
        if leaning:
            return self._fill(self._minutes(minute) if minute else "{h}", hour, minute)
        ending = self.words.after_minutes if minute and match.groupdict().get(f"after{number}") else ""
        return self.say(hour, minute, half) + ending

    def _minutes(self, minute: int) -> str:
        return self.words.small_minutes or self.words.minutes if minute < 10 else self.words.minutes  # noqa: PLR2004

    def _fill(self, template: str, hour: int, minute: int) -> str:
        noun = self.words.hours[hour > 1]
        hours, minutes = self._numbers.cardinal(hour, noun), self._numbers.cardinal(minute, self.words.minute)
        return template.format(h=hours, hours=noun, m=minutes)
