"""PortAudio, for child processes only: which devices it sees, and a stream opened the way a device accepts.

Streams are used by blocking reads and writes. Callbacks would need memory that is writable and executable, which the
service unit forbids.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sounddevice

from oyez.audio import sound_server
from oyez.audio.listing import SOUND_SERVER, Device, Direction, match, stable_name
from oyez.errors import DeviceLost

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S")

SERVER_PCM = "pulse"  # ALSA's bridge to the sound server (package libasound2-plugins)
LATENCY = 0.1  # seconds of device buffer: a busy machine doesn't stutter, and a cancel is still silent in time
_USUAL_RATES = (48_000, 44_100)


def query() -> list[Device]:
    """PortAudio's devices, then the sound server's, where PortAudio can reach it."""
    cards = _card_ids()
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    found = []
    for entry in sounddevice.query_devices():
        name, ident = stable_name(entry["name"], cards)
        found.append(
            Device(
                name=name,
                id=ident,
                host_api=apis[entry["hostapi"]],
                inputs=entry["max_input_channels"],
                outputs=entry["max_output_channels"],
                default_rate=round(entry["default_samplerate"]),
                index=entry["index"],
            )
        )
    reachable = any(device.name == SERVER_PCM for device in found)
    return found + (sound_server.devices() if reachable else [])


def open_input(name: str, rate: int) -> sounddevice.RawInputStream:
    """An input stream of float32, not started: at `rate` in mono, or as near to it as the device accepts.

    Raises DeviceLost.
    """
    return _open(name, Direction.IN, rate, sounddevice.RawInputStream)


def open_output(name: str, rate: int) -> sounddevice.RawOutputStream:
    """An output stream of float32, not started: at `rate` in mono, or as near to it as the device accepts.

    Raises DeviceLost.
    """
    return _open(name, Direction.OUT, rate, sounddevice.RawOutputStream)


def _open(name: str, direction: Direction, rate: int, kind: Callable[..., S]) -> S:
    index, channels, default_rate = _find(name, direction)
    failure = None
    for tried_rate in dict.fromkeys((rate, default_rate, *_USUAL_RATES)):
        for tried_channels in dict.fromkeys((1, min(2, channels), channels)):
            try:
                return kind(
                    device=index, samplerate=tried_rate, channels=tried_channels, dtype="float32", latency=LATENCY
                )
            except sounddevice.PortAudioError as error:
                failure = failure or error
    raise DeviceLost(f"the {direction} {name!r} can't be opened: {failure}", hint="oyez devices")


def _find(name: str, direction: Direction) -> tuple[int, int, int]:
    """PortAudio's index, channels and default rate of a device by its name in the config."""
    if name == "default":
        index: int = sounddevice.default.device[direction is Direction.OUT]
        if index < 0:
            raise DeviceLost(f"there is no {direction} at all", hint="oyez devices")
    else:
        devices = query()
        device = match(name, devices, direction)
        if device.host_api == SOUND_SERVER:
            os.environ["PULSE_SOURCE" if direction is Direction.IN else "PULSE_SINK"] = device.id
            device = next(known for known in devices if known.name == SERVER_PCM)
        assert device.index is not None
        index = device.index
    entry: dict[str, Any] = sounddevice.query_devices(index)
    channels = entry["max_input_channels" if direction is Direction.IN else "max_output_channels"]
    return index, channels, round(entry["default_samplerate"])


def _card_ids() -> dict[int, str]:
    return {
        int(folder.name.removeprefix("card")): (folder / "id").read_text(encoding="ascii").strip()
        for folder in Path("/proc/asound").glob("card[0-9]*")
    }


def quiet() -> None:
    """Keep what ALSA and PortAudio print about each lost device out of the daemon's log: errors say it better.

    Python's own standard error, with its tracebacks, stays.
    """
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
