"""Volume as people write it: a factor (0.5), percent ("50%") or decibels ("-6 dB"). Pure; the one parser."""

from __future__ import annotations

import math
import re

MOST = 2.0  # a factor; six decibels
PATTERN = r"[+-]?(\d{1,3}(\.\d{0,3})?|\.\d{1,3})\s*(%|dB)"  # of one that is text

_WRITTEN = re.compile(r"\s*(?P<number>[+-]?(?:\d{1,3}(?:\.\d{0,3})?|\.\d{1,3}))\s*(?P<unit>%|db)\s*", re.IGNORECASE)


def parse(value: object) -> float:
    """The factor of a volume, 0 to `MOST`. Raises ValueError, which says what a volume is."""
    factor = _factor(value)
    if not 0.0 <= factor <= MOST:  # refuses NaN too
        raise ValueError(f"should be from 0 to {MOST:g}, to {MOST:.0%}, or to +6 dB")
    return float(factor)


def of_decibels(decibels: float) -> float:
    """The factor of a gain in dB."""
    return math.pow(10, decibels / 20)


def _factor(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or (written := _WRITTEN.fullmatch(value)) is None:
        raise ValueError('should be a factor (0.5), percent ("50%") or decibels ("-6 dB")')
    number = float(written["number"])
    return number / 100 if written["unit"] == "%" else of_decibels(number)
