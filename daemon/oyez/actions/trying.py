"""Devices are tried: alone, or through the room that has them."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from oyez import trial
from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.audio.listing import Direction, list_devices, match
from oyez.device_spec import parse
from oyez.errors import Busy, DeviceLost, OyezError
from oyez.outside import refuse

if TYPE_CHECKING:
    from oyez.audio.listing import Device

TURN_S = 60.0  # for the sound to get its turn in a room that speaks


class Trial(Request):
    """A device, and what it is to be tried as."""

    device: str = Field(max_length=200, description="its name, as in `devices` and the config")
    works_as: Literal["microphone", "speaker"] | None = Field(
        None, description="left out: as both, as far as it can be"
    )


class Played(Answer):
    """A sound was played, so long; `room`: by the one that has the device."""

    seconds: float
    room: str | None


class Heard(Answer):
    """What two seconds were like, in dBFS; `verdict`: `ok`, `silent`, `faint`, `clips`; `room`: the one that has it."""

    seconds: float
    level_dbfs: float
    peak_dbfs: float
    verdict: str
    room: str | None


class Tried(Answer):
    """How it went; `problems` by `microphone` and `speaker`, in words."""

    device: str
    speaker: Played | None
    microphone: Heard | None
    problems: dict[str, str]


@action(Trial, Tried, plain="device", slow=True)
async def device_test(home: Home, asked: Asked[Trial]) -> Tried:
    """Try a device of this machine or a room's: it plays a sound, is heard for 2 s; through the room that has it."""
    device, wanted = asked.request.device, asked.request.works_as
    _check(home, device)
    directions = [Direction(wanted)] if wanted else await trial.works_as(device)
    tried = Tried(device=device, speaker=None, microphone=None, problems={})
    failure: OyezError | None = None
    for direction in directions:
        try:
            room = await _room(home, device, direction)
            if direction is Direction.OUT:
                tried = tried.model_copy(update={"speaker": await _play(home, device, room)})
            else:
                tried = tried.model_copy(update={"microphone": await _hear(home, device, room)})
        except OyezError as error:
            failure = error
            tried.problems[str(direction)] = error.message
    if failure and not (tried.speaker or tried.microphone):
        raise failure
    return tried


def _check(home: Home, device: str) -> None:
    """Whoever asks must not have us write files, or call on other machines: that is for the config to say."""
    ours = {its for room in home.settings.rooms.values() for its in (room.microphone, room.speaker)}
    if parse(device).kind != "device" and device not in ours:
        refuse(f"{device!r} is no device of this machine, and no room has it; `oyez devices --test` tries it")


async def _room(home: Home, device: str, direction: Direction) -> str | None:
    """The room that has the device in use, if one has."""
    have = {
        name: room.speaker if direction is Direction.OUT else room.microphone
        for name, room in home.settings.rooms.items()
        if (name in home.speaking if direction is Direction.OUT else name in home.hearing and room.listening)
    }
    if same := [name for name, its in have.items() if its.casefold() == device.casefold()]:
        return same[0]
    named = {name: its for name, its in have.items() if parse(its).kind == "device"}
    if not named or parse(device).kind != "device":
        return None
    devices = await list_devices()
    wanted = _found(device, devices, direction)
    return next((name for name, its in named.items() if wanted and _found(its, devices, direction) == wanted), None)


def _found(name: str, devices: list[Device], direction: Direction) -> Device | None:
    try:
        return match(name, devices, direction)
    except DeviceLost:
        return None


async def _play(home: Home, device: str, room: str | None) -> Played:
    if room is None:
        return Played(seconds=await trial.play(device), room=None)
    try:
        async with asyncio.timeout(TURN_S):
            outcome = await home.desk.play(room, trial.sound())
    except TimeoutError:
        raise Busy(f"{room} has it, and still says other things; the sound comes after them") from None
    if not outcome.seconds:
        raise DeviceLost(
            f"{room} has it, and its announcement was {outcome.state}: {outcome.reason or 'no reason given'}"
        )
    return Played(seconds=outcome.seconds, room=room)


async def _hear(home: Home, device: str, room: str | None) -> Heard:
    if room is None:
        return Heard(**asdict(await trial.record(device)), room=None)
    measured = await home.hearing[room].probe.measure(trial.SECONDS)
    verdict = trial.verdict(measured.level_dbfs, measured.peak_dbfs)
    return Heard(
        seconds=trial.SECONDS,
        level_dbfs=measured.level_dbfs,
        peak_dbfs=measured.peak_dbfs,
        verdict=verdict,
        room=room,
    )
