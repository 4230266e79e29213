"""The rooms of `oyez init`: their names, what hears and what speaks in each, and whether that is heard."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from typing import TYPE_CHECKING

from oyez import trial
from oyez.audio.listing import Device, Direction, list_devices
from oyez.cli import show
from oyez.device_spec import parse
from oyez.errors import EngineFailed, InvalidInput, OyezError
from oyez.model import ALL
from oyez.mqtt.topics import BRIDGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.cli.questions import Questions

ROOM = "living_room"
NONE = {"microphone": "the room doesn't hear", "speaker": "the room doesn't speak"}
QUESTIONS = {"microphone": "Microphone of {room}", "speaker": "Loudspeaker of {room}"}


def rooms(
    questions: Questions, names: Sequence[str], microphones: Sequence[str], speakers: Sequence[str]
) -> dict[str, dict[str, str]]:
    """The rooms by name, each with `microphone` and `speaker`; devices are given for all, or as ROOM=DEVICE."""
    given = ",".join(names) or None
    wanted = questions.ask("Rooms (several: with commas)", ROOM, _names, given=given)
    devices = _devices()
    if not devices:
        show.out.print("There are no sound devices here. What always works: loopback:<name>, file:<path>, none.")
    chosen = {}
    for room in wanted:
        while True:
            chosen[room] = {
                "microphone": _device(questions, room, Direction.IN, devices, _of(room, wanted, microphones)),
                "speaker": _device(questions, room, Direction.OUT, devices, _of(room, wanted, speakers)),
            }
            if set(chosen[room].values()) != {"none"}:
                break
            problem = InvalidInput(f"{room} needs a microphone or a loudspeaker; both are none", hint="oyez devices")
            if questions.silent or microphones or speakers:
                raise problem
            show.error(problem)
    return chosen


def _names(answer: str) -> list[str]:
    """Names as topics have them: `Living room` is living_room."""
    found = list(dict.fromkeys(filter(None, map(_name, answer.split(",")))))
    if not found or {BRIDGE, ALL} & set(found):
        raise InvalidInput(f"a room needs a name of letters and digits, and not {BRIDGE} or {ALL}")
    return found


def _name(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:64]


def _of(room: str, rooms: Sequence[str], given: Sequence[str]) -> str | None:
    """What was given for a room: its own, or that of all."""
    own = {name: device for name, _, device in (one.partition("=") for one in given) if device and name in rooms}
    common = [one for one in given if one.partition("=")[0] not in own]
    return own.get(room) or (common[-1] if common else None)


def _devices() -> list[Device]:
    try:
        return asyncio.run(list_devices())
    except (EngineFailed, OSError) as problem:
        show.out.print(f"[yellow]The sound system doesn't tell its devices: {show.plain(str(problem))}[/]")
        return []


def _device(questions: Questions, room: str, direction: Direction, devices: Sequence[Device], given: str | None) -> str:
    """A device by its name in the config; tried, if that is wanted."""
    able = [one for one in devices if one.channels(direction) and not one.monitor]
    several = [one.name for one in able]
    names = {one.name if several.count(one.name) == 1 else one.id: f"through {one.host_api}" for one in able}
    options = ({"default": "what the machine takes"} if able else {}) | names | {"none": NONE[direction]}
    while True:
        device = questions.choose(QUESTIONS[direction].format(room=room), options, next(iter(options)), _checked, given)
        if given is not None or questions.silent or parse(device).kind != "device":
            return device
        if not questions.yes("Try it", default=True) or _works(questions, direction, device):
            return device


def _checked(name: str) -> str:
    parse(name)
    return name.strip()


def _works(questions: Questions, direction: Direction, device: str) -> bool:
    """Try a device, and tell; whether it is to be kept."""
    try:
        if direction is Direction.OUT:
            asyncio.run(trial.play(device))
            return questions.yes("Did you hear it", default=True)
        show.out.print(f"Say something, for {trial.SECONDS:.0f} seconds ...")
        heard = asyncio.run(trial.record(device))
    except OyezError as problem:
        show.error(problem)
        return questions.yes("Keep it all the same", default=False)
    show.out.print(str(heard))
    return questions.yes("Keep it", default=heard.verdict == "ok")
