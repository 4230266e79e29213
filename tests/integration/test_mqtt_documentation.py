"""docs/mqtt.md says what is so."""

import json
import re
import subprocess

import pytest
from tests.support.broker import eventually, person
from tests.support.house import House, outcomes

from oyez.actions import reference
from oyez.actions.reading import read
from oyez.actions.speaking import Answered
from oyez.actions.table import ACTIONS
from oyez.config import SETTABLE
from oyez.model import Announcement, NoMatch, Partial
from oyez.mqtt import payloads
from oyez.speak import announce, header
from oyez.speak.announce import Stop

pytestmark = pytest.mark.integration


@pytest.fixture
def document(repository) -> str:
    return (repository / "docs" / "mqtt.md").read_text()


def blocks(document: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", document, re.MULTILINE | re.DOTALL)


def test_the_example_of_an_announcement_is_one(document):
    [example] = blocks(document, "json say")
    assert isinstance(announce.parse(example.encode(), room="kitchen", now=0.0), Announcement)


def test_the_example_of_a_text_in_pieces_is_one(document):
    pieces = [
        announce.parse(line.encode(), room="kitchen", now=0.0).piece
        for line in blocks(document, "json pieces")[0].splitlines()
    ]
    assert [(piece.number, piece.more) for piece in pieces] == [(0, True), (1, True), (2, False)]
    assert "".join(piece.text for piece in pieces) == "It will be sunny today. Tomorrow there is rain."


def test_every_key_of_an_announcement_is_described(document):
    table = document.partition("| key | type | meaning |")[2].partition("```")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(announce.FIELDS)


def test_the_chapter_on_requests_is_fresh(document):
    assert reference.page(document) == document, "run: python -m oyez.actions.reference"
    assert all(f"| `{verb}` |" in document for verb in ACTIONS)


def test_the_example_of_a_request_is_one_and_those_of_responses_are_json(document):
    [example] = blocks(document, "json request say")
    assert read(ACTIONS["say"], json.loads(example)).rooms == ["kitchen"]
    [responses] = blocks(document, "json response")
    assert [json.loads(line)["status"] for line in responses.splitlines()] == ["ok", "error"]


def test_the_examples_of_answers_to_a_question_have_the_keys_of_one(document):
    [answers] = blocks(document, "json ask")
    for line in answers.splitlines():
        assert Answered(**json.loads(line)["data"]).model_dump().keys() == json.loads(line)["data"].keys()


def test_every_direction_before_a_text_is_described_and_is_one(document):
    table = document.partition("| direction | is the key |")[2].partition("\n\n")[0]
    forms = re.findall(r"`(\[\[.*?\]\])`", table)
    assert {re.match(r"\[\[(\w+)", form)[1] for form in forms} == set(header.FORMS)
    assert [form for form in forms if header.read(f"{form} Text.")[1].strip() != "Text."] == []


def test_the_example_of_a_setting_is_one_and_the_state_has_every_setting(document):
    [setting] = blocks(document, "json set")
    assert set(json.loads(setting)) <= set(SETTABLE)
    [state] = blocks(document, "json state")
    assert set(json.loads(state)) >= set(SETTABLE)


def test_the_example_of_a_log_line_has_the_keys_of_one(document):
    [line] = blocks(document, "json logging")
    assert json.loads(line).keys() == json.loads(payloads.log_line("warning", "x", "y", {}, 1)).keys()


def test_the_example_of_a_partial_transcript_has_the_keys_of_one(document):
    [example] = blocks(document, "json hearing")
    partial = Partial("u", "kitchen", "turn", "eng", 0.9, 1.0, 2.0)
    assert json.loads(example).keys() == json.loads(payloads.partial(partial)).keys()


def test_the_examples_of_what_a_flood_is_told_are_so(document):
    [said, answer] = blocks(document, "json flood")[0].splitlines()
    assert json.loads(said) == json.loads(payloads.unread_announcements("kitchen", 893))
    assert json.loads(answer) == json.loads(payloads.unread_requests("oyez/bridge/request/voices", 893))


def test_every_other_example_is_json(document):
    said, heard, missed = blocks(document, "json")
    assert [json.loads(line)["state"] for line in said.splitlines()] == ["accepted", "started", "spoken"]
    assert json.loads(heard)["event_type"] == "transcript"
    example = NoMatch("u", "kitchen", "unsure", "eng", 0.2, 1.0, 2.0)
    assert json.loads(missed).keys() == json.loads(payloads.no_match(example)).keys()


@pytest.fixture
def locked(document, make_mosquitto, tmp_path):
    """A broker with the access list of the documentation."""
    [rules] = blocks(document, "acl")
    (tmp_path / "acl").write_text(rules)
    users = tmp_path / "users"
    users.write_text("")
    for user in re.findall(r"^user (\w+)", rules, re.MULTILINE):
        subprocess.run(["mosquitto_passwd", "-b", str(users), user, "pw"], check=True, capture_output=True)
    broker = make_mosquitto(options=f"password_file {users}\nacl_file {tmp_path / 'acl'}")
    broker.start()
    return broker


async def test_with_the_access_list_everybody_can_do_their_work_and_no_more(locked, tmp_path):
    topics = ["oyez/#", "homeassistant/#", "oyez/+/said"]
    house, started = House(locked, tmp_path, username="oyez", password="pw"), []
    house.broker.watch("homeassistant/status", started.append)
    async with (
        house.living(),
        person(locked, *topics[:2], username="homeassistant", password="pw") as home,
        person(locked, *topics, username="doorbell", password="pw") as bell,
    ):
        await bell.publish("oyez/kitchen/say", '{"text": "Ding.", "id": "bell"}')
        await bell.publish("oyez/kitchen/stop", "")
        await bell.publish("oyez/bridge/request/stop", "")
        await bell.publish("oyez/kitchen/heard", "forged")
        await home.publish("oyez/kitchen/said", "forged")
        house.broker.publish("oyez/kitchen/heard", b"secret")
        house.broker.publish("oyez/kitchen/state", b"{}", retain=True)
        house.broker.publish("oyez/kitchen/availability", b"online", retain=True)
        house.broker.publish("oyez/kitchen/transcript", b"{}")
        house.broker.publish("homeassistant/device/oyez_kitchen/config", b"{}", retain=True)
        house.broker.publish("oyez/bridge/health", b"{}", retain=True)
        house.broker.publish("oyez/bridge/info", b"{}", retain=True)
        house.broker.publish("oyez/bridge/logging", b"{}")
        await eventually(lambda: ("bell", "accepted") in outcomes(bell.on("oyez/kitchen/said")))
        await house.speak()
        await eventually(lambda: ("bell", "spoken") in outcomes(bell.on("oyez/kitchen/said")))
        await eventually(lambda: home.on("oyez/bridge/info") == [b"{}"])
        assert home.on("oyez/kitchen/heard") == [b"secret"]
        assert home.on("oyez/kitchen/state") == home.on("oyez/bridge/health") == [b"{}"]
        await eventually(lambda: home.on("homeassistant/device/oyez_kitchen/config") == [b"{}"])
        assert home.on("oyez/kitchen/availability") == [b"online"]
        assert home.on("oyez/kitchen/transcript") == [b"{}"]
        await home.publish("homeassistant/status", "online", qos=0)
        await eventually(lambda: started == [b"online"])
        assert {str(message.topic) for message in bell.received} == {"oyez/kitchen/said"}
        assert house.kitchen.stopped == []
        await home.publish("oyez/kitchen/stop", "")
        await eventually(lambda: house.kitchen.stopped == [Stop()])
        await home.publish("oyez/bridge/request/stop", '{"id": "x"}')
        await eventually(lambda: home.on("oyez/bridge/response/stop"))
        assert house.kitchen.stopped == [Stop(), Stop("x")]
        assert "refused_publications" not in house.health.snapshot()["parts"]["broker"]
