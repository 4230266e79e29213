"""Who can be told by voice: list them, enrol somebody, forget somebody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.actions.household import Nothing
from oyez.actions.sound import File, ears
from oyez.errors import InvalidInput
from oyez.outside import known_only, refuse
from oyez.speakers import check_name

if TYPE_CHECKING:
    from oyez.listen.voices import Voices
    from oyez.model import Voiceprint
    from oyez.speakers import Enrolled
    from oyez.speakers import Speakers as Register


UTTERANCES = 3  # of a room that somebody is enrolled by
PATIENCE_S = 60.0


class Enrol(Request):
    """Somebody, and their voice."""

    name: str = Field(description="as transcripts are to tell it")
    audio: File | None = Field(
        None, description="a recording of nobody else, WAV or FLAC, OGG, MP3, in base64; of two minutes at most"
    )
    room: str | None = Field(None, description="in place of `audio`: the next three things said there are theirs")


class Forget(Request):
    """Whom to forget."""

    name: str = Field(description="as in `speakers`")


class Speaker(Answer):
    """Somebody whose voice is known; `usable` false: by another model, enrol them again."""

    name: str
    seconds: float
    usable: bool


class Speakers(Answer):
    """All who are enrolled."""

    speakers: list[Speaker]


@action(Nothing, Speakers, reads=True)
async def speakers(home: Home, asked: Asked[Nothing]) -> Speakers:
    """Who is enrolled, and by how much of their voice."""
    del asked
    return await _told(_register(home))


@action(Enrol, Speakers, binary="audio", slow=True)
async def enrol_speaker(home: Home, asked: Asked[Enrol]) -> Speakers:
    """Have somebody known by their voice; once more makes it surer. No sound is kept. In a room it takes a minute."""
    register, request = _register(home), asked.request
    check_name(request.name)
    voiceprints = await (_heard(home, request.room) if request.audio is None else _recorded(home, request))
    await asyncio.to_thread(register.enrol, request.name, voiceprints)
    return await _told(register)


@action(Forget, Speakers, plain="name")
async def forget_speaker(home: Home, asked: Asked[Forget]) -> Speakers:
    """Forget somebody's voice, for good."""
    register = _register(home)
    await asyncio.to_thread(register.forget, asked.request.name)
    return await _told(register)


async def _recorded(home: Home, request: Enrol) -> list[Voiceprint]:
    if request.room is not None:
        raise InvalidInput("give audio or room, not both")
    voiceprint = await ears(home).voiceprint(request.audio or b"")
    if voiceprint is None:
        raise InvalidInput("there is no voice in the recording: it is silent")
    return [voiceprint]


async def _heard(home: Home, room: str | None) -> list[Voiceprint]:
    """What is said next in a room."""
    if room is None:
        raise InvalidInput("whose voice? give audio, or the room in which the next three things are said")
    known_only([room], home.hearing, what="room that hears")
    voiceprints = await _voices(home).gather(room, UTTERANCES, PATIENCE_S)
    if len(voiceprints) < UTTERANCES:
        raise InvalidInput(f"{len(voiceprints)} of {UTTERANCES} sentences of a second or more were heard in {room}")
    return voiceprints


async def _told(register: Register) -> Speakers:
    return Speakers(speakers=[_speaker(one, register) for one in await asyncio.to_thread(register.everyone)])


def _speaker(one: Enrolled, register: Register) -> Speaker:
    return Speaker(name=one.name, seconds=round(one.seconds, 1), usable=one.model == register.model)


def _register(home: Home) -> Register:
    return _voices(home).speakers


def _voices(home: Home) -> Voices:
    return home.voices or refuse("nobody is told by voice in this house: asr.speakers is false")
