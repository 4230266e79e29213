"""The connection to a real mosquitto."""

import asyncio
import json
import logging
from types import SimpleNamespace

import pytest
from tests.support.broker import eventually, free_port, person
from tests.support.house import House, outcomes, states

from oyez.mqtt import client as client_module
from oyez.speak.announce import Stop

pytestmark = pytest.mark.integration

STATE = "oyez/bridge/state"


async def test_it_says_online_and_at_a_clean_end_stopped(mosquitto, tmp_path):
    async with person(mosquitto, STATE) as someone:
        async with House(mosquitto, tmp_path).living():
            await eventually(lambda: states(someone.on(STATE)) == ["online"])
        await eventually(lambda: states(someone.on(STATE)) == ["online", "stopped"])
    async with person(mosquitto, STATE) as late:
        await eventually(lambda: states(late.on(STATE)) == ["stopped"])
        assert late.received[0].retain


async def test_a_cancelled_daemon_says_stopped_too(mosquitto, tmp_path):
    house = House(mosquitto, tmp_path)
    async with person(mosquitto, STATE) as someone:
        task = asyncio.create_task(house.broker.run())
        await eventually(lambda: states(someone.on(STATE)) == ["online"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await eventually(lambda: states(someone.on(STATE)) == ["online", "stopped"])


async def test_an_announcement_goes_all_the_way(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto, "oyez/kitchen/said") as someone:
        await someone.publish("oyez/kitchen/say", '{"text": "Dinner.", "id": "d1", "transaction": "t"}')
        await eventually(lambda: len(house.kitchen.agenda))
        await house.speak()
        await eventually(lambda: outcomes(someone.on("oyez/kitchen/said")) == [("d1", "accepted"), ("d1", "spoken")])
        last = someone.received[-1]
        assert not last.retain
        assert 25 <= last.properties.MessageExpiryInterval <= 30
        assert last.properties.ContentType == "application/json"


async def test_what_is_published_on_a_command_topic_by_the_daemon_itself_does_not_come_back(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto) as someone:
        house.broker.publish("oyez/kitchen/say", b"echo")
        await eventually(lambda: house.health.snapshot()["parts"]["broker"]["outbox"] == 0)
        await someone.publish("oyez/kitchen/say", "voice")
        await eventually(lambda: len(house.kitchen.agenda))
        assert [one.text for one in house.kitchen.agenda._waiting] == ["voice"]


async def test_a_retained_announcement_is_refused_with_the_way_to_clear_it(mosquitto, tmp_path, monkeypatch):
    warnings = record_warnings(monkeypatch)
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto, "oyez/kitchen/said") as someone:
        for _ in range(2):
            await someone.publish("oyez/kitchen/say", "Dinner.", retain=True)
        await eventually(lambda: states(someone.on("oyez/kitchen/said")) == ["refused", "refused"])
        assert len(house.kitchen.agenda) == 0
    assert [warning["clear_with"] for warning in warnings] == [
        f"mosquitto_pub -h 127.0.0.1 -p {mosquitto.port} -r -n -t oyez/kitchen/say"
    ]


async def test_a_retained_announcement_from_before_is_not_even_delivered(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/kitchen/said") as someone:
        await someone.publish("oyez/kitchen/say", "Dinner.", retain=True)
        for turn in ("first", "again"):
            async with House(mosquitto, tmp_path).living() as house:
                await someone.publish("oyez/kitchen/say", turn)
                await eventually(lambda: len(house.kitchen.agenda))
                await house.speak()
                assert house.kitchen.spoken == [turn]
        await eventually(lambda: states(someone.on("oyez/kitchen/said")) == ["accepted", "spoken"] * 2)


async def test_a_stop_passes_announcements_that_wait_at_the_broker(mosquitto, tmp_path, monkeypatch):
    monkeypatch.setattr(client_module.connection, "RECEIVE_MAXIMUM", 5)
    house = House(mosquitto, tmp_path)
    before, stop = [], house.kitchen.stop

    async def noting(announcement_id=None):
        before.append(house.broker.deliveries.passed)  # what the stop sets free comes after it
        await stop(announcement_id)

    house.kitchen.stop = noting
    async with house.living(), person(mosquitto) as someone:
        for number in range(16):
            await someone.publish("oyez/kitchen/say", json.dumps({"text": "a", "id": str(number)}))
        await someone.publish("oyez/kitchen/stop", "")
        await eventually(lambda: house.kitchen.stopped == [Stop()])
        assert before[0] < 17


async def test_an_announcement_held_through_a_lost_connection_is_spoken_once(mosquitto, tmp_path):
    house = House(mosquitto, tmp_path)
    async with house.living(), person(mosquitto, "oyez/kitchen/said") as someone:
        await someone.publish("oyez/kitchen/say", "Dinner.")
        await eventually(lambda: len(house.kitchen.agenda))
        await house.cut()
        await eventually(lambda: len(next(iter(house.desk._held.values())).receipts) == 1 and house.receipts_live)
        assert len(house.kitchen.agenda) == 1
        await house.speak()
        # `accepted` was on its way when the connection was cut: QoS 1 may bring it twice. The end comes once.
        await eventually(lambda: states(someone.on("oyez/kitchen/said"))[-1:] == ["spoken"])
        assert states(someone.on("oyez/kitchen/said")).count("spoken") == 1
        await house.cut()
        await someone.publish("oyez/kitchen/say", "Later.")
        await eventually(lambda: len(house.kitchen.agenda))
        assert house.kitchen.spoken == ["Dinner."]
        assert [one.text for one in house.kitchen.agenda._waiting] == ["Later."]


async def test_what_happens_while_the_broker_is_away_is_told_once_and_in_order(make_mosquitto, tmp_path):
    mosquitto = make_mosquitto()
    mosquitto.start()
    house = House(mosquitto, tmp_path)
    async with house.living():
        house.broker.publish("oyez/kitchen/state", b'{"speaking":false}', retain=True)
        await eventually(lambda: house.health.snapshot()["parts"]["broker"]["outbox"] == 0)
        mosquitto.kill()
        await eventually(lambda: house.state == "away")
        for number in range(40):
            house.broker.publish("oyez/kitchen/heard", str(number).encode())
        house.broker.publish("oyez/kitchen/late", b"", expiry=0.0)
        mosquitto.start()
        async with person(mosquitto, "oyez/#") as someone:
            await eventually(lambda: house.state == "ok")
            await eventually(lambda: len(someone.on("oyez/kitchen/heard")) >= 31)
            house.broker.publish("oyez/kitchen/last", b"")
            await eventually(lambda: someone.on("oyez/kitchen/last"))
            assert someone.on("oyez/kitchen/heard") == [str(number).encode() for number in range(9, 40)]
            assert someone.on("oyez/kitchen/state")[-1] == b'{"speaking":false}'
            assert states(someone.on(STATE))[-1] == "online"
            assert not someone.on("oyez/kitchen/late")
        broker = house.health.snapshot()["parts"]["broker"]
        assert (broker["outbox"], broker["outbox_dropped"], broker["outbox_expired"]) == (0, 9, 1)


async def test_it_starts_without_a_broker_and_finds_it_later(make_mosquitto, tmp_path):
    mosquitto = make_mosquitto()
    house = House(mosquitto, tmp_path)
    async with house.living(until="away"):
        house.broker.publish("oyez/kitchen/heard", b"early")
        mosquitto.start()
        async with person(mosquitto, "oyez/kitchen/heard") as someone:
            await eventually(lambda: someone.on("oyez/kitchen/heard") == [b"early"])


def record_warnings(monkeypatch) -> list[dict[str, str]]:
    """What is logged as a warning from now on."""
    warnings: list[dict[str, str]] = []
    monkeypatch.setattr(
        client_module.logger, "warning", lambda text, **fields: warnings.append({"text": text} | fields), raising=False
    )
    return warnings


async def test_a_lost_broker_is_warned_of_once(make_mosquitto, tmp_path, monkeypatch):
    warnings = record_warnings(monkeypatch)
    tries = []
    monkeypatch.setattr(client_module, "LONGEST_WAIT", 0.01)
    real = client_module.connection.open_client

    async def counted(*args):
        tries.append(1)
        return await real(*args)

    monkeypatch.setattr(client_module.connection, "open_client", counted)
    house = House(make_mosquitto(), tmp_path)
    house.broker._backoff.first = 0.01
    async with house.living(until="away"):
        await eventually(lambda: len(tries) > 3)
    assert len(warnings) == 1
    assert str(house.broker.address) in warnings[0]["text"]


@pytest.fixture
def guarded(make_mosquitto, tmp_path):
    """A broker with users `house` and `guest` (password "secret-canary"), and an ACL."""
    users = tmp_path / "users"
    users.write_text(
        "house:$7$101$JByk9pxlNsMbPcLY$zvd6LTZXTyq8LLDdDnRmzmOUSA6g+1/cRv1sKTAPwPgj5khNpVzhXYFhSAQ1XvMAZb4EqMOXNlEh+KdVqP9HDg==\n"
    )

    def make(acl: str = "topic readwrite #"):
        rules = tmp_path / "acl"
        rules.write_text(f"user house\n{acl}\n")
        broker = make_mosquitto(options=f"password_file {users}\nacl_file {rules}")
        passwords(users)
        broker.start()
        return broker

    return make


def passwords(path):
    import subprocess  # noqa: PLC0415

    path.write_text("")
    for user in ("house", "guest"):
        subprocess.run(["mosquitto_passwd", "-b", str(path), user, "secret-canary"], check=True, capture_output=True)


async def test_a_wrong_password_is_told_with_the_user_and_waited_out(guarded, tmp_path, monkeypatch, caplog):
    warnings = record_warnings(monkeypatch)
    caplog.set_level(logging.DEBUG)
    mosquitto = guarded()
    house = House(mosquitto, tmp_path, username="house", password="wrong-canary")
    async with house.living(until="refused"):
        part = house.health.snapshot()["parts"]["broker"]
    assert "'house'" in part["detail"]
    assert "Not authorized" in part["detail"] or "Bad user name" in part["detail"]
    assert len(warnings) == 1
    assert "canary" not in caplog.text + str(warnings) + str(part)
    assert "password" in warnings[0]["hint"]


async def test_the_right_password_opens(guarded, tmp_path):
    async with House(guarded(), tmp_path, username="house", password="secret-canary").living():
        pass


async def test_a_refused_publication_is_told_with_user_and_topic(guarded, tmp_path, monkeypatch):
    warnings = record_warnings(monkeypatch)
    mosquitto = guarded("topic read #\ntopic write oyez/bridge/state")
    async with House(mosquitto, tmp_path, username="house", password="secret-canary").living() as house:
        for _ in range(3):
            house.broker.publish("oyez/kitchen/heard", b"x")
        await eventually(lambda: house.health.snapshot()["parts"]["broker"].get("refused_publications") == 3)
    assert [(one["user"], one["topic"], one["reason"]) for one in warnings] == [
        ("house", "oyez/kitchen/heard", "Not authorized")
    ]


async def test_a_refused_subscription_is_told(mosquitto, tmp_path, monkeypatch):
    # mosquitto 2.0 grants any subscription and withholds messages; other brokers refuse in the SUBACK
    async def refused(*_, **__):
        from paho.mqtt.packettypes import PacketTypes  # noqa: PLC0415
        from paho.mqtt.reasoncodes import ReasonCode  # noqa: PLC0415

        return [ReasonCode(PacketTypes.SUBACK, identifier=0x87)]

    monkeypatch.setattr(client_module.aiomqtt.Client, "subscribe", refused)
    async with House(mosquitto, tmp_path).living(until="refused") as house:
        detail = house.health.snapshot()["parts"]["broker"]["detail"]
    assert "oyez/+/say" in detail
    assert "Not authorized" in detail


async def test_a_client_id_used_twice_ends_in_a_clear_message_not_in_a_fight(mosquitto, tmp_path, monkeypatch):
    warnings = record_warnings(monkeypatch)
    one, other = (House(mosquitto, tmp_path / name) for name in ("a", "b"))
    for house in (one, other):
        house.broker._backoff.first = 0.2
    async with one.living(until="ok"), other.living(until="ok"):
        await eventually(lambda: "refused" in (one.state, other.state), within=20)
    told = [warning for warning in warnings if "hint" in warning]
    assert "another client" in told[0]["text"]
    assert "broker.client_id" in told[0]["hint"]


async def test_what_is_larger_than_we_take_is_withheld_and_the_next_one_comes(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto) as someone:
        await someone.publish("oyez/kitchen/say", b"x" * 1_900_000)
        await someone.publish("oyez/kitchen/say", "small")
        await eventually(lambda: len(house.kitchen.agenda))
        assert [one.text for one in house.kitchen.agenda._waiting] == ["small"]
        assert house.broker.deliveries.passed == 1


async def test_a_megabyte_of_text_is_refused_with_a_reason(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto, "oyez/kitchen/said") as someone:
        await someone.publish("oyez/kitchen/say", b"x" * 1_000_000)
        await eventually(lambda: someone.on("oyez/kitchen/said"))
        assert "1,000,000 bytes; 65,536 are the most" in json.loads(someone.on("oyez/kitchen/said")[0])["reason"]
        assert len(house.kitchen.agenda) == 0


async def test_a_flood_is_refused_unread_and_counted_and_an_urgent_one_passes(mosquitto, tmp_path):
    house, turns, most = House(mosquitto, tmp_path), 0, 0
    async with house.living(), person(mosquitto, "oyez/kitchen/said", "oyez/bridge/response/#") as someone:

        async def loop_turns():
            nonlocal turns, most
            while True:
                await asyncio.sleep(0)
                turns += 1
                most = max(most, len(house.kitchen.agenda), len(house.broker.deliveries) - 320)

        probe = asyncio.create_task(loop_turns())
        someone.client.pending_calls_threshold = 10_000
        sending = [
            someone.publish("oyez/kitchen/say", json.dumps({"text": "flood", "id": str(n)})) for n in range(1000)
        ]
        sending += [someone.publish("oyez/bridge/request/voices", b"xhosa") for _ in range(200)]
        await asyncio.gather(*sending)
        await someone.publish("oyez/kitchen/say", '{"text": "Fire!", "id": "fire", "priority": "urgent"}')
        await eventually(lambda: any(one.id == "fire" for one in house.kitchen.agenda._waiting), within=30)
        probe.cancel()
        assert house.kitchen.agenda._waiting[0].id == "fire"
        part = house.health.snapshot()["parts"]["broker"]
        assert part["commands"] == 1201 == house.broker.deliveries.passed + part["refused_unread"]
        assert house.broker.deliveries.passed < 400
        assert house.broker.deliveries.lost == 0
        assert most <= 16
        assert turns > 1000  # the loop went on turning between the packets

        def unread():
            said = [json.loads(payload) for payload in someone.on("oyez/kitchen/said")]
            answers = [json.loads(payload) for payload in someone.on("oyez/bridge/response/voices")]
            busy = [told["data"] for told in answers if told["status"] == "error"]
            assert all(told["topic"] == "oyez/bridge/request/voices" for told in busy)
            return sum(told.get("refused", 0) for told in said + busy)

        await eventually(lambda: unread() == part["refused_unread"])
        await eventually(lambda: ("fire", "accepted") in outcomes(someone.on("oyez/kitchen/said")))
        assert len(house.desk) == 16


async def test_announcements_find_room_in_a_flood_of_cancellations_and_recordings(tmp_path):
    house = House(SimpleNamespace(host="127.0.0.1", port=1), tmp_path)  # not connected

    def arrive(topic, payload):
        packet = SimpleNamespace(topic=topic, payload=payload, retain=False, dup=False, properties=None)
        house.broker._intake.arrived(packet, SimpleNamespace(acknowledge=lambda: None))

    for _ in range(500):
        arrive("oyez/kitchen/stop", b"")
        arrive("oyez/bridge/request/transcribe", bytes(1_400_000))
    assert len(house.broker.deliveries) < 10
    for number in range(256):  # as many as the broker may send without our acknowledging one
        arrive(f"oyez/{number % 8}/say", b"Dinner.")
    waiting = [await house.broker.deliveries.take() for _ in range(len(house.broker.deliveries))]
    assert len([one for one in waiting if one.verb == "say"]) == 256
    for number in range(500):
        arrive(f"oyez/{number % 16}/stop", b"")
    assert len(house.broker.deliveries) == 64


async def test_an_urgent_one_passes_more_announcements_than_a_broker_has_on_the_way_by_itself(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path, capacity=64).living() as house, person(mosquitto) as someone:
        for number in range(60):
            await someone.publish("oyez/kitchen/say", json.dumps({"text": "a", "id": str(number)}))
        await someone.publish("oyez/kitchen/say", '{"text": "Fire!", "priority": "urgent"}')
        await eventually(lambda: len(house.kitchen.agenda) == 61)
        assert house.kitchen.agenda._waiting[0].text == "Fire!"


async def test_topics_that_are_ours_but_no_command_cost_nothing(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto) as someone:
        await someone.publish("oyez/bridge/say", "x")
        await someone.publish("oyez/cellar/say", "x")
        await someone.publish("oyez/kitchen/say", b"\xff\0")
        await someone.publish("oyez/kitchen/say", "voice")
        await eventually(lambda: len(house.kitchen.agenda))
        assert len(house.desk) == 1


@pytest.mark.parametrize(("host", "state"), [("no-such-host.invalid", "away"), ("x" * 70 + ".invalid", "refused")])
async def test_a_host_that_is_not_there_is_told(tmp_path, host, state):
    house = House(SimpleNamespace(host=host, port=free_port()), tmp_path)
    async with house.living(until=state):
        assert host in house.health.snapshot()["parts"]["broker"]["detail"]
