"""Found in the network: real multicast DNS, on the loopback interface."""

import asyncio

import pytest
from tests.support.broker import eventually
from tests.support.wyoming import Server
from zeroconf import IPVersion, NonUniqueNameException
from zeroconf.asyncio import AsyncZeroconf

from oyez.health import Health
from oyez.supervise import running
from oyez.wyoming import announce
from oyez.wyoming.announce import SERVICE, Announcer

LOOPBACK = ["127.0.0.1"]


@pytest.fixture
async def network():
    async with AsyncZeroconf(interfaces=LOOPBACK) as found:
        yield found


async def found(network, name: str):
    return await network.async_get_service_info(SERVICE, f"{name}.{SERVICE}", 5_000)


def part(health: Health) -> dict:
    return health.snapshot()["parts"]["announced"]


async def test_it_is_found_by_its_name_and_gone_when_it_ends(network):
    health = Health()
    announcer = Announcer("Oyez test hall", "127.0.0.1", health.part("announced"))
    async with running(announcer.run(10_300)):
        await eventually(lambda: part(health)["state"] == "ok")
        told = await found(network, "Oyez test hall")
        assert told.port == 10_300
        assert told.parsed_addresses(IPVersion.V4Only) == LOOPBACK
    async with asyncio.timeout(10):
        while await network.async_get_service_info(SERVICE, f"Oyez test hall.{SERVICE}", 200):
            pass


async def test_a_name_that_is_taken_shows_and_is_tried_again(network, monkeypatch):
    """Two on one host don't hear each other's objection: it is played."""
    real, tries = AsyncZeroconf.async_register_service, []

    async def taken(self, *args):
        tries.append(1)
        if len(tries) == 1:
            raise NonUniqueNameException
        return await real(self, *args)

    monkeypatch.setattr(AsyncZeroconf, "async_register_service", taken)
    health = Health()
    async with running(Announcer("Oyez twice", "127.0.0.1", health.part("announced")).run(2)):
        await eventually(lambda: part(health)["state"] == "failed")
        assert "wyoming.name" in part(health)["detail"]
        await eventually(lambda: part(health)["state"] == "ok")


async def test_another_address_is_announced_anew(network, monkeypatch):
    monkeypatch.setattr(announce, "LOOK_EVERY", 0.01)
    addresses = ["127.0.0.1"]
    monkeypatch.setattr(Announcer, "_address", lambda _: announce.ipaddress.ip_address(addresses[-1]))
    health = Health()
    async with running(Announcer("Oyez moves", "0.0.0.0", health.part("announced")).run(3)):
        await eventually(lambda: part(health)["state"] == "ok")
        addresses.append("127.0.0.3")
        async with asyncio.timeout(20):
            while (told := await found(network, "Oyez moves")) is None or addresses[-1] not in told.parsed_addresses():
                network.zeroconf.cache.cache.clear()


async def test_only_what_others_can_reach_is_announced():
    for host, announced in (("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True)):
        assert (Server(host=host).server.announcer is not None) == announced
    assert Server(host="0.0.0.0", announce=False).server.announcer is None
    named = Server(host="0.0.0.0").server.announcer
    assert named._name.startswith("Oyez "), "the same at each start"
