"""Oyez's own markup: a few double brackets for people who write announcements by hand. Pure; any text is valid.

    [[pause]]  [[pause 2s]]  [[pause 500ms]]     silence; half a second where nothing is said
    [[slow:…]] [[fast:…]] [[loud:…]] [[soft:…]]  emphasis
    [[spell:AB12]]                               letter by letter
    [[fr:bonjour]]                               another language, by the same voice
    [[voice bf_emma:…]]                          another voice, in its own language
    [[/fəˈniːm/]]                                phonemes, IPA
    [[play doorbell]]                            a sound from the folder audio.media_dir

They may stand in one another. Other double brackets are read as what is in them, single ones are text.
"""

# ruff: noqa: RUF002 - phonemes

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from oyez.speak.spans import Manner, Writer, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.speak.spans import Marked

PAUSE = 0.5  # seconds, where none are given

_FORM = re.compile(
    r"""\[\[\s*(?:
          (?P<pause>pause)(?:\s+(?P<amount>\d{1,6}(?:\.\d{1,3})?)\s*(?P<unit>ms|s))?\s*\]\]
        | play\s+(?P<sound>[^\[\]\s][^\[\]]{0,255}?)\s*\]\]
        | /(?P<phonemes>[^\[\]/]{1,500})/\s*\]\]
        | (?P<manner>slow|fast|loud|soft|spell)\s*:
        | voice\s+(?P<voice>[^\[\]:\s][^\[\]:]{0,127}?)\s*:
        | (?P<language>[a-z]{2}(?:-[A-Za-z0-9]{2,8}){0,3})\s*:
        |
        )
      | (?P<end>\]\])""",
    re.VERBOSE,
)
_MANNERS: dict[str, Callable[[Manner], Manner]] = {
    "slow": lambda manner: manner.faster(0.75),
    "fast": lambda manner: manner.faster(1.3),
    "loud": lambda manner: manner.louder(1.5),
    "soft": lambda manner: manner.louder(0.5),
    "spell": lambda manner: replace(manner, spelled=True),
}


def parse(text: str) -> Marked:
    """What a text with (or without) markup says; what was opened and never closed goes on to its end."""
    writer, manners, position = Writer(), [Manner()], 0
    for form in _FORM.finditer(text):
        writer.say(text[position : form.start()], manners[-1])
        position = form.end()
        if form["end"] and len(manners) > 1:
            manners.pop()
        elif form["end"]:
            writer.say(form[0], manners[-1])
        elif not _complete(form, writer, manners[-1]):
            manners.append(_opened(form, manners[-1]))
    writer.say(text[position:], manners[-1])
    return writer.marked()


def _complete(form: re.Match[str], writer: Writer, manner: Manner) -> bool:
    """Write a form that has nothing inside; False for one that has."""
    if form["pause"]:
        writer.pause(seconds(form["amount"], form["unit"]) if form["amount"] else PAUSE)
    elif form["sound"]:
        writer.play(form["sound"], manner)
    elif form["phonemes"]:
        writer.say_phonemes(form["phonemes"], manner)
    else:
        return False
    return True


def _opened(form: re.Match[str], manner: Manner) -> Manner:
    """The manner inside a form: that around it where the form is none of ours."""
    if form["manner"]:
        return _MANNERS[form["manner"]](manner)
    if form["voice"]:
        return manner.by(form["voice"])
    return replace(manner, language=form["language"]) if form["language"] else manner
