"""What was said and what was heard, word for word: without capitals and punctuation."""

from __future__ import annotations

import re


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
