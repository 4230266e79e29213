"""The steps of `oyez init`: broker, language, voice, models. Each asks, tries what it is told, and asks again."""

from __future__ import annotations

import asyncio
import locale
from typing import TYPE_CHECKING, Any

from oyez.cli import brokers, show
from oyez.cli.models import install as install_models
from oyez.cli.options import config_or_demo
from oyez.cli.voices import let_hear, player
from oyez.config import EMBEDDED, BrokerConfig, Secret, TlsConfig, default_models_dir, load
from oyez.config.secrets import read_secret
from oyez.engines.kokoro import languages as spoken_languages
from oyez.engines.kokoro import voices
from oyez.engines.mms import languages as mms
from oyez.errors import BrokerUnavailable, InvalidInput, ModelDamaged, ModelMissing, OyezError
from oyez.models import catalogue, store
from oyez.models.space import in_words
from oyez.mqtt.connection import Address, Refused
from oyez.mqtt.embedded import find_program
from oyez.mqtt.talk import visit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from oyez.cli.questions import Questions
    from oyez.config import Config

DEMO, FULL, SPEAKS = "mms-mini", mms.MODEL, "kokoro-v1.0-int8"
HEARS = "hears"  # begins the purpose of what hears, in the catalogue
MOST_SHOWN = 12  # of the languages or voices to choose from
USER = "oyez"


def broker(
    questions: Questions, given: str | None, username: str | None, password_file: Path | None
) -> tuple[dict[str, Any], str | None]:
    """The keys of the section `broker`, and the password where one was typed: a broker that let us in.

    Raises BrokerUnavailable where nobody is there to say what else to try.
    """
    options: dict[str, str] = {}
    if given is None:
        show.out.print("Looking for the MQTT broker ...")
        options = {str(place): "answers" for place in asyncio.run(brokers.find())}
    if find_program("mosquitto", "mosquitto"):
        options[EMBEDDED] = "a broker of its own, for this machine only"
    default = next(iter(options), str(brokers.USUAL[0]))
    while True:
        place = questions.choose("MQTT broker, as HOST or HOST:PORT", options, default, _place, given)
        if place.host == EMBEDDED:
            return {"host": EMBEDDED}, None
        try:
            return _login(questions, place, username, password_file)
        except BrokerUnavailable as problem:
            if questions.silent or given is not None:
                raise
            show.error(problem)


def language(questions: Questions, given: str | None) -> str:
    """What is spoken in the house: codes of MMS, parted by commas."""
    usual = (locale.getlocale()[0] or "en").partition("_")[0]
    return questions.ask(
        "Language spoken in the house, by name or code (several: with commas)", usual, _heard, given=given
    )


def recogniser(questions: Questions, heard: str, given: str | None) -> str:
    """The model that hears these languages."""
    wanted = set(mms.several(heard))
    fitting = {
        name: f"{model.purpose}; {in_words(model.size)}, {model.licence}"
        for name, model in catalogue.models().items()
        if model.purpose.startswith(HEARS) and (name != DEMO or wanted <= set(model.languages))
    }
    here = [name for name in reversed(fitting) if not list(lacking(default_models_dir(), name, wanted))]
    usual = here[0] if here else DEMO if DEMO in fitting else FULL

    def read(name: str) -> str:
        if name not in fitting and catalogue.model(name).name == DEMO:
            raise InvalidInput(f"{DEMO} hears English and Spanish only", hint=f"take {FULL}")
        return catalogue.model(name).name

    return questions.choose("What is to hear it", fitting, usual, read, given)


def voice(questions: Questions, heard: str | None, given: str | None, speaker: str) -> str:
    """The voice, one of the language that is heard first, if there is one."""
    found = sorted(_voices(mms.several(heard)[0] if heard else "eng"), key=_rank)
    options = {one.name: f"{one.language.name}, {one.gender}, grade {one.grade or '-'}" for one in found[:MOST_SHOWN]}
    while True:
        name = questions.choose("Voice", options, found[0].name, lambda name: voices.find(name).name, given)
        if questions.silent or given is not None or list(lacking(default_models_dir(), SPEAKS)):
            return name
        if not questions.yes(f"Hear {name}", default=False) or _heard_well(questions, name, speaker):
            return name


def models(questions: Questions, path: Path, *, install: bool | None) -> None:
    """Fetch the models that the config needs and that aren't here, if it is wanted; else say how."""
    config = load(path)
    for name, languages in missing(config):
        size = in_words(catalogue.model(name).size) if name in catalogue.models() else "of yours"
        wanted = False if questions.silent and install is None else install
        if questions.yes(f"{name} ({size}) isn't here. Fetch it", default=True, given=wanted):
            install_models([name], languages, None, path, None)
        else:
            spoken = "".join(f" --language {one}" for one in languages)
            show.out.print(f"Still missing: [bold]oyez models install {name}{spoken}[/]")


def missing(config: Config) -> Iterator[tuple[str, list[str]]]:
    """The models that a config needs and that aren't here, with the languages to fetch."""
    rooms = config.rooms.values()
    heard = {one for room in rooms if room.microphone != "none" for one in mms.several(room.language)}
    if heard and (languages := list(lacking(config.models_dir, config.asr.model, heard))):
        yield config.asr.model, sorted(languages)
    if any(room.speaker != "none" for room in rooms) and list(lacking(config.models_dir, config.tts.model)):
        yield config.tts.model, []


def lacking(folder: Path, model: str, languages: set[str] | None = None) -> Iterator[str]:
    """The languages that an installed model lacks, all of them where it isn't installed; its name if it has none."""
    try:
        path = store.model_path(folder, model)
        here: Sequence[str] = mms.installed(path) if languages else ()
    except (ModelMissing, ModelDamaged):
        yield from languages or [model]
        return
    for one in languages or ():
        try:
            mms.resolve(one, here)
        except ModelMissing:
            yield one


def _place(answer: str) -> Address:
    return Address(EMBEDDED, 0) if answer == EMBEDDED else brokers.parse(answer)


def _login(
    questions: Questions, place: Address, username: str | None, password_file: Path | None
) -> tuple[dict[str, Any], str | None]:
    """Come in, as nobody in particular if we may. Raises BrokerUnavailable."""
    way: dict[str, Any] = {"host": place.host, "port": place.port, "username": username}
    typed, password = None, _read(password_file)
    if place.port == brokers.TLS_PORT:
        way["tls"] = {"enabled": True}
    while True:
        try:
            asyncio.run(_visit(way, password))
        except Refused as refused:
            if questions.silent:
                raise
            show.error(refused)
            way["username"] = questions.ask("User at the broker", way["username"] or USER, str)
            typed = questions.secret("Password (isn't shown)")
            password = Secret(typed)
        else:
            show.out.print(f"[green]The broker {place} lets us in.[/]")
            return way | (
                {"password_file": str(password_file.absolute())} if password_file and not typed else {}
            ), typed


def _read(password_file: Path | None) -> Secret | None:
    try:
        return read_secret(password_file, private=True) if password_file else None
    except ValueError as error:
        raise InvalidInput(str(error)) from None


async def _visit(way: dict[str, Any], password: Secret | None) -> None:
    config = BrokerConfig(**way | {"tls": TlsConfig(**way.get("tls", {}))}).model_copy(update={"password": password})
    async with visit(config):
        pass


def _heard(answer: str) -> str:
    return ", ".join(dict.fromkeys(map(_code, mms.several(answer))))


def _code(name: str) -> str:
    """MMS's code of a language. Raises InvalidInput or ModelMissing, with those that may be meant."""
    try:
        return mms.named(name)
    except ModelMissing:
        found = mms.search(name, ())
        if not found:
            raise
        shown = ", ".join(f"{one.code} ({one.name})" for one in found[:MOST_SHOWN])
        raise InvalidInput(f"{name!r} may be {shown}", hint="answer with a code; oyez languages lists all") from None


def _voices(code: str) -> list[voices.Voice]:
    """The voices that speak a language, or those of English, and a word that there is none."""
    speaking = [one for one in voices.catalogue().values() if one.language.spoken]
    try:
        tags = {known.tag for known in spoken_languages.named(code)}
    except InvalidInput as error:
        show.out.print(f"[yellow]{show.plain(error.message)}[/]")
        tags = set()
    return [one for one in speaking if one.language.tag in tags] or [
        one for one in speaking if one.language.primary == "en"
    ]


def _rank(voice: voices.Voice) -> tuple[str, int]:
    """A before A-, C+ before C, and last those that nobody graded."""
    letter, sign = (voice.grade or "Z")[0], (voice.grade or "Z")[1:]
    return letter, ("+", "", "-").index(sign)


def _heard_well(questions: Questions, name: str, speaker: str) -> bool:
    """Let a voice be heard; whether it is to be kept."""
    try:
        config = config_or_demo(None)
        asyncio.run(let_hear([voices.find(name)], config, player(speaker, config)))
    except OyezError as problem:
        show.error(problem)
    return questions.yes("Keep it", default=True)
