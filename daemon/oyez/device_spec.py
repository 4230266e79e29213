"""What a device string in the config means. Pure; the one parser.

`default`, a stable device name as `oyez devices` lists it, `file:<path>`, `loopback:<air>`, `wyoming:<host>:<port>`,
`udp:<port>`, `udp:<address>:<port>`, or `none`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from oyez.errors import InvalidInput

FORMS = (
    "default, none, file:<path>, loopback:<name>, wyoming:<host>:<port>, udp:<port>, "
    "or the name of a device (oyez devices lists them)"
)
WYOMING = "wyoming:<host>:<port>, as in wyoming:kitchen-pi.local:10600"
UDP = "udp:<port>, or udp:<address>:<port> with an address of this machine (0.0.0.0: all of them)"
HIGHEST_PORT = 65535

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL}){{0,9}}\.?|\[[0-9A-Fa-f:.]{{2,45}}(%[A-Za-z0-9._-]{{1,32}})?\]")
_PORT = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A parsed device string.

    `kind` is `device`, `file`, `loopback`, `wyoming`, `udp` or `none`; `value` the name, path, air or host. `port` is
    that of a device in the network.
    """

    kind: str
    value: str
    port: int = 0

    @property
    def real(self) -> bool:
        """Whether it is a thing in a room: digital silence from it means that it is muted or broken."""
        return self.kind == "device" or self.remote

    @property
    def remote(self) -> bool:
        """Whether a network is in between."""
        return self.kind in ("wyoming", "udp")


def parse(text: str) -> DeviceSpec:
    """Parse a device string. Raises InvalidInput."""
    text = text.strip()
    kind, colon, value = text.partition(":")
    value = value.strip()
    match kind:
        case "none" if not colon:
            return DeviceSpec("none", "")
        case "file":
            return DeviceSpec("file", _given(text, value, "path"))
        case "loopback":
            return DeviceSpec("loopback", _given(text, value, "name"))
        case "wyoming":
            return _wyoming(text, value)
        case "udp":
            return _udp(text, value)
    if text.startswith("tcp://"):
        raise InvalidInput(f"{text!r} is how a Wyoming program is told where to listen", hint=f"write {WYOMING}")
    if not text or not text.isprintable():
        raise InvalidInput(f"{text!r} is no device", hint=f"write {FORMS}")
    return DeviceSpec("device", text)


def _given(text: str, value: str, what: str) -> str:
    if not value:
        raise InvalidInput(f"the device {text!r} lacks its {what}", hint=f"write {text.partition(':')[0]}:<{what}>")
    return value


def _wyoming(text: str, value: str) -> DeviceSpec:
    host, _, port = value.rpartition(":")
    if not _HOST.fullmatch(host) or not _is_port(port):
        raise InvalidInput(f"{text!r} isn't a host and a port", hint=f"write {WYOMING}")
    return DeviceSpec("wyoming", host.strip("[]"), int(port))


def _udp(text: str, value: str) -> DeviceSpec:
    address, _, port = value.rpartition(":")
    address = address.strip("[]") or "127.0.0.1"
    try:
        ipaddress.ip_address(address)
    except ValueError:
        address = ""
    if not address or not _is_port(port):
        raise InvalidInput(f"{text!r} isn't a port to listen on", hint=f"write {UDP}")
    return DeviceSpec("udp", address, int(port))


def _is_port(text: str) -> bool:
    return bool(_PORT.fullmatch(text)) and 0 < int(text) <= HIGHEST_PORT
