"""How near a transcript is to what was said. The loop's tests are about the loop; how well mms-mini hears is its card's."""

from __future__ import annotations

import difflib
import re

NEAR = 0.6  # letters in order that agree; the transcripts of noise and of other sentences stay below 0.5


def letters(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def near(heard: str, said: str) -> bool:
    """Whether this is what was said, give or take some letters."""
    return difflib.SequenceMatcher(None, letters(heard), letters(said), autojunk=False).ratio() >= NEAR
