"""The section of the Wyoming protocol."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from oyez.config import kinds
from oyez.config.section import Section, key

_NAME = r"[^\W_]([\w -]{0,30}[^\W_])?"


def _name(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError("a name in the network has 1 to 32 letters and digits, with spaces, - and _ between them")
    return name


Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
Name: TypeAlias = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})]


class WyomingConfig(Section):
    """Recognition and synthesis for Home Assistant's Assist, by the Wyoming protocol: docs/wyoming.md."""

    enabled: bool = key(False, does="Whether to serve. Needs the extra `wyoming`.")
    host: kinds.Host = key(
        "127.0.0.1",
        does="Address to listen on; `0.0.0.0`: all. The protocol has neither passwords nor encryption: whoever reaches "
        "the port may use it.",
    )
    port: int = key(10300, ge=0, le=65535, does="Port to listen on. `0`: any free one.")
    hear: bool = key(True, does="Whether recognition is offered.")
    speak: bool = key(True, does="Whether synthesis is offered.")
    end_commands: bool = key(
        False,
        does="Whether Oyez tells where a command ends (by `vad`), or Home Assistant does.",
    )
    satellites: dict[kinds.RoomName, Port] = key(
        {},
        does="Rooms in which Home Assistant may announce as in its own satellites, each on a port of its own: "
        "`{kitchen: 10301}`.",
    )
    announce: bool = key(True, does="Whether the network is told (zeroconf), unless only this machine can reach it.")
    name: Name | None = key(
        None, does="Name in the network, by which Home Assistant knows it; `null`: Oyez and this machine's name."
    )

    @field_validator("satellites")
    @classmethod
    def _ports_of_their_own(cls, satellites: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        ports = [info.data.get("port"), *satellites.values()]
        if twice := next((port for port in ports if ports.count(port) > 1), None):
            raise ValueError(f"port {twice} is there twice; each satellite, and wyoming.port, is on one of its own")
        return satellites
