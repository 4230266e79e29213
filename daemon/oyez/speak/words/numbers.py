"""Pure: numbers as they are written, understood and said in a language, agreeing with the noun that follows."""

# ruff: noqa: RUF001 - dashes, minus signs, apostrophes

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from oyez.speak.words.language import Language

NUMBER = r"[-−+]?\d{1,40}(?:[.,]\d{1,40}){0,15}"
SPACED = r"[-−+]?\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?:,\d{1,15})?(?![\d.]| \d)"
SOME = Decimal("0.0001")  # too little to be seen
MAX_DIGITS = 15  # longer numbers stay: nobody follows them, and CLDR's rules end there
GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*|\d{1,2}(?:,\d\d)+,\d{3}")  # 1,234,567 and 12,34,567


@dataclass(frozen=True, slots=True)
class Number:
    """A written number: its sign ("", "-" or "+"), its digits before and after the mark."""

    sign: str
    whole: str
    decimals: str = ""

    @property
    def value(self) -> Decimal:
        """Without its sign."""
        return Decimal(f"{self.whole}.{self.decimals or 0}")

    @property
    def is_millions(self) -> bool:
        """Whether it ends in the word "million" or one of more zeros."""
        return not self.decimals and int(self.whole) > 0 and int(self.whole) % 1_000_000 == 0

    @property
    def count(self) -> Decimal:
        """What the plural goes by: 1.0 is no more one than 1.5 is."""
        return self.value + SOME if self.decimals else Decimal(int(self.whole))


@dataclass(frozen=True, slots=True)
class NumberWords:
    """The section `numbers` of a language. Rule sets are CLDR's; `feminine` and `masculine` are patterns of nouns."""

    plain: str
    year: str
    point: str
    minus: str
    plus: str
    to: str
    decimals: Literal["digit by digit", "as a number"] = "digit by digit"
    group: str = ","
    agreeing: str = r"(?!)"  # numbers that change with the gender of their noun
    for_masculine: str = ""
    for_feminine: str = ""
    masculine: str = r"(?!)"
    feminine: str = r"(?!)"
    of_millions: str = ""  # between millions and their noun: "un millón de euros"
    elisions: tuple[tuple[str, str], ...] = ()


class Numbers:
    """Numbers of one language: `parse` what is written, then say it."""

    def __init__(self, language: Language) -> None:
        self.words = NumberWords(**language.table["numbers"])
        self._speller = language.speller
        self.pattern = f"(?:{SPACED}|{NUMBER})" if self.words.group == " " else NUMBER  # for `parse` to understand

    def parse(self, written: str) -> Number | None:
        """What a number means, None when that isn't clear.

        A single mark before three digits groups only where the language groups with it: home systems write states with
        a point whatever the language.
        """
        sign = written[0].replace("−", "-") if written[0] in "-−+" else ""
        digits = re.sub(r"\s", "", written[len(sign) :])
        whole, mark, decimals = digits, "", ""
        if last := max(digits.rfind("."), digits.rfind(",")) + 1:
            whole, mark, decimals = digits[: last - 1], digits[last - 1], digits[last:]
        if GROUPED.fullmatch(digits) and (mark == self.words.group or digits.count(mark) > 1) and whole[0] != "0":
            whole, decimals = digits, ""
        if not whole.isdigit():
            if not GROUPED.fullmatch(whole) or (decimals and mark in whole):
                return None
            whole = whole.replace(".", "").replace(",", "")
        return Number(sign, whole, decimals) if max(len(whole), len(decimals)) <= MAX_DIGITS else None

    def say(self, number: Number, noun: str = "") -> str:
        """A number in words, before `noun` if there is one."""
        said = [{"-": self.words.minus, "+": self.words.plus}[number.sign]] if number.sign else []
        if number.decimals:
            return " ".join([*said, self.cardinal(number.whole), self.words.point, self._decimals(number.decimals)])
        return " ".join([*said, self.cardinal(number.whole, noun)])

    def cardinal(self, digits: str | int, noun: str = "") -> str:
        """A whole number in words, in the gender of the noun where that tells it."""
        rules, words = self.words.plain, self.words
        if noun and re.fullmatch(words.agreeing, str(int(digits))):
            first = noun.split(maxsplit=1)[0].lower()
            if re.fullmatch(words.feminine, first):
                rules = words.for_feminine
            elif re.fullmatch(words.masculine, first):
                rules = words.for_masculine
        return self.spell(int(digits), rules)

    def counted(self, number: Number, noun: str) -> str:
        """A number and its noun: "una hora", "un'ora", "un millón de euros"."""
        of = f" {self.words.of_millions}" if self.words.of_millions and number.is_millions and noun else ""
        return self.elided(f"{self.say(number, noun)}{of} {noun}")

    def elided(self, said: str) -> str:
        """Words as they are said one after the other: "un'ora", "d'euros"."""
        for pattern, instead in self.words.elisions:
            said = re.sub(pattern, instead, said)
        return said

    def before(self, number: Number, word: str) -> str:
        """A number as it is said before a word, if that is a noun: "una", "un'", "un millón de"."""
        noun = word if re.fullmatch(f"{self.words.feminine}|{self.words.masculine}", word.lower()) else ""
        return self.counted(number, noun).removesuffix(noun).rstrip()

    def digits(self, digits: str) -> str:
        """One digit after the other."""
        return " ".join(self.cardinal(digit) for digit in digits)

    def year(self, year: str | int) -> str:
        """A year in words."""
        return self.spell(int(year), self.words.year)

    def spell(self, number: int, rules: str) -> str:
        """A number by a rule set of CLDR."""
        return self._speller.format_number(number, ruleset_names=[rules]).text.replace("\xad", "")

    def _decimals(self, decimals: str) -> str:
        short = len(decimals.lstrip("0")) <= 2  # noqa: PLR2004 - "virgule zéro cinq", "virgule vingt-cinq"
        if self.words.decimals == "digit by digit" or not short or not decimals.strip("0"):
            return self.digits(decimals)
        zeros = len(decimals) - len(decimals.lstrip("0"))
        return " ".join([self.cardinal(0)] * zeros + [self.cardinal(decimals)])
