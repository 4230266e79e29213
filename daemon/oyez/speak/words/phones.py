"""Pure: rules for telephone numbers, where their form or the word before says that they are ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

from oyez.speak.words.language import Language
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.rule import END, Rule, one_of, rule

PHONE_END = rf"{END}(?! \d)"
INTERNATIONAL = r"\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,6}"
AREA_IN_BRACKETS = r"\(\d{2,4}\) ?\d{3,5}[ .-]\d{4}"
AMERICAN = r"(?:1-)?\d{3}(?P<mark>[-.])\d{3}(?P=mark)\d{4}"
FEWEST = 7  # digits


@dataclass(frozen=True, slots=True)
class PhoneWords:
    """The section `phones`: words before a number, the country's own patterns, how groups of digits are said."""

    words: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    pairs_are_numbers: bool = False


def rules(language: Language, numbers: Numbers) -> list[Rule]:
    """The rules of a language."""
    words = PhoneWords(**language.table["phones"])

    def say(match: re.Match[str]) -> str | None:
        groups = re.findall(r"\d+", match["number"])
        if sum(map(len, groups)) < FEWEST:
            return None
        plus = f"{numbers.words.plus} " if match["number"].startswith("+") else ""
        said = ", ".join(_group(words, numbers, group) for group in groups)
        return match.groupdict().get("before", "") + plus + said

    called = rf"(?P<before>(?:{one_of(words.words)}):? )(?P<number>\d{{2,5}}(?:[ .-]\d{{2,8}}){{1,5}}|\d{{7,13}}){END}"
    forms = "|".join([*words.patterns, INTERNATIONAL, AREA_IN_BRACKETS, AMERICAN])
    return [rule(called, say), rule(rf"(?P<number>{forms}){PHONE_END}", say)]


def _group(words: PhoneWords, numbers: Numbers, digits: str) -> str:
    if words.pairs_are_numbers and len(digits) == 2 and digits[0] != "0":  # noqa: PLR2004 - a pair
        return numbers.cardinal(digits)
    return numbers.digits(digits)
