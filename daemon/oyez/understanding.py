"""Understanding, made from the config: how letters are read, what is expected, what is done to transcripts."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from oyez.engines.mms import languages
from oyez.engines.mms.reader import Decoding
from oyez.errors import ConfigError, InvalidInput, OyezError
from oyez.listen import rewrite
from oyez.listen.expected import Expected
from oyez.listen.rewrite import Rewriting
from oyez.outside import known_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from oyez.config import AsrConfig, RoomConfig
    from oyez.health import Health


def decoding(asr: AsrConfig, installed: Sequence[str]) -> Decoding:
    """How logits are read. Raises ConfigError for a language that isn't `installed` and a file that isn't there."""
    return Decoding(
        asr.beam_width,
        _files("words", asr.words, installed),
        _files("language_models", asr.language_models, installed),
    )


def rewriting(asr: AsrConfig, installed: Sequence[str]) -> Rewriting:
    """What is done to transcripts. Raises ConfigError for a language that isn't `installed`."""
    corrections, digits = {}, set()
    for language, table in asr.corrections.items():
        with blaming(f"asr.corrections.{language}"):
            every = language == rewrite.EVERY_LANGUAGE
            corrections[language if every else languages.resolve(language, installed)] = table
    for language in asr.digits:
        with blaming("asr.digits"):
            digits.add(code := languages.resolve(language, installed))
            known_only([code], rewrite.NUMBERS, what="language of numbers")
    return Rewriting(corrections, digits, sentence=asr.casing == "sentence")


def expected(asr: AsrConfig, rooms: Mapping[str, RoomConfig], health: Health) -> Expected:
    """What the house expects to hear in these rooms."""
    return Expected(asr.hot_words, {name: room.hot_words for name, room in rooms.items()}, health.part("hot words"))


@contextlib.contextmanager
def blaming(key: str) -> Iterator[None]:
    """What is wrong inside is the fault of a key of the config."""
    try:
        yield
    except OyezError as error:
        raise ConfigError(f"{key}: {error.message}", hint=error.hint) from error


def _files(name: str, files: Mapping[str, Path], installed: Sequence[str]) -> dict[str, Path]:
    found = {}
    for language, path in files.items():
        with blaming(f"asr.{name}.{language}"):
            found[languages.resolve(language, installed)] = path
            if not path.is_file():
                raise InvalidInput(f"{path}: no such file")
    return found
