"""A text of any length, a book say, in portions that are made ready one after another. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.speak import ssml

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 4_000  # characters
BREAKS = ("\n\n", "\n", ". ", " ")  # from the best to the least good place to cut


def portions(text: str, most: int = MOST) -> Iterator[str]:
    """The text in pieces of at most `most` characters, cut where a paragraph ends, else a line, a sentence, a word.

    SSML stays whole: its tags may stand around anything.
    """
    while len(text) > most and not ssml.recognised(text):
        cut = next((at + len(sign) for sign in BREAKS if (at := text.rfind(sign, 0, most - len(sign))) > 0), most)
        yield text[:cut]
        text = text[cut:]
    yield text
