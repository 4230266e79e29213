"""Numbers and times of day in Spanish words."""
# ruff: noqa: SIM905

from __future__ import annotations

import random

_UNITS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"
    " dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés"
    " veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
).split()
_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()


def number(n: int) -> str:
    """Spell a whole number up to 100."""
    if n < 30:
        return _UNITS[n]
    if n < 100:
        return _TENS[n // 10 - 3] + (f" y {_UNITS[n % 10]}" if n % 10 else "")
    return "cien"


def counted(n: int) -> str:
    """Spell a number as it stands before a masculine noun: "un", "veintiún"."""
    text = number(n)
    if text.endswith("veintiuno"):
        return text[: -len("veintiuno")] + "veintiún"
    return text[:-1] if text.endswith("uno") else text


def decimal(tenths: int) -> str:
    """Spell a number given in tenths."""
    return f"{number(tenths // 10)} coma {_UNITS[tenths % 10]}"


def clock(hour: int, minute: int) -> str:
    """Spell a time of day on a twelve-hour clock, with its article."""
    before = minute in (40, 45, 50, 55)
    hour = hour % 12 + 1 if before else hour
    head = "la una" if hour == 1 else f"las {number(hour)}"
    if minute == 0:
        return head
    if before:
        return f"{head} menos {'cuarto' if minute == 45 else number(60 - minute)}"
    tail = {15: "cuarto", 30: "media"}.get(minute, number(minute))
    return f"{head} y {tail}"


def number_slots(rng: random.Random) -> dict[str, str]:
    """Draw one value for every slot that is a number or a time."""
    minute = rng.choice((0, 15, 30, 45, rng.randint(1, 35), rng.randint(1, 11) * 5))
    return {
        "n": number(rng.randint(2, 31) if rng.random() < 0.5 else rng.randint(0, 99)),
        "few": number(rng.randint(2, 12)),
        "digit": number(rng.randint(0, 9)),
        "percent": number(rng.choice((rng.randint(0, 99), rng.randint(1, 10) * 10))),
        "degrees": counted(rng.randint(0, 39)),
        "tenths": decimal(rng.randint(0, 399)),
        "time": clock(rng.randint(1, 12), minute),
    }
