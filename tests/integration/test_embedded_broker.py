"""The private mosquitto."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from tests.support.broker import eventually, free_port, person

from oyez.errors import BrokerUnavailable
from oyez.mqtt import embedded as embedded_module
from oyez.mqtt.embedded import EmbeddedBroker

pytestmark = pytest.mark.integration


@contextlib.asynccontextmanager
async def running(broker: EmbeddedBroker):
    await broker.start()
    task = asyncio.create_task(broker.run())
    try:
        yield broker.address
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await broker.close()


async def test_it_listens_on_loopback_and_passes_messages_on(tmp_path):
    async with running(EmbeddedBroker(tmp_path / "broker")) as address, person(address, "t") as someone:
        assert address.host == "127.0.0.1"
        await someone.publish("t", "hello")
        await eventually(lambda: someone.on("t") == [b"hello"])
        assert {one.laddr.ip for one in psutil.net_connections() if one.laddr.port == address.port} == {"127.0.0.1"}


async def test_it_takes_the_port_it_is_given_and_refuses_one_that_is_taken(tmp_path):
    port = free_port()
    async with running(EmbeddedBroker(tmp_path / "a", port)) as address:
        assert address.port == port
        with pytest.raises(BrokerUnavailable, match=str(port)) as error:
            await EmbeddedBroker(tmp_path / "b", port).start()
        assert "broker.port" in str(error.value.hint)


async def test_what_is_retained_outlives_it(tmp_path):
    for turn in ("written", "read"):
        async with running(EmbeddedBroker(tmp_path / "broker")) as address, person(address, "t") as someone:
            if turn == "written":
                await someone.publish("t", "kept", retain=True)
            await eventually(lambda: someone.on("t") == [b"kept"])


async def test_a_killed_one_is_started_again_on_the_same_port(tmp_path):
    broker = EmbeddedBroker(tmp_path / "broker")
    async with running(broker) as address:
        first = broker._process.pid
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: broker._process.pid != first)
        await eventually(lambda: listens(address))
        async with person(address, "t") as someone:
            await someone.publish("t", "hello")
            await eventually(lambda: someone.on("t") == [b"hello"])


def listens(address) -> bool:
    return any(one.laddr.port == address.port and one.status == "LISTEN" for one in psutil.net_connections())


async def test_a_damaged_database_is_set_aside(tmp_path):
    folder = tmp_path / "broker"
    folder.mkdir()
    (folder / "mosquitto.db").write_bytes(b"\x00not a database" * 10)
    async with running(EmbeddedBroker(folder)) as address, person(address, "t") as someone:
        await someone.publish("t", "hello")
        await eventually(lambda: someone.on("t") == [b"hello"])
    assert (folder / "mosquitto.bad").read_bytes().startswith(b"\x00not")


async def test_it_dies_with_a_killed_daemon(tmp_path):
    code = (
        "import asyncio, pathlib, sys\n"
        "from oyez.mqtt.embedded import EmbeddedBroker\n"
        "async def main():\n"
        "    broker = EmbeddedBroker(pathlib.Path(sys.argv[1]))\n"
        "    await broker.start()\n"
        "    print(broker._process.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    daemon = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "broker")], stdout=subprocess.PIPE)
    broker = psutil.Process(int(daemon.stdout.readline()))
    assert broker.name() == "mosquitto"
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()
    until = time.monotonic() + 10
    while broker.is_running() and broker.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
    assert (tmp_path / "broker" / "mosquitto.db").exists()  # ended in order: its sessions are saved


async def test_without_mosquitto_the_error_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded_module, "SEARCH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerUnavailable) as error:
        await EmbeddedBroker(tmp_path / "broker").start()
    assert error.value.hint.startswith("sudo apt install")
