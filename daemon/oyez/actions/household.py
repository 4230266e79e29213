"""What has to do with the daemon itself: voices, languages, health, info, config, reload, log level."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Level, Request, action
from oyez.config import schema
from oyez.engines.kokoro import voices as kokoro
from oyez.engines.mms import languages as mms
from oyez.models.listing import described
from oyez.outside import known_only, refuse


class Nothing(Request):
    """Nothing."""


class Query(Request):
    """What to look for."""

    query: str = Field("", max_length=100, description="part of a name or language; all where it is left out")


class Wanted(Request):
    """A level; left out, it stays as it is."""

    level: Level | None = Field(
        None, description="`debug`, `info`, `warning` or `error`, until the next reload or start"
    )


class LogLevel(Answer):
    """The least severity that is logged."""

    level: str


class ConfigKey(Request):
    """A key of the config."""

    key: str = Field("", max_length=200, description="its path, as in `rooms.kitchen.voice`; all where it is left out")


class ConfigValue(Answer):
    """A key and its value; a secret is stars."""

    key: str
    value: Any


class Voice(Answer):
    """A voice."""

    name: str
    language: str
    language_name: str
    gender: str
    grade: str | None = None


class Voices(Answer):
    """The voices of the catalogue."""

    voices: list[Voice]


class Language(Answer):
    """A language that can be heard."""

    code: str
    name: str
    autonym: str
    installed: bool


class Languages(Answer):
    """The languages that are installed."""

    languages: list[Language]


class Model(Answer):
    """A model, and whether it is here; `licence` is that of its weights."""

    name: str
    purpose: str
    licence: str
    size: int
    installed: bool
    damaged: bool
    languages: list[str]
    path: str


class Models(Answer):
    """The models that Oyez knows."""

    models: list[Model]


class Health(Answer):
    """How the parts are: what `bridge/health` tells, of this moment."""

    healthy: bool
    uptime_s: int
    stuck: list[str]
    troubles: dict[str, str]
    parts: dict[str, Any]


class Info(Answer):
    """What `bridge/info` tells."""

    info: dict[str, Any]


class Reloaded(Answer):
    """The keys of the config that changed; the daemon lives by them within seconds."""

    changed: list[str]


class Restarted(Answer):
    """Whether it starts anew, right after this answer."""

    restarting: bool


class Schema(Answer):
    """The JSON schema of the config file."""

    config_schema: dict[str, Any]


@action(Query, Voices, plain="query", reads=True)
async def voices(_: Home, asked: Asked[Query]) -> Voices:
    """List the voices that speak."""
    catalogue = await asyncio.to_thread(kokoro.catalogue)  # read from the disk the first time
    wanted = asked.request.query.casefold()
    found = [one for one in catalogue.values() if wanted in f"{one.name} {one.language.name}".casefold()]
    told = [
        Voice(
            name=one.name,
            language=one.language.tag,
            language_name=one.language.name,
            gender=one.gender,
            grade=one.grade,
        )
        for one in found
    ]
    return Voices(voices=told)


@action(Query, Languages, plain="query", reads=True)
async def languages(home: Home, asked: Asked[Query]) -> Languages:
    """List the languages that are heard."""
    found = await asyncio.to_thread(mms.search, asked.request.query, home.languages)
    return Languages(languages=[Language(**asdict(one)) for one in found if one.installed])


@action(Nothing, Models, reads=True)
async def models(home: Home, _: Asked[Nothing]) -> Models:
    """List the models that there are, and which are installed."""
    rows = await asyncio.to_thread(described, home.config.models_dir)
    return Models(models=[Model(**asdict(row)) for row in rows])


@action(Nothing, Health, reads=True)
async def health(home: Home, _: Asked[Nothing]) -> Health:
    """Tell how the parts of the daemon are."""
    return Health(**home.health.snapshot())


@action(Nothing, Info, reads=True)
async def info(home: Home, _: Asked[Nothing]) -> Info:
    """Tell version, rooms, languages and config."""
    return Info(info=home.info())


@cache
def _schema() -> dict[str, Any]:
    return schema.tree()


@action(Nothing, Schema, reads=True)
async def config_schema(_: Home, __: Asked[Nothing]) -> Schema:
    """Tell which keys the config file may have, as JSON schema."""
    return Schema(config_schema=await asyncio.to_thread(_schema))


@action(Nothing, Reloaded)
async def reload(home: Home, _: Asked[Nothing]) -> Reloaded:
    """Read the config again; one with a mistake changes nothing, and the mistake is told."""
    return Reloaded(changed=await home.control.reread())


@action(Nothing, Restarted)
async def restart(home: Home, asked: Asked[Nothing]) -> Restarted:
    """Start anew, devices and engines too, with the config that is in force; what waits to be said is said after."""
    anew = not asked.redelivered  # if so, it has just started: to obey would be to start for ever
    if anew:
        home.control.restart()
    return Restarted(restarting=anew)


@action(Wanted, LogLevel, plain="level")
async def log_level(home: Home, asked: Asked[Wanted]) -> LogLevel:
    """Tell or change how much is logged."""
    if asked.request.level:
        home.control.log_from(asked.request.level)
    return LogLevel(level=home.control.log_level)


@action(ConfigKey, ConfigValue, plain="key", reads=True)
async def config_get(home: Home, asked: Asked[ConfigKey]) -> ConfigValue:
    """Tell the value of a key of the config, or the whole of it."""
    key = asked.request.key
    value: Any = home.config.describe()
    for name in filter(None, key.split(".")):
        if not isinstance(value, dict):
            refuse(f"there is nothing below {key.rpartition('.')[0]!r} in the config")
        known_only([name], value, what="config key")
        value = value[name]
    return ConfigValue(key=key, value=value)
