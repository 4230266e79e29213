"""Who can be told by voice: list them, enrol somebody, forget somebody."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.actions.sound import File, ears
from oyez.errors import InvalidInput
from oyez.outside import refuse

if TYPE_CHECKING:
    from oyez.speakers import Enrolled
    from oyez.speakers import Speakers as Register


class Nothing(Request):
    """Nothing to say."""


class Enrol(Request):
    """Somebody, and their voice."""

    name: str = Field(description="as transcripts are to tell it")
    audio: File = Field(
        min_length=1,
        description="a recording of nobody else, WAV or FLAC, OGG, MP3, in base64; of two minutes at most",
    )


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
    """Have somebody known by their voice; once more with another recording makes it surer. No sound is kept."""
    register = _register(home)
    voiceprint = await ears(home).voiceprint(asked.request.audio)
    if voiceprint is None:
        raise InvalidInput("there is no voice in the recording: it is silent")
    await asyncio.to_thread(register.enrol, asked.request.name, [voiceprint])
    return await _told(register)


@action(Forget, Speakers, plain="name")
async def forget_speaker(home: Home, asked: Asked[Forget]) -> Speakers:
    """Forget somebody's voice, for good."""
    register = _register(home)
    await asyncio.to_thread(register.forget, asked.request.name)
    return await _told(register)


async def _told(register: Register) -> Speakers:
    return Speakers(speakers=[_speaker(one, register) for one in await asyncio.to_thread(register.everyone)])


def _speaker(one: Enrolled, register: Register) -> Speaker:
    return Speaker(name=one.name, seconds=round(one.seconds, 1), usable=one.model == register.model)


def _register(home: Home) -> Register:
    return home.speakers or refuse("nobody is told by voice in this house: asr.speakers is false")
