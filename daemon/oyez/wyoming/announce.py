"""Tells the network where we are (DNS-SD over mDNS), so that Home Assistant finds us by itself, always by one name."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING

from zeroconf import Error, NonUniqueNameException
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from oyez import log
from oyez.supervise import Backoff

if TYPE_CHECKING:
    from oyez.health import PartHealth

logger = log.get(__name__)

SERVICE = "_wyoming._tcp.local."
ANYONE = ("224.0.0.251", 1)  # asking the way there tells our address in the network; nothing is sent
LOOK_EVERY = 30.0  # seconds between two looks at it: a router may give us another
LONGEST_WAIT = 60.0  # seconds between two tries


class Announcer:
    """Announces the port under `name`, which is what Home Assistant knows us by.

    `host` is what the server listens on.
    """

    def __init__(self, name: str, host: str, health: PartHealth) -> None:
        self._name = name
        self._host = host
        self._health = health

    async def run(self, port: int) -> None:
        """Announce until cancelled, and take it back then. Where it fails, it is tried again."""
        backoff = Backoff(longest=LONGEST_WAIT)
        while True:
            try:
                await self._announce(port)
                backoff.reset()
            except NonUniqueNameException:
                self._failed(f"the network knows another {self._name!r}; give wyoming.name", first=not backoff.tries)
                await asyncio.sleep(backoff.next())
            except (Error, OSError) as error:
                self._failed(str(error) or type(error).__name__, first=not backoff.tries)
                await asyncio.sleep(backoff.next())

    async def _announce(self, port: int) -> None:
        """Announce for as long as our address stays the same."""
        address = self._address()
        told = AsyncServiceInfo(SERVICE, f"{self._name}.{SERVICE}", addresses=[address.packed], port=port)
        # Where clients reach us, and nowhere else: bridges of containers have addresses too.
        async with AsyncZeroconf(interfaces=[str(address)]) as network:
            await (await network.async_register_service(told))
            self._health.state("ok")
            logger.info("wyoming: announced", name=self._name, address=str(address), port=port)
            while self._address() == address:  # noqa: ASYNC110 - nobody tells of a change
                await asyncio.sleep(LOOK_EVERY)

    def _address(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """Where clients reach us. Raises OSError without a network."""
        try:
            given = ipaddress.ip_address(self._host)
        except ValueError:  # a name
            given = ipaddress.IPv4Address(0)
        if not given.is_unspecified:
            return given
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.connect(ANYONE)
            return ipaddress.ip_address(asking.getsockname()[0])

    def _failed(self, why: str, *, first: bool) -> None:
        self._health.state("failed", why)
        if first:
            logger.warning("wyoming: can't be announced in the network", why=why)
