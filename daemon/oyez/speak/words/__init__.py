"""Pure: text as people and machines write it into words as they are said; what isn't clear stays as it is."""

from __future__ import annotations

from functools import cache

from oyez.speak.words import abbreviations, phones
from oyez.speak.words.clock import Clock
from oyez.speak.words.dates import Dates
from oyez.speak.words.language import Language, language_of
from oyez.speak.words.measures import Measures
from oyez.speak.words.money import Money
from oyez.speak.words.net import Net
from oyez.speak.words.numbers import Numbers
from oyez.speak.words.plain import Plain
from oyez.speak.words.roman import Roman
from oyez.speak.words.rule import Rule, rewrite
from oyez.speak.words.units import Units


def to_words(text: str, language: str) -> str:
    """The text with numbers, times, dates, units, money, addresses, abbreviations in words of a language (BCP-47 tag).

    Languages without a table, Japanese and Chinese among them, stay as they are: their G2P reads numbers itself.
    """
    known = language_of(language)
    return text if known is None else rewrite(text, _rules(known))


@cache
def _rules(language: Language) -> tuple[Rule, ...]:
    """The rules in the order they are tried: the longest and surest forms first."""
    numbers, units = Numbers(language), Units(language)
    clock, measures, plain = (
        Clock(language, numbers),
        Measures(language, numbers, units),
        Plain(language, numbers, units),
    )
    return (
        *plain.kept(),
        *abbreviations.rules(language),
        *Roman(language, numbers).rules(),
        *plain.ordinals(),
        *Dates(language, numbers, clock).rules(),
        *phones.rules(language, numbers),
        *Net(language, numbers).rules(),
        *clock.rules(),
        *Money(language, numbers, units, measures).rules(),
        *measures.rules(),
        *plain.rules(),
    )
