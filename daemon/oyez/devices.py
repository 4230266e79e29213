"""From a device string in the config to a Microphone or a Speaker; whether it is there shows when it is used."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.audio.file import FileMicrophone, FileSpeaker
from oyez.audio.loopback import Airs, LoopbackMicrophone, LoopbackSpeaker
from oyez.audio.none import NoMicrophone, NoSpeaker
from oyez.audio.portaudio import PortAudioMicrophone, PortAudioSpeaker
from oyez.audio.udp import UdpMicrophone
from oyez.device_spec import parse
from oyez.errors import ModelMissing

if TYPE_CHECKING:
    from types import ModuleType

    from oyez.ports import Microphone, Speaker


def open_microphone(text: str, *, airs: Airs, file_realtime: bool = True) -> Microphone:
    """The microphone that a device string means. Raises InvalidInput, ModelMissing for an extra that isn't there."""
    spec = parse(text)
    match spec.kind:
        case "file":
            return FileMicrophone(Path(spec.value).expanduser(), realtime=file_realtime)
        case "loopback":
            return LoopbackMicrophone(airs[spec.value])
        case "wyoming":
            heard: Microphone = wyoming("microphone").WyomingMicrophone(spec.value, spec.port)
            return heard
        case "udp":
            return UdpMicrophone(spec.value, spec.port)
        case "none":
            return NoMicrophone()
        case _:
            return PortAudioMicrophone(spec.value)


def open_speaker(text: str, *, airs: Airs, lead_in_ms: int = 0) -> Speaker:
    """The speaker that a device string means. Raises InvalidInput, ModelMissing for an extra that isn't there."""
    spec = parse(text)
    match spec.kind:
        case "file":
            return FileSpeaker(Path(spec.value).expanduser())
        case "loopback":
            return LoopbackSpeaker(airs[spec.value])
        case "wyoming":
            spoken: Speaker = wyoming("speaker").WyomingSpeaker(spec.value, spec.port, lead_in_ms=lead_in_ms)
            return spoken
        case "none":
            return NoSpeaker()
        case _:
            return PortAudioSpeaker(spec.value, lead_in_ms=lead_in_ms)


async def reach(what: str, text: str) -> str:
    """How a `what` (microphone, speaker) in the network is, in words. Raises DeviceLost, ModelMissing."""
    spec = parse(text)
    if spec.kind == "udp":
        return f"what is sent to {spec.value}, port {spec.port}: see what comes by oyez devices --meter {text}"
    line = await wyoming("line").Line.open(what, spec.value, spec.port)
    line.abort()
    return f"{text} answers"


def wyoming(part: str) -> ModuleType:
    """A module of `oyez.wyoming`, whose library is an extra. Raises ModelMissing."""
    try:
        return importlib.import_module(f"oyez.wyoming.{part}")
    except ModuleNotFoundError as error:
        raise ModelMissing(
            f"the Wyoming protocol needs the Python module {error.name}, which isn't installed",
            hint='pip install "oyez[wyoming]"',
        ) from error
