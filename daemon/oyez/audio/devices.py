"""From a device string in the config to a Microphone or a Speaker.

`default`, a stable device name as `oyez devices` lists it, `file:<path>`, `loopback:<air>`, or `none`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.audio.file import FileMicrophone, FileSpeaker
from oyez.audio.loopback import Airs, LoopbackMicrophone, LoopbackSpeaker
from oyez.audio.none import NoMicrophone, NoSpeaker
from oyez.audio.portaudio import PortAudioMicrophone, PortAudioSpeaker
from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from oyez.ports import Microphone, Speaker

KINDS = ("file", "loopback")


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A parsed device string: `kind` is `device`, `file`, `loopback` or `none`; `value` the name, path or air."""

    kind: str
    value: str


def parse(text: str) -> DeviceSpec:
    """Parse a device string. Raises InvalidInput."""
    text = text.strip()
    if text == "none":
        return DeviceSpec("none", "")
    for kind in KINDS:
        if text == kind or text.startswith(f"{kind}:"):
            value = text[len(kind) + 1 :].strip()
            if not value:
                what = "path" if kind == "file" else "name of an air"
                raise InvalidInput(f"the device {text!r} lacks its {what}", hint=f"write {kind}:<{what}>")
            return DeviceSpec(kind, value)
    if not text or not text.isprintable():
        raise InvalidInput(f"{text!r} is no device", hint="write default, none, or a name that `oyez devices` lists")
    return DeviceSpec("device", text)


def open_microphone(text: str, *, airs: Airs, file_realtime: bool = True) -> Microphone:
    """The microphone that a device string means; whether it is there shows when it is used. Raises InvalidInput."""
    spec = parse(text)
    match spec.kind:
        case "file":
            return FileMicrophone(Path(spec.value).expanduser(), realtime=file_realtime)
        case "loopback":
            return LoopbackMicrophone(airs[spec.value])
        case "none":
            return NoMicrophone()
        case _:
            return PortAudioMicrophone(spec.value)


def open_speaker(text: str, *, airs: Airs, lead_in_ms: int = 0) -> Speaker:
    """The speaker that a device string means; whether it is there shows when it is used. Raises InvalidInput."""
    spec = parse(text)
    match spec.kind:
        case "file":
            return FileSpeaker(Path(spec.value).expanduser())
        case "loopback":
            return LoopbackSpeaker(airs[spec.value])
        case "none":
            return NoSpeaker()
        case _:
            return PortAudioSpeaker(spec.value, lead_in_ms=lead_in_ms)
