"""Pure: a rule is a pattern, and what is said for a match of it; the rules of a language are tried in order."""

# ruff: noqa: RUF001 - quotation marks, dashes

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Say = Callable[[re.Match[str]], str | None]

# Where something readable may begin: not inside a word, path, address, or number.
START = re.compile(
    r"(?:^|(?<=[\s(\[{«“„‘¿¡<>≥≤≈~±|;!?—#№])|(?<=[^\W\d_][:=])|(?<=\s[–:=])|(?<=[\s(][\"'])|(?<=\b[nN][°º])|(?<=[°CF%]/))(?=\S)",
    re.MULTILINE,
)
# A sentence has ended, not an abbreviation: "Sig. 5".
SENTENCE_START = re.compile(r"(?:^|[\s(\[«“])(?![A-ZÀ-ÖØ-Þ]\w{0,4}\.\s)\S*[.!?…][\"”»)]?\s+$")
LONGEST_WORD = 40
# Where it may end: not before more of a word, number, time, date, address or path. A word may follow a number by a
# hyphen: "a 3-day trip".
FREE_END = r"(?![\w²³]|[,'’]\d|[:=]\S|[-–]\d|\.{0,3}[@/\\]\w|\.{1,3}\w|[+=*^$€£¥₹]\d| ?[°%]|-[A-Z_])"
END = rf"{FREE_END}(?!-\w)"


@dataclass(frozen=True, slots=True)
class Rule:
    """`say` gives the words for a match, or None: it isn't clear, the next rule may know."""

    pattern: re.Pattern[str]
    say: Say


def rule(pattern: str, say: Say) -> Rule:
    """A rule of a pattern that isn't compiled yet; `$` is the end of a line."""
    return Rule(re.compile(pattern, re.MULTILINE), say)


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first; never matches when there are none."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or r"(?!)"


def rewrite(text: str, rules: tuple[Rule, ...]) -> str:
    """The text with each place where a rule is sure said its way; what no rule is sure of stays as it is."""
    said: list[str] = []
    done = 0
    for start in START.finditer(text):
        if start.start() < done:
            continue
        if found := _first(text, start.start(), rules):
            end, words = found
            said.append(text[done : start.start()])
            if SENTENCE_START.search("".join(said[-3:])[-LONGEST_WORD:]):
                words = words[0].upper() + words[1:]  # else nobody sees that a sentence has ended
            said += [words, " "] if text[end : end + 1].isalnum() else [words]
            done = end
    return "".join([*said, text[done:]])


def _first(text: str, start: int, rules: tuple[Rule, ...]) -> tuple[int, str] | None:
    for rule in rules:
        if (match := rule.pattern.match(text, start)) and (words := rule.say(match)) is not None:
            return match.end(), words
    return None
