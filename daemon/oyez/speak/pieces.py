"""A text that arrives in pieces, from a language model or a pipe, given on sentence by sentence. Pure.

What is given on are texts that can be spoken each on its own; joined they are the whole again, but for spaces.
However a text was cut into pieces, it is given on in the same way. A sentence is given on once the word after it is
there, which tells that it has ended ("Dr." has not), or its line has ended. Markup isn't cut: what stands in
`[[...]]` waits for its end, and SSML, or whatever starts with `<`, for the end of all.
"""

# ruff: noqa: RUF001 - punctuation of many scripts

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from oyez.speak.text import clean, sentences
from oyez.speak.words import to_words

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_END = r"\n\r\v\f\x85\u2028\u2029"
_GAP = rf"[^\S{_LINE_END}]"
_CJK_END, _CJK_CLOSING = "。！？", "”’」』）》】〕〉"
# What decides. Nothing that decides may stand in what a step looks ahead at: it would come first when it comes late.
_STEP = re.compile(
    rf"""(?P<open>\[\[)
      | (?P<close>\]\])
      | (?P<line>[{_LINE_END}])
      | [.!?…؟।॥]+["'”’»)}}]*  (?={_GAP}+(?P<next>[^\s<\[\]{_CJK_END}]+)\s)
      | [{_CJK_END}]+[{_CJK_CLOSING}]*  (?={_GAP}*(?P<letter>[^\s{_CJK_END}{_CJK_CLOSING}<\[\]]))""",
    re.VERBOSE,
)


class Pieces:
    """Takes pieces and gives texts of whole sentences. `language` (BCP-47 tag) tells what is an abbreviation."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._text = ""  # what wasn't given on yet
        self._read = 0  # how far that was looked through
        self._depth = 0  # of markup that is open there
        self._whole: bool | None = None  # whether it isn't to be cut; None: nothing has come yet

    def feed(self, piece: str) -> Iterator[str]:
        """Take the next piece; the texts that are complete with it."""
        if self._whole is None and (piece := piece.lstrip()):
            self._whole = piece.startswith("<")
        self._text += piece
        while not self._whole and (step := _STEP.search(self._text, self._read)):
            self._read = step.end()
            if step["open"]:
                self._depth += 1
            elif step["close"]:
                self._depth = max(0, self._depth - 1)
            elif not self._depth and self._ends(step):
                yield from self._give(step.end())

    def finish(self) -> Iterator[str]:
        """There are no more pieces; what is left."""
        yield from self._give(len(self._text))

    def _give(self, end: int) -> Iterator[str]:
        text, self._text, self._read = self._text[:end], self._text[end:], 0
        if text.strip():
            yield text

    def _ends(self, step: re.Match[str]) -> bool:
        """Whether the sentence ends here: what follows makes no difference to how it is read."""
        if step["line"]:
            return True
        before, after = self._text[: step.end()], step["next"] or step["letter"]
        return self._sentences(f"{before} {after}") == self._sentences(before) + self._sentences(after)

    def _sentences(self, text: str) -> list[str]:
        return sentences(to_words(clean(text, self._language)[0], self._language))
