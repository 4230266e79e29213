"""What was made of speeches that were cut: when one of them goes on, its sentences aren't made a second time. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from oyez.model import SPEECH_RATE
from oyez.script import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.model import SpeechChunk
    from oyez.script import Script

MOST_S = 60.0  # seconds of speech, 6 MB


class Begun:
    """The beginnings of the last such speeches, by what each is known by."""

    def __init__(self) -> None:
        self._chunks: OrderedDict[str, list[SpeechChunk]] = OrderedDict()

    def keep(self, key: str, chunks: list[SpeechChunk]) -> None:
        """One was cut when these had been made of it."""
        self._chunks[key] = chunks
        while sum(map(_seconds, self._chunks.values())) > MOST_S:
            self._chunks.popitem(last=False)

    def take(self, key: str, script: Script) -> tuple[list[SpeechChunk], Script, Script]:
        """The chunks of what was made whole, the part of the script that they say, and the part still to be made."""
        chunks, made, place = self._chunks.pop(key, []), 0, 0
        lines = [(place, item) for place, item in enumerate(script.items) if isinstance(item, Line)]
        silent = []
        for number, chunk in enumerate(chunks):
            if chunk.text is None:
                continue
            while lines and lines[0][1].text != chunk.text:
                silent.append(lines.pop(0)[1])
            if not lines:
                return [], replace(script, items=()), script
            made, place = number, lines.pop(0)[0]
        said = tuple(item for item in script.items[:place] if item not in silent)
        rest = replace(script, items=script.items[place:], notes=() if made else script.notes)
        return chunks[:made], replace(script, items=said), rest


def _seconds(chunks: Sequence[SpeechChunk]) -> float:
    return sum(len(chunk.samples) for chunk in chunks) / SPEECH_RATE
