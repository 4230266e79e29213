"""Which devices there are and which one a name means. Pure, but for the child process that `list_devices` asks."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from oyez.child.host import Child
from oyez.child.message import Message
from oyez.errors import DeviceLost

SOUND_SERVER = "PulseAudio"  # the host API of devices that the sound server names (PipeWire speaks its protocol too)
QUERY_DEADLINE = 15.0

_ALSA_NUMBERS = re.compile(r"\s*\(hw:(\d+),(\d+)\)$")


class Direction(StrEnum):
    """What a device is wanted for; the value is the word for people."""

    IN = "microphone"
    OUT = "speaker"


@dataclass(frozen=True, slots=True)
class Device:
    """A device as a person may name it in the config.

    `name` stays the same when cards are numbered anew. `id` tells apart two devices of one name: ALSA's
    `hw:CARD=<id>,DEV=<n>`, or the sound server's name. `index` is PortAudio's number in the process that asked; None
    for devices of the sound server. `monitor` marks a source that hears what a speaker plays.
    """

    name: str
    id: str
    host_api: str
    inputs: int
    outputs: int
    default_rate: int
    index: int | None = None
    monitor: bool = False

    @property
    def works_as(self) -> list[str]:
        """`microphone`, `speaker`, or both."""
        return [str(direction) for direction in Direction if self.channels(direction)]

    def channels(self, direction: Direction) -> int:
        """How many channels it has in a direction; 0: it doesn't work that way."""
        return self.inputs if direction is Direction.IN else self.outputs

    def as_json(self) -> dict[str, Any]:
        """What `oyez devices --json` prints."""
        return {key: value for key, value in asdict(self).items() if key != "index"} | {"works_as": self.works_as}


def stable_name(name: str, card_ids: dict[int, str]) -> tuple[str, str]:
    """Name and id of an ALSA device by its PortAudio name, without the card number that a reboot may change."""
    found = _ALSA_NUMBERS.search(name)
    if not found:
        return name, name
    card, device = int(found[1]), int(found[2])
    return name[: found.start()], f"hw:CARD={card_ids.get(card, card)},DEV={device}"


def match(wanted: str, devices: list[Device], direction: Direction) -> Device:
    """The one device that a name means: exactly, or as a part of just one name or id (upper and lower case alike).

    Raises DeviceLost when there is none or more than one, naming the candidates.
    """
    able = [device for device in devices if device.channels(direction)]
    key = wanted.casefold()
    exact = [device for device in able if key in (device.name.casefold(), device.id.casefold())]
    # A part of a name never means a monitor: the daemon would hear itself because a microphone was unplugged.
    partial = [d for d in able if not d.monitor and (key in d.name.casefold() or key in d.id.casefold())]
    found = exact or partial
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{device.name} [{device.id}]" for device in found)
        raise DeviceLost(
            f"{wanted!r} could be {len(found)} {direction}s: {names}",
            hint="put one of the names in brackets in the config",
        )
    names = ", ".join(device.name for device in able if not device.monitor) or "none at all"
    raise DeviceLost(f"there is no {direction} called {wanted!r}; there is: {names}", hint="oyez devices")


async def list_devices() -> list[Device]:
    """All devices as they are now. Raises EngineFailed when the sound system hangs."""
    # A new process each time: ALSA reads the list of cards once in a process's life.
    async with Child("device list", "oyez.audio.listing_worker", {}, start_deadline=QUERY_DEADLINE) as child:
        await child.send(Message("list"))
        reply = await child.receive(QUERY_DEADLINE)
    return [Device(**fields) for fields in reply.data["devices"]]
