"""The broker and the daemon are killed and frozen. What was promised holds."""

import contextlib
import json
import signal
import subprocess
import sys

import pytest
from tests.support.broker import eventually, person
from tests.support.house import House, outcomes, states

from oyez.mqtt import receipts

pytestmark = pytest.mark.integration

SAID = "oyez/kitchen/said"


def saved(mosquitto) -> bytes:
    """What the broker has on disk."""
    database = mosquitto.folder / "mosquitto.db"
    return database.read_bytes() if database.exists() else b""


@contextlib.contextmanager
def daemon(mosquitto, folder, repository):
    """A daemon in a process of its own."""
    command = [sys.executable, "-m", "tests.support.mini_daemon", str(mosquitto.port), str(folder)]
    process = subprocess.Popen(command, cwd=repository)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_announcements_held_by_a_killed_daemon_are_spoken_once_by_the_next(mosquitto, tmp_path, repository):
    async with person(mosquitto, SAID, "oyez/bridge/state") as someone:
        with daemon(mosquitto, tmp_path, repository) as process:
            await eventually(lambda: states(someone.on("oyez/bridge/state")) == ["online"], within=30)
            for text in ("One.", "Two.", '{"text": "Three.", "id": "3"}'):
                await someone.publish("oyez/kitchen/say", text)
            await eventually(lambda: states(someone.on(SAID)) == ["accepted"] * 3)
            process.send_signal(signal.SIGKILL)
            process.wait()
            await someone.publish("oyez/kitchen/say", "While away.")
        async with House(mosquitto, tmp_path).living() as house:
            await eventually(lambda: len(house.kitchen.agenda) == 4)
            flags = [one.redelivered for one in house.kitchen.agenda._waiting]
            for _ in range(4):
                await house.speak()
            await house.cut()
            await someone.publish("oyez/kitchen/say", "Last.")
            await eventually(lambda: len(house.kitchen.agenda))
            assert house.kitchen.spoken == ["One.", "Two.", "Three.", "While away."]
            assert flags == [True, True, True, False]
            assert [one.text for one in house.kitchen.agenda._waiting] == ["Last."]


async def test_the_last_will_tells_of_a_killed_daemon(mosquitto, tmp_path, repository):
    async with person(mosquitto, "oyez/bridge/state") as someone:
        with daemon(mosquitto, tmp_path, repository):
            await eventually(lambda: states(someone.on("oyez/bridge/state")) == ["online"], within=30)
        await eventually(lambda: states(someone.on("oyez/bridge/state")) == ["online", "offline"], within=20)
    async with person(mosquitto, "oyez/bridge/state") as late:
        await eventually(lambda: late.received)
        assert late.received[0].retain


@pytest.mark.parametrize("payload", ["Dinner.", '{"text": "Dinner.", "id": "d1"}'])
async def test_what_was_spoken_but_not_acknowledged_is_not_spoken_again(mosquitto, tmp_path, monkeypatch, payload):
    """Killed between the note on disk and the acknowledgement."""
    async with person(mosquitto, SAID) as someone:
        with monkeypatch.context() as patched:
            patched.setattr(receipts.PacketReceipt, "acknowledge", lambda _: None)
            async with House(mosquitto, tmp_path).living() as house:
                await someone.publish("oyez/kitchen/say", payload)
                await eventually(lambda: len(house.kitchen.agenda))
                await house.speak()
        async with House(mosquitto, tmp_path).living() as house:
            await eventually(lambda: states(someone.on(SAID)) == ["accepted", "spoken", "spoken"])
            assert json.loads(someone.on(SAID)[-1])["notes"] == ["repeated"]
            assert len(house.kitchen.agenda) == 0
        async with House(mosquitto, tmp_path).living() as house:
            await someone.publish("oyez/kitchen/say", "Next.")
            await eventually(lambda: len(house.kitchen.agenda))
            assert [one.text for one in house.kitchen.agenda._waiting] == ["Next."]


@pytest.mark.parametrize("persistence", [False, True])
async def test_an_announcement_held_while_the_broker_is_killed_is_spoken_once(make_mosquitto, tmp_path, persistence):
    mosquitto = make_mosquitto(persistence=persistence)
    mosquitto.start()
    async with House(mosquitto, tmp_path).living() as house:
        async with person(mosquitto) as someone:
            await someone.publish("oyez/kitchen/say", "Dinner.")
            await eventually(lambda: len(house.kitchen.agenda))
            if persistence:
                mosquitto.save()
                await eventually(lambda: b"Dinner." in saved(mosquitto))
        mosquitto.kill()
        await eventually(lambda: house.state == "away")
        mosquitto.start()
        await eventually(lambda: house.state == "ok")
        if persistence:
            await eventually(lambda: house.receipts_live)
        await house.speak()
        async with person(mosquitto) as someone:
            await someone.publish("oyez/kitchen/say", "Later.")
            await eventually(lambda: len(house.kitchen.agenda))
        assert house.kitchen.spoken == ["Dinner."]
        assert [one.text for one in house.kitchen.agenda._waiting] == ["Later."]


async def test_a_frozen_broker_is_noticed_and_found_again(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path, keepalive_s=1).living() as house:
        mosquitto.freeze()
        await eventually(lambda: house.state == "away", within=8)
        house.broker.publish("oyez/kitchen/heard", b"meanwhile")
        mosquitto.thaw()
        async with person(mosquitto, "oyez/kitchen/heard") as someone:
            await eventually(lambda: house.state == "ok")
            await eventually(lambda: someone.on("oyez/kitchen/heard") == [b"meanwhile"])


async def test_a_frozen_broker_does_not_keep_the_daemon_from_stopping(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house:
        mosquitto.freeze()
        house.broker.publish("oyez/kitchen/heard", b"x")


async def test_a_broker_killed_again_and_again_costs_nothing_that_was_accepted(make_mosquitto, tmp_path):
    mosquitto = make_mosquitto(persistence=True)
    mosquitto.start()
    async with House(mosquitto, tmp_path).living() as house:
        for number in range(6):
            async with person(mosquitto, SAID) as someone:
                await someone.publish("oyez/kitchen/say", json.dumps({"text": str(number), "id": str(number)}))
                await eventually(lambda: (str(number), "accepted") in outcomes(someone.on(SAID)))  # noqa: B023
                mosquitto.kill()
                await eventually(lambda: house.state == "away")
                await house.speak()
            mosquitto.start()
            await eventually(lambda: house.state == "ok", within=15)
        assert house.kitchen.spoken == [str(number) for number in range(6)]
        assert len(house.desk) == 0
