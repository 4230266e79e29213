"""Who announces a service in the network: multicast DNS. Without the extra, nobody."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zeroconf import ServiceStateChange, Zeroconf

WITHIN = 1.5  # seconds for those that are there to say so
DETAILS_MS = 500


async def services(kind: str, interfaces: Sequence[str] | None = None) -> list[tuple[str, int]]:
    """Address and port of all that announce a kind, as `_mqtt._tcp.local.`; `interfaces` are addresses of ours."""
    try:
        from zeroconf import InterfaceChoice, IPVersion  # noqa: PLC0415 - an extra
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf  # noqa: PLC0415
    except ImportError:
        return []
    names: dict[str, None] = {}

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:  # noqa: ARG001 - zeroconf's signature
        names[name] = None

    found: list[tuple[str, int]] = []
    with contextlib.suppress(OSError):  # there is no network at all
        async with AsyncZeroconf(interfaces=interfaces or InterfaceChoice.All) as network:
            browser = AsyncServiceBrowser(network.zeroconf, kind, handlers=[changed])
            await asyncio.sleep(WITHIN)
            for name in list(names):
                told = await network.async_get_service_info(kind, name, DETAILS_MS)
                if told and told.port:
                    found += [(host, told.port) for host in told.parsed_addresses(IPVersion.V4Only)]
            await browser.async_cancel()
    return found
