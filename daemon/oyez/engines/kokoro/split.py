"""Pure: phonemes into pieces that the model can say in one run. Nothing is dropped."""

from __future__ import annotations

LIMIT = 510  # phonemes of one run: the model's 512 positions less the padding at both ends

SENTENCE_ENDS = frozenset(".!?…")
CLAUSE_ENDS = frozenset(",;:—)”")
SPACE = frozenset(" ")
BOUNDARIES = (SENTENCE_ENDS, CLAUSE_ENDS, SPACE)  # from the most to the least natural place to breathe

LEANS_BACK = frozenset("ːʰʲᵝ\u0303")  # belongs to the phoneme before it
LEANS_AHEAD = frozenset("ˈˌ")  # belongs to the phoneme after it


def split(phonemes: str, limit: int = LIMIT) -> list[str]:
    """Pieces of at most `limit` phonemes that give the whole again when joined, but for spaces at the cuts.

    Cuts behind the end of a sentence where one lies in the second half of what fits, else of a clause, else of a word;
    a word longer than the limit is cut in itself.
    """
    pieces = []
    rest = phonemes.strip()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _cut(text: str, limit: int) -> int:
    """Where to cut a text longer than the limit: 1 to `limit`."""
    for earliest in (limit // 2, 0):
        for ends in BOUNDARIES:
            for at in range(limit, earliest, -1):
                if text[at - 1] in ends or (ends is SPACE and text[at] in ends):
                    return at
    return _inside_word(text, limit)


def _inside_word(text: str, limit: int) -> int:
    at = limit
    while at > 1 and (text[at] in LEANS_BACK or text[at - 1] in LEANS_AHEAD):
        at -= 1
    return at if at > 1 else limit
