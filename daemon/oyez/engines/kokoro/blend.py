"""Blends as people write them: `af_heart*0.6 + bf_emma*0.4`. Pure: which names, how much of each.

Shares are kept in thousandths, so that a blend has one name however it was written: the same sound, the same cache.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 4  # voices in one blend: its name fits where an announcement gives one
WHOLE = 1_000

_PART = re.compile(r"\s*(?P<name>[A-Za-z0-9_]+)\s*(?:\*\s*(?P<weight>\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})\s*)?")


def recognised(text: str) -> bool:
    """Whether a text is meant as a blend."""
    return "+" in text or "*" in text


def parse(text: str) -> dict[str, float]:
    """The share of each name in a blend, the largest first; together they are 1.

    A name without a weight has the weight 1; a name that comes twice has the sum. Raises InvalidInput.
    """
    parts = text.split("+")
    if len(parts) > MOST:
        raise InvalidInput(f"a blend of {len(parts)} voices; {MOST} are the most")
    weights: dict[str, float] = {}
    for part in parts:
        if (found := _PART.fullmatch(part)) is None:
            raise InvalidInput(
                f"{part.strip()[:64]!r} isn't a voice, or a voice and its weight",
                hint="a blend is written af_heart*0.6 + bf_emma*0.4 (oyez voices)",
            )
        weights[found["name"]] = weights.get(found["name"], 0.0) + float(found["weight"] or 1)
    if not any(weights.values()):
        raise InvalidInput(f"the weights in {text[:64]!r} are all 0")
    return _shares(weights)


def name(shares: Iterable[tuple[str, float]]) -> str:
    """The one name of a blend: `parse` gives the same shares again."""
    shares = list(shares)
    if len({share for _, share in shares}) == 1:
        return " + ".join(part for part, _ in shares)
    return " + ".join(f"{part}*{share:g}" for part, share in shares)


def _shares(weights: dict[str, float]) -> dict[str, float]:
    """Weights in whole thousandths that sum up to 1, nothing of 0; equal ones stay equal."""
    if len(set(weights.values())) == 1:
        return dict.fromkeys(sorted(weights), 1 / len(weights))
    total = sum(weights.values())
    exact = {part: round(weights[part] / total * WHOLE, 6) for part in sorted(weights)}
    parts = {part: math.floor(share) for part, share in exact.items()}
    # What flooring left over goes to those that lost most by it.
    for part in sorted(parts, key=lambda part: parts[part] - exact[part])[: WHOLE - sum(parts.values())]:
        parts[part] += 1
    return {part: parts[part] / WHOLE for part in sorted(parts, key=lambda part: (-parts[part], part)) if parts[part]}
