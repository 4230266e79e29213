"""Scripts without an engine: of a cast in which everybody is there."""

from functools import partial

from oyez.ports import Role
from oyez.speak import script


def prepare(text, language, **options):
    """The script of a text for an engine whose voice `own` speaks `language`, and that has all voices and languages."""
    return script.prepare(text, partial(_cast, language), **options)


def _cast(own, voice=None, language=None):
    return Role(voice or "own", language or own)
