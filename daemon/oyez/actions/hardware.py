"""What has to do with the machine's sound devices."""

from __future__ import annotations

from oyez.actions.action import Answer, Asked, Home, action
from oyez.actions.household import Nothing
from oyez.audio.listing import list_devices


class Device(Answer):
    """A microphone, a speaker, or both; `monitor`: it hears what a speaker plays."""

    name: str
    id: str
    works_as: list[str]
    through: str
    rate: int
    monitor: bool


class Devices(Answer):
    """The devices that there are now."""

    devices: list[Device]


@action(Nothing, Devices, reads=True, slow=True)
async def devices(_: Home, __: Asked[Nothing]) -> Devices:
    """List microphones and speakers by the names that the config takes; `health` tells how those in use are."""
    found = await list_devices()
    told = [
        Device(
            name=one.name,
            id=one.id,
            works_as=one.works_as,
            through=one.host_api,
            rate=one.default_rate,
            monitor=one.monitor,
        )
        for one in found
    ]
    return Devices(devices=told)
