"""Where the broker of a house may be: on this machine, where Home Assistant is, or where it says so itself (mDNS)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput
from oyez.mqtt.connection import Address
from oyez.wyoming.found import services

if TYPE_CHECKING:
    from collections.abc import Sequence

PORT = 1883
TLS_PORT = 8883
USUAL = (Address("localhost", PORT), Address("homeassistant.local", PORT))
SERVICE = "_mqtt._tcp.local."
WITHIN = 2.0  # seconds for one that is there to answer


def parse(text: str) -> Address:
    """HOST or HOST:PORT. Raises InvalidInput."""
    host, colon, port = text.rpartition(":") if text.rpartition(":")[2].isdecimal() else (text, "", "")
    if not host or "/" in host or (colon and int(port) > 65_535):  # noqa: PLR2004 - the largest port
        raise InvalidInput(f"{text!r} is not HOST or HOST:PORT")
    return Address(host, int(port) if colon else PORT)


async def find(usual: Sequence[Address] = USUAL, interfaces: Sequence[str] | None = None) -> list[Address]:
    """The brokers that let us in as far as their port, the likeliest first; `interfaces` are addresses of ours."""
    announced = [Address(host, port) for host, port in await services(SERVICE, interfaces)]
    places = list(dict.fromkeys([*usual, *announced]))
    there = await asyncio.gather(*map(_answers, places))
    return [place for place, answers in zip(places, there, strict=True) if answers]


async def _answers(place: Address) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError, TimeoutError, UnicodeError):
        async with asyncio.timeout(WITHIN):
            _, writer = await asyncio.open_connection(place.host, place.port)
            writer.close()
            return True
    return False
