"""The section of the Wyoming protocol."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, WithJsonSchema

from oyez.config import kinds
from oyez.config.section import Section, key

_NAME = r"[^\W_]([\w -]{0,30}[^\W_])?"


def _name(name: str) -> str:
    if not re.fullmatch(_NAME, name):
        raise ValueError("a name in the network has 1 to 32 letters and digits, with spaces, - and _ between them")
    return name


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
    announce: bool = key(True, does="Whether the network is told (zeroconf), unless only this machine can reach it.")
    name: Name | None = key(
        None, does="Name in the network, by which Home Assistant knows it; `null`: Oyez and this machine's name."
    )
