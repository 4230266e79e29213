"""Numbers and times of day in English words."""
# ruff: noqa: SIM905

from __future__ import annotations

import random

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def number(n: int) -> str:
    """Spell a whole number up to 100."""
    if n < 20:
        return _UNITS[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f" {_UNITS[n % 10]}" if n % 10 else "")
    return "one hundred"


def decimal(tenths: int) -> str:
    """Spell a number given in tenths."""
    return f"{number(tenths // 10)} point {_UNITS[tenths % 10]}"


def clock(hour: int, minute: int) -> str:
    """Spell a time of day on a twelve-hour clock."""
    if minute == 0:
        return f"{number(hour)} o'clock"
    if minute == 15:
        return f"quarter past {number(hour)}"
    if minute == 30 and hour % 2:
        return f"half past {number(hour)}"
    if minute == 45:
        return f"quarter to {number(hour % 12 + 1)}"
    return f"{number(hour)} {'oh ' if minute < 10 else ''}{number(minute)}"


def number_slots(rng: random.Random) -> dict[str, str]:
    """Draw one value for every slot that is a number or a time."""
    minute = rng.choice((0, 15, 30, 45, rng.randint(1, 59), rng.randint(1, 11) * 5))
    return {
        "n": number(rng.randint(1, 31) if rng.random() < 0.5 else rng.randint(0, 99)),
        "few": number(rng.randint(2, 12)),
        "digit": number(rng.randint(0, 9)),
        "percent": number(rng.choice((rng.randint(0, 99), rng.randint(1, 10) * 10))),
        "degrees": number(rng.randint(0, 39)),
        "tenths": decimal(rng.randint(0, 399)),
        "time": clock(rng.randint(1, 12), minute),
    }
