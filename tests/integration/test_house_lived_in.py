"""A house that is lived in, as a process of its own: profiles, the file on its disk, programs at events."""

from __future__ import annotations

import json
import signal

import pytest
from tests.support.broker import eventually, person
from tests.support.command import oyez
from tests.support.daemon import running

from oyez.config import schema

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

INFO, STATE, SCHEMA, SELECT = (
    "oyez/bridge/info", "oyez/kitchen/state", "oyez/bridge/config_schema", "homeassistant/device/oyez_bridge/config",
)  # fmt: skip


def config(broker, folder, **rest) -> dict:
    program = folder / "program.sh"
    program.write_text(f"#!/bin/sh\ncat >> {folder}/states\n")
    program.chmod(0o700)
    return {
        "broker": {"host": broker.host, "port": broker.port},
        "rooms": {"kitchen": {"microphone": "none", "speaker": "loopback:hall"}},
        "profiles": {"night": {"all": {"quiet": True, "volume": "20%"}}},
        "hooks": {"programs": {"state": [str(program), "--token=secret"]}},
    } | rest


async def test_a_profile_is_turned_to_and_away_from_and_a_written_file_is_told_until_it_is_read(
    mosquitto, tmp_path, nothing_blocks_the_loop
):
    nothing_blocks_the_loop.deactivate()  # it is the test that reads
    begun = config(mosquitto, tmp_path)
    async with running(tmp_path / "life", begun) as daemon, person(mosquitto, INFO, STATE, SCHEMA, SELECT) as someone:

        def last(topic):
            return json.loads(someone.on(topic)[-1]) if someone.on(topic) else {}

        def room():
            return (last(STATE).get("quiet"), last(STATE).get("volume"))

        await eventually(lambda: last(INFO) and last(SCHEMA) and last(SELECT) and last(STATE))
        told = last(INFO)
        assert (told["profile"], told["profiles"], told["restart_needed"]) == (None, ["night"], False)
        assert (told["reload_needed"], told["config_problem"], told["config_schema"]) == ([], None, SCHEMA)
        assert last(SCHEMA) == schema.tree()
        assert b"secret" not in someone.on(INFO)[-1]

        select = last(SELECT)["cmps"]["profile"]
        assert (select["ops"], select["cmd_t"]) == (["No profile", "night"], "oyez/bridge/request/profile")
        await someone.publish(select["cmd_t"], "night")
        await eventually(lambda: last(INFO)["profile"] == "night" and room() == (True, 0.2))
        await eventually(lambda: '"volume":0.2,"quiet":true' in (tmp_path / "states").read_text())

        daemon.path.write_text("rooms:\n  kitchen: {volum: 1}\n")
        await eventually(lambda: "did you mean volume" in (last(INFO)["config_problem"] or ""), within=20)
        assert last(INFO)["reload_needed"] == []
        daemon.configure(begun | {"log": {"level": "debug"}})
        await eventually(lambda: last(INFO)["reload_needed"] == ["log.level"], within=20)
        daemon.notified.clear()
        daemon.send(signal.SIGHUP)
        await eventually(lambda: "READY=1" in daemon.notified, within=60)
        await eventually(lambda: last(INFO)["reload_needed"] == [], within=20)
        assert (last(INFO)["profile"], room()) == ("night", (True, 0.2))

        address = f"{mosquitto.host}:{mosquitto.port}"
        status, out, _ = await oyez("profile", "none", "--broker", address, "--json")
        assert (status, json.loads(out)) == (0, {"profile": None, "profiles": ["night"]})
        await eventually(lambda: room() == (False, 1.0))
        status, _, err = await oyez("profile", "nigth", "--broker", address)
        assert (status, "did you mean 'night'" in err) == (65, True)
