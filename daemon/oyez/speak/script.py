"""From what people write to the script that an engine speaks: markup, lexicon, languages, words, sentences. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput
from oyez.script import Line, Part, Pause, Script, Sound
from oyez.speak import markup, ssml
from oyez.speak.letters import by_script
from oyez.speak.lexicon import Lexicon
from oyez.speak.spans import Manner, Play, Span
from oyez.speak.text import clean, has_sound, sentences, unsaid
from oyez.speak.words import to_words

if TYPE_CHECKING:
    from oyez.ports import Cast, FindSound, Role
    from oyez.speak.spans import Item

# A letter alone is a word in English, and the article's sound isn't the letter's.
LETTERS = Lexicon({"en": {"A": "/ˈeɪ/"}})  # noqa: RUF001 - phonemes
NO_WORDS = Lexicon({})

_SENTENCE_END = re.compile(r"[.!?…][\"”»)\]]*$")
_CLOSING = re.compile(r"[,;:.!?…)\]”»]+(?!\w)")
_LINE_END = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")


def prepare(text: str, cast: Cast, *, lexicon: Lexicon = NO_WORDS, find_sound: FindSound | None = None) -> Script:
    """The script of a text, which is SSML where it starts with `<speak`, else plain or with our own markup.

    Control characters, emoji and letters of scripts that nobody here can read are left out, and what markup asks for
    and isn't there is done without: notes tell. Every line end ends a sentence. Raises InvalidInput when nothing of it
    can be said.
    """
    marked = ssml.parse(text) if ssml.recognised(text) else markup.parse(text)
    scribe = _Scribe(cast, lexicon, find_sound)
    for item in marked.items:
        scribe.write(item)
    notes = (*marked.notes, *scribe.notes)
    if not any(isinstance(item, Line | Sound) for item in scribe.items):
        raise InvalidInput("; ".join(["nothing in this text can be said", *notes]))
    return Script(tuple(scribe.items), notes)


def sounds_of(text: str) -> list[str]:
    """The names of the sounds that a text plays, each once."""
    marked = ssml.parse(text) if ssml.recognised(text) else markup.parse(text)
    names = [item.name for item in marked.items if isinstance(item, Play)]
    return list(dict.fromkeys(names))


class _Scribe:
    """Writes a script. A line is `_open` while its sentence goes on: what is said in the same manner joins it."""

    def __init__(self, cast: Cast, lexicon: Lexicon, find_sound: FindSound | None) -> None:
        self.items: list[Line | Pause | Sound] = []
        self._cast = cast
        self._lexicon = lexicon
        self._find_sound = find_sound
        self._open = False
        self._notes: dict[str, None] = {}
        self._left_out: dict[str, None] = {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What was done without, in words."""
        return (*self._notes, *([unsaid(list(self._left_out))] if self._left_out else []))

    def write(self, item: Item) -> None:
        """Go on with the next item of a marked-up text."""
        if isinstance(item, Pause):
            self._open = False
            self.items.append(item)
        elif not (item.manner.instead_of and self._sound(item.manner.instead_of)):
            if isinstance(item, Play):
                self._play(item)
            else:
                self._say(item)

    def _play(self, item: Play) -> None:
        if path := self._sound(item.name):
            self._open = False
            self.items.append(Sound(path, item.manner.volume))

    def _say(self, span: Span) -> None:
        manner = span.manner
        own = self._role(manner.voice, manner.language)
        if span.phonemes:
            self._add(Part(span.text, own.language, span.phonemes), own, manner)
            return
        for text, language in by_script(span.text, own.language.split("-")[0]):
            self._read(text, self._role(manner.voice, language) if language else own, manner)

    def _read(self, text: str, role: Role, manner: Manner) -> None:
        """Add a text in one language: its words as the lexicon has them, numbers in words, sentence by sentence."""
        lexicon = LETTERS if manner.spelled else self._lexicon
        for piece, phonemes in lexicon.pieces(_spelled(text) if manner.spelled else text, role.language):
            if phonemes:
                self._add(Part(piece, role.language, phonemes), role, manner)
                continue
            self._open = self._open and not _LINE_END.search(piece[: len(piece) - len(piece.lstrip())])
            cleaned, left_out = clean(piece, role.language)
            self._left_out.update(dict.fromkeys(left_out))
            for number, sentence in enumerate(sentences(to_words(cleaned, role.language))):
                self._open = self._open and not number
                self._add(Part(" ".join(sentence.split()), role.language), role, manner)
            self._open = self._open and not _LINE_END.search(piece[len(piece.rstrip()) :])

    def _add(self, part: Part, role: Role, manner: Manner) -> None:
        """Add a piece to the line that is open, if it is in the same manner, or begin a line with it."""
        if self._open and (closing := _CLOSING.match(part.text)) and not part.phonemes:
            self._close(closing[0])
            part = replace(part, text=part.text[closing.end() :].lstrip())
        if part.phonemes or has_sound(part.text):
            line = Line((part,), role.voice, manner.speed, manner.volume)
            before = self.items[-1] if self._open else None
            if isinstance(before, Line) and replace(before, parts=line.parts) == line:
                self.items[-1] = replace(before, parts=(*before.parts, part))
            else:
                self.items.append(line)
            self._open = True
        self._open = self._open and not _SENTENCE_END.search(self._line().text)

    def _close(self, marks: str) -> None:
        """Give closing marks to the piece that they follow, whatever its manner."""
        line = self._line()
        last = line.parts[-1]
        said = last.phonemes + marks if last.phonemes else None
        self.items[-1] = replace(line, parts=(*line.parts[:-1], replace(last, text=last.text + marks, phonemes=said)))

    def _line(self) -> Line:
        """The line that is open."""
        line = self.items[-1]
        assert isinstance(line, Line)
        return line

    def _role(self, voice: str | None, language: str | None) -> Role:
        role = self._cast(voice, language)
        self._notes.update(dict.fromkeys(role.notes))
        return role

    def _sound(self, name: str) -> str | None:
        """The path of a sound, or None and a note."""
        try:
            return _no_sounds(name) if self._find_sound is None else self._find_sound(name)
        except InvalidInput as error:
            self._notes[error.message] = None
            return None


def _no_sounds(name: str) -> str:
    raise InvalidInput(f"the sound {name[:64]!r} isn't played: audio.media_dir names no folder for sounds")


def _spelled(text: str) -> str:
    """The letters, digits and signs of a text, one by one."""
    signs: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if signs and unicodedata.category(char).startswith("M"):
            signs[-1] += char
        elif not char.isspace():
            signs.append(char.upper())
    return ", ".join(signs)
