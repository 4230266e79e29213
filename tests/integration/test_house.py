"""The whole daemon as a process: real broker, real Kokoro, the bundled MMS model, a virtual hall."""

from __future__ import annotations

import asyncio
import json
import signal

import psutil
import pytest
from tests.support.broker import eventually, person
from tests.support.daemon import running, virtual
from tests.support.spoken import words

from oyez.app import House
from oyez.config import load
from oyez.listen import HearingRoom

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "Someone is at the door."
LONG = "The washing machine has finished and the dryer has twenty minutes left. " * 3


def objects(someone, topic):
    return [json.loads(payload) for payload in someone.on(topic)]


def last(someone, topic):
    return (objects(someone, topic) or [{}])[-1]


def states(someone, room="crier", announcement=None):
    told = objects(someone, f"oyez/{room}/said")
    return [one["state"] for one in told if announcement in (None, one.get("id"))]


async def test_what_one_room_says_another_hears_and_publishes(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", virtual(mosquitto)):
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: someone.on("oyez/house/heard"), within=60)
        (heard,) = objects(someone, "oyez/house/heard")
        assert words(heard["text"]) == words(SENTENCE)
        assert heard["event_type"] == "transcript"
        assert (heard["room"], heard["language"]) == ("house", "eng")
        assert 0 < heard["confidence"] <= 1
        assert [word["word"] for word in heard["words"]] == heard["text"].split()
        assert all(word["start"] < word["end"] for word in heard["words"])
        await eventually(lambda: "spoken" in states(someone))
        assert states(someone) == ["accepted", "started", "spoken"]
        assert not any(message.retain for message in someone.received if str(message.topic).endswith("/heard"))


def test_a_microphones_gain_is_the_configs_until_another_is_set(mosquitto, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(HearingRoom, "amplify", lambda room, gain_db: told.append((room.name, gain_db)))
    config = virtual(mosquitto, state_dir=str(tmp_path))
    config["rooms"]["house"]["gain_db"] = -3
    (tmp_path / "oyez.yaml").write_text(json.dumps(config))
    house = House(load(tmp_path / "oyez.yaml"))

    async def set_another():
        await house.settings.load()
        await house.settings.set("house", {"gain_db": 12})

    asyncio.run(set_another())
    assert told == [("house", -3.0), ("house", 12.0)]


def test_a_rooms_own_ear_goes_over_that_of_the_house(mosquitto, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(HearingRoom, "tune", lambda _, vad: told.append((vad.threshold, vad.hang_over_ms)))
    levels = []
    monkeypatch.setattr(HearingRoom, "suppress", lambda _, level: levels.append(level))
    config = virtual(mosquitto, state_dir=str(tmp_path)) | {"vad": {"threshold": 0.4}}
    config["rooms"]["house"]["vad_hang_over_ms"] = 900
    (tmp_path / "oyez.yaml").write_text(json.dumps(config))
    house = House(load(tmp_path / "oyez.yaml"))

    async def set_another():
        await house.settings.load()
        await house.settings.set("house", {"vad_threshold": 0.8})
        await house.settings.set("house", {"vad_threshold": None, "vad_hang_over_ms": 300, "noise_suppression": 2})

    asyncio.run(set_another())
    assert told == [(0.4, 900), (0.8, 900), (0.4, 300)]
    assert levels == [0, 0, 0, 2]  # when it is made, too
    state = house.report._room("house")
    assert (state["vad_threshold"], state["vad_hang_over_ms"], state["noise_suppression"]) == (0.4, 300, 2)


async def test_the_room_that_speaks_does_not_hear_itself(mosquitto, tmp_path):
    config = virtual(mosquitto, crier={"microphone": "loopback:hall"})
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config):
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: someone.on("oyez/house/heard"), within=60)
        await eventually(lambda: "spoken" in states(someone))
        # When the other room's transcript is out, and the crier's own tail is over, nothing more can come.
        await eventually(lambda: last(someone, "oyez/crier/state").get("speaking") is False)
        assert someone.on("oyez/crier/heard") == []


async def test_a_house_that_slept_hears_it_all_and_what_is_heard_so_far_is_told_before_the_end(mosquitto, tmp_path):
    config = virtual(mosquitto, asr={"partial_every_ms": 100, "unload_after_s": 2})
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:
        await eventually(lambda: engine_state(someone) == "unloaded", within=30)
        assert daemon.children("engines.mms.worker") == []
        assert last(someone, "oyez/bridge/health")["healthy"]
        count = 0
        while count < 2 or not someone.on(
            "oyez/house/hearing"
        ):  # asleep, awake, and until there was time for a partial
            count += 1
            await someone.publish("oyez/crier/say", json.dumps({"id": f"n{count}", "text": SENTENCE}))
            await eventually(lambda count=count: len(someone.on("oyez/house/heard")) == count, within=60)
        for heard in objects(someone, "oyez/house/heard"):
            assert words(heard["text"]) == words(SENTENCE)
        told = [
            (str(message.topic), json.loads(message.payload)["id"])
            for message in someone.received
            if str(message.topic) in ("oyez/house/heard", "oyez/house/hearing")
        ]
        for place, (topic, name) in enumerate(told):
            assert ("oyez/house/heard", name) not in told[:place]
            assert topic == "oyez/house/heard" or ("oyez/house/heard", name) in told[place:]
        assert all(not message.retain for message in someone.received if str(message.topic) == "oyez/house/hearing")
        assert all("recognition" not in told["troubles"] for told in objects(someone, "oyez/bridge/health"))


async def test_a_room_of_two_languages_writes_down_each_in_its_own(mosquitto, tmp_path):
    config = virtual(mosquitto)
    config["rooms"]["house"]["language"] = ["eng", "Spanish"]
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config):
        await someone.publish("oyez/crier/say", SENTENCE)
        await someone.publish("oyez/crier/say", json.dumps({"text": "La puerta está abierta.", "voice": "ef_dora"}))
        await eventually(lambda: len(someone.on("oyez/house/heard")) == 2, within=60)
        english, spanish = objects(someone, "oyez/house/heard")
        assert (english["language"], words(english["text"])) == ("eng", words(SENTENCE))
        assert (spanish["language"], spanish["text"]) == ("spa", "la puerta está abierta")
        assert min(english["language_confidence"], spanish["language_confidence"]) > 0.5
        assert last(someone, "oyez/house/state")["language"] == "eng, Spanish"


def engine_state(someone):
    return last(someone, "oyez/bridge/health").get("parts", {}).get("recognition", {}).get("state")


async def test_state_info_and_health_are_retained_and_true(mosquitto, tmp_path):
    async with running(tmp_path / "d", virtual(mosquitto)):
        async with person(mosquitto, "oyez/#") as someone:
            await eventually(lambda: last(someone, "oyez/bridge/health").get("healthy"), within=30)
            assert last(someone, "oyez/bridge/health")["parts"]["broker"]["state"] == "ok"
            await someone.publish("oyez/crier/stop", "", retain=True)
            await eventually(
                lambda: any("retained" in line["message"] for line in objects(someone, "oyez/bridge/logging")),
                within=30,
            )
        async with person(mosquitto, "oyez/bridge/health", "oyez/bridge/info", "oyez/+/state") as latecomer:
            await eventually(lambda: len({str(message.topic) for message in latecomer.received}) == 5)
        assert last(latecomer, "oyez/bridge/state") == {"state": "online"}
        info = last(latecomer, "oyez/bridge/info")
        assert info["rooms"] == {"hear": ["house"], "speak": ["crier"]}
        assert set(info["languages"]) >= {"eng", "spa"}
        assert last(latecomer, "oyez/crier/state")["voice"] == "af_heart"


async def test_sigterm_ends_it_within_five_seconds_with_every_outcome_told(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", virtual(mosquitto)) as daemon:
        for number in range(3):
            await someone.publish("oyez/crier/say", json.dumps({"id": f"n{number}", "text": LONG}))
        await eventually(lambda: "started" in states(someone, announcement="n0"), within=30)
        asked = asyncio.get_running_loop().time()
        assert await daemon.stop() == 0
        assert asyncio.get_running_loop().time() - asked < 5
        await eventually(lambda: last(someone, "oyez/bridge/state") == {"state": "stopped"})
        for number in range(3):
            assert states(someone, announcement=f"n{number}")[-1] == "cancelled"
        assert "STOPPING=1" in daemon.notified


async def test_kill_9_between_acceptance_and_the_end_loses_nothing(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", virtual(mosquitto)) as daemon:
        for number in range(2):
            await someone.publish(
                "oyez/crier/say", json.dumps({"id": f"n{number}", "text": f"{SENTENCE} Number {number}."})
            )
        await eventually(lambda: "started" in states(someone, announcement="n0"), within=30)
        await daemon.kill()
        daemon.notified.clear()
        await daemon.start()
        await eventually(lambda: states(someone).count("spoken") == 2, within=60)
        for number in range(2):
            ends = [
                state for state in states(someone, announcement=f"n{number}") if state not in ("accepted", "started")
            ]
            assert ends == ["spoken"]


async def test_what_was_spoken_before_a_kill_9_is_not_spoken_again(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", virtual(mosquitto)) as daemon:
        await someone.publish("oyez/crier/say", json.dumps({"id": "once", "text": SENTENCE}))
        await eventually(lambda: "spoken" in states(someone), within=60)
        await daemon.kill()
        daemon.notified.clear()
        await daemon.start()
        await someone.publish("oyez/crier/say", json.dumps({"id": "once", "text": SENTENCE}))
        await eventually(lambda: states(someone).count("spoken") == 2, within=30)
        assert states(someone).count("started") == 1
        assert "repeated" in objects(someone, "oyez/crier/said")[-1]["notes"]


@pytest.mark.parametrize("engine", ["engines.mms.worker", "engines.kokoro.worker"])
async def test_a_killed_engine_is_replaced_and_the_house_goes_on(mosquitto, tmp_path, engine):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", virtual(mosquitto)) as daemon:
        (child,) = daemon.children(engine)
        child.kill()
        await eventually(lambda: daemon.children(engine) not in ([], [child]), within=30)
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: someone.on("oyez/house/heard"), within=60)
        assert daemon.alive


async def test_the_watchdog_is_fed_while_it_works_and_starves_when_the_loop_stands(mosquitto, tmp_path):
    async with running(tmp_path / "d", virtual(mosquitto), watchdog_s=4) as daemon:
        await eventually(lambda: daemon.notified.count("WATCHDOG=1") >= 2)
        daemon.send(signal.SIGSTOP)
        await asyncio.sleep(1.5)
        fed = daemon.notified.count("WATCHDOG=1")
        await asyncio.sleep(2.5)
        assert daemon.notified.count("WATCHDOG=1") == fed
        daemon.send(signal.SIGCONT)
        await eventually(lambda: daemon.notified.count("WATCHDOG=1") > fed)


async def test_only_the_daemon_itself_tells_systemd_that_it_is_ready(tmp_path):
    config = {"broker": {"host": "embedded"}, "rooms": {"crier": {"microphone": "none", "speaker": "loopback:hall"}}}
    async with running(tmp_path, config, watchdog_s=30) as daemon:
        children = psutil.Process(daemon.pid).children(recursive=True)
        assert daemon.children("mosquitto")
        assert [child for child in children if {"NOTIFY_SOCKET", "WATCHDOG_USEC"} & child.environ().keys()] == []
        assert daemon.notified.count("READY=1") == 1
        assert await daemon.stop() == 0
    assert daemon.notified.count("STOPPING=1") == 1


async def test_a_reload_takes_the_new_config_and_a_mistake_changes_nothing(mosquitto, tmp_path):
    config = virtual(mosquitto)
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:
        daemon.configure(virtual(mosquitto, crier={"voices": "bf_emma"}))
        daemon.send(signal.SIGHUP)
        await eventually(lambda: any("the new one has a mistake" in line for line in daemon.notified))
        assert "voices" in daemon.log
        daemon.notified.clear()
        daemon.configure(virtual(mosquitto, crier={"voice": "bf_emma"}))
        daemon.send(signal.SIGHUP)
        await eventually(lambda: last(someone, "oyez/crier/state").get("voice") == "bf_emma", within=30)
        await eventually(lambda: "READY=1" in daemon.notified)
        daemon.notified.clear()
        await someone.publish("oyez/bridge/request/restart", "")
        await eventually(lambda: last(someone, "oyez/bridge/response/restart").get("status") == "ok")
        await eventually(lambda: "READY=1" in daemon.notified, within=30)
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: "spoken" in states(someone), within=60)
        assert last(someone, "oyez/bridge/state") == {"state": "online"}
        assert len(someone.on("oyez/bridge/response/restart")) == 1


async def test_nobody_s_words_and_no_password_are_in_the_log(make_mosquitto, tmp_path):
    canary = "someone is at the door"
    users = tmp_path / "users"
    users.write_text("")
    broker = make_mosquitto()
    broker.start()
    secret = "correct-horse-battery"
    config = virtual(broker, log={"level": "debug"})
    config["broker"] |= {"username": "oyez", "password": secret}
    async with person(broker, "oyez/#") as someone, running(tmp_path / "d", config) as daemon:
        await someone.publish("oyez/crier/say", canary)
        await eventually(lambda: someone.on("oyez/house/heard"), within=60)
        assert await daemon.stop() == 0
        for told in (daemon.log, *(bytes(message.payload).decode() for message in someone.received)):
            assert secret not in told
        heard = last(someone, "oyez/house/heard")["text"]
        assert canary not in daemon.log.lower()
        assert heard not in daemon.log
        kept = b"".join(file.read_bytes() for file in (tmp_path / "d" / "state").rglob("*") if file.is_file())
        assert canary.encode() not in kept.lower()
        assert heard.encode() not in kept


async def test_a_model_that_is_missing_stops_the_start_with_78_and_the_command_that_mends_it(mosquitto, tmp_path):
    config = virtual(mosquitto, models_dir=str(tmp_path / "nothing"))
    async with running(tmp_path / "d", config, start=False) as daemon:
        await daemon.start(wait=False)
        assert await daemon.wait() == 78
        assert "oyez models install" in daemon.log


async def test_it_starts_without_a_broker_and_says_so(make_mosquitto, tmp_path):
    broker = make_mosquitto()
    async with running(tmp_path / "d", virtual(broker)) as daemon:
        await eventually(lambda: any(line.startswith("STATUS=") and "broker away" in line for line in daemon.notified))
        broker.start()
        async with person(broker, "oyez/#") as someone:
            await someone.publish("oyez/crier/say", SENTENCE)
            await eventually(lambda: "online" in str(objects(someone, "oyez/bridge/state")), within=10)
