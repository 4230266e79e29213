"""Requests to the daemon over a real broker: what is asked, what is answered."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest
from tests.support.broker import eventually, person
from tests.support.house import House

from oyez.actions.table import ACTIONS
from oyez.model import Answer, Quiet
from oyez.mqtt import payloads
from oyez.speak.announce import Stop

pytestmark = pytest.mark.integration


class Asker:
    """Someone at the broker who asks and waits for the answer."""

    def __init__(self, someone) -> None:
        self.someone = someone

    async def ask(self, verb, payload="", **properties):
        body = payload if isinstance(payload, str | bytes) else json.dumps(payload)
        topic = f"oyez/bridge/response/{verb}"
        before = len(self.someone.on(topic))
        await self.someone.publish(f"oyez/bridge/request/{verb}", body, **properties)
        await eventually(lambda: len(self.someone.on(topic)) > before)
        return json.loads(self.someone.on(topic)[-1])


@pytest.fixture
async def home(mosquitto, tmp_path):
    async with House(mosquitto, tmp_path).living() as house, person(mosquitto, "#") as someone:
        house.asker = Asker(someone)
        yield house


async def test_say_answers_with_what_it_made_and_goes_the_way_of_all_announcements(home):
    answer = await home.asker.ask("say", {"rooms": "all", "text": "Dinner.", "priority": "urgent", "transaction": "t1"})
    assert answer == {
        "status": "ok",
        "transaction": "t1",
        "data": {"announcements": [{"room": "kitchen", "id": "t1"}]},
    }
    await home.speak()
    said = home.asker.someone.on("oyez/kitchen/said")
    await eventually(lambda: len(home.asker.someone.on("oyez/kitchen/said")) == 2)
    said = [json.loads(one) for one in home.asker.someone.on("oyez/kitchen/said")]
    assert [(one["state"], one["transaction"]) for one in said] == [("accepted", "t1"), ("spoken", "t1")]


async def test_a_say_request_is_acknowledged_when_its_outcome_is_known(home, mosquitto):
    await home.asker.ask("say", {"text": "Dinner.", "id": "d"})
    (held,) = home.desk._held.values()
    assert held.receipts[0]._open
    await home.speak()
    assert not held.receipts[0]._open
    assert len(home.desk) == 0


async def test_bare_text_is_said_where_one_room_speaks(home):
    answer = await home.asker.ask("say", "Dinner is ready.")
    assert answer["data"]["announcements"][0]["room"] == "kitchen"
    assert home.kitchen.agenda.waiting[0].text == "Dinner is ready."


async def test_the_queue_the_history_and_a_replay(home):
    await home.asker.ask("say", {"text": "One.", "id": "1", "expires_in": 60})
    await home.asker.ask("say", {"text": "Two.", "id": "2", "priority": "low"})
    queue = (await home.asker.ask("queue"))["data"]["rooms"]["kitchen"]
    assert [(one["id"], one["text"], one["priority"], one["speaking"]) for one in queue] == [
        ("1", "One.", "normal", False),
        ("2", "Two.", "low", False),
    ]
    assert 59 <= queue[0]["expires_in"] <= 60
    assert queue[1]["expires_in"] is None
    assert (await home.asker.ask("replay"))["error"].startswith("nothing was spoken yet")
    await home.speak()
    past = (await home.asker.ask("history", {"limit": 5}))["data"]["announcements"]
    assert [(one["id"], one["state"]) for one in past] == [("2", "accepted"), ("1", "spoken")]
    again = await home.asker.ask("replay", {"rooms": ["kitchen"], "transaction": 7})
    assert (again["transaction"], again["data"]["announcements"]) == (7, [{"room": "kitchen", "id": "replay-7"}])
    assert [one.text for one in home.kitchen.agenda.waiting] == ["One.", "Two."]


async def test_a_recording_is_in_the_history_with_its_length_and_is_not_replayed(home):
    await home.asker.ask("say", {"text": "One.", "id": "1"})
    await home.speak()
    played = asyncio.create_task(home.desk.play("kitchen", np.zeros(36_000, np.float32)))
    await eventually(lambda: len(home.kitchen.agenda))
    await home.conclude()
    await home.speak()
    assert (await played).state == "spoken"
    latest, first = (await home.asker.ask("history"))["data"]["announcements"]
    assert (latest["text"], latest["state"], latest["recorded"]) == ("", "spoken", 1.5)
    assert (first["text"], first["recorded"]) == ("One.", None)
    assert all(entry.announcement.recording is None for entry in home.desk.history.entries())
    await home.asker.ask("replay", {"rooms": ["kitchen"]})
    assert [one.text for one in home.kitchen.agenda.waiting] == ["One."]


async def test_stop_cancels_one_or_all(home):
    assert (await home.asker.ask("stop", {"id": "x"}))["data"] == {"rooms": ["kitchen"]}
    assert (await home.asker.ask("stop", "PRESS"))["status"] == "ok"
    assert home.kitchen.stopped == [Stop("x"), Stop()]


async def test_stop_and_clear_know_announcements_by_key_and_tag(home):
    for name, wishes in (("1", {"key": "door"}), ("2", {"tag": "t"}), ("3", {"tag": "t"}), ("4", {})):
        await home.asker.ask("say", {"text": name, "id": name} | wishes)
    queue = (await home.asker.ask("queue"))["data"]["rooms"]["kitchen"]
    assert [(one["key"], one["tag"], one["cut"]) for one in queue][:2] == [("door", None, False), (None, "t", False)]
    await home.asker.ask("say", {"text": "5", "id": "5", "key": "door"})
    assert [one.id for one in home.kitchen.agenda.waiting] == ["5", "2", "3", "4"]
    await home.asker.ask("stop", {"tag": "t"})
    assert [one.id for one in home.kitchen.agenda.waiting] == ["5", "4"]
    assert (await home.asker.ask("clear", "kitchen"))["data"] == {"rooms": ["kitchen"]}
    assert len(home.kitchen.agenda) == 0


async def test_plain_text_for_all_rooms_and_its_directions(home):
    await home.asker.someone.publish("oyez/all/say", "[[urgent]] [[repeat 2]] Smoke! [[pause]] Smoke!")
    await eventually(lambda: home.kitchen.agenda.waiting)
    (said,) = home.kitchen.agenda.waiting
    assert (said.text, said.priority.name, said.repeat) == ("Smoke! [[pause]] Smoke!", "URGENT", 2)
    await home.asker.someone.publish("oyez/all/stop", "")
    await eventually(lambda: not home.kitchen.agenda.waiting)


async def test_a_suspension_is_quiet_for_some_minutes(home):
    answer = (await home.asker.ask("suspend", {"rooms": "kitchen", "minutes": 30}))["data"]
    until = home.settings.until("kitchen", "quiet")
    assert answer == {"rooms": ["kitchen"], "until": payloads.timestamp(until)}
    assert home.kitchen.agenda.quiet is Quiet.REFUSE
    await home.settings.lapse(until)
    assert home.kitchen.agenda.quiet is Quiet.NO


async def test_a_question_is_answered_when_its_outcome_is_known_and_others_need_not_wait(home):
    asking = asyncio.create_task(home.asker.ask("ask", {"text": "Tea?", "transaction": "q", "ask": 5}))
    await eventually(lambda: home.kitchen.agenda.waiting)
    assert home.kitchen.agenda.waiting[0].ask == 5
    assert (await home.asker.ask("queue"))["status"] == "ok"
    home.kitchen.speak(answer=Answer("yes", "eng", 0.91234))
    await home.conclude()
    assert (await asking)["data"] == {
        "room": "kitchen",
        "id": "q",
        "state": "answer",
        "text": "yes",
        "language": "eng",
        "confidence": 0.912,
        "reason": None,
    }


async def test_voices_languages_health_and_info(home):
    voices = (await home.asker.ask("voices", "spanish"))["data"]["voices"]
    assert voices[0]["language"] == "es"
    languages = (await home.asker.ask("languages"))["data"]["languages"]
    assert [one["code"] for one in languages] == ["eng", "spa"]
    assert (await home.asker.ask("health"))["data"]["parts"]["broker"]["state"] == "ok"
    assert (await home.asker.ask("info"))["data"] == {"info": {"version": "1"}}


async def test_the_config_is_told_by_key_without_secrets(home):
    assert (await home.asker.ask("config_get", "rooms.kitchen.voice"))["data"]["value"] == "af_heart"
    everything = (await home.asker.ask("config_get", {}))["data"]["value"]
    assert everything["broker"]["password"] is None
    error = (await home.asker.ask("config_get", "rooms.kitchen.vioce"))["error"]
    assert error == "unknown config key 'vioce'; did you mean 'voice'?"
    assert "nothing below" in (await home.asker.ask("config_get", "broker.host.x"))["error"]


async def test_the_log_level_changes_and_a_reload_tells_what_changed_or_what_is_wrong(home):
    assert (await home.asker.ask("reload"))["data"] == {"changed": ["rooms.kitchen.volume"]}
    assert (await home.asker.ask("log_level"))["data"] == {"level": "info"}
    assert (await home.asker.ask("log_level", "error"))["data"] == {"level": "error"}
    failed = await home.asker.ask("reload", {"transaction": "x"})
    assert (failed["status"], failed["code"], failed["transaction"]) == ("error", "failed", "x")
    assert failed["error"] == "oyez.yaml:1:1: a mistake"


async def test_a_restart_is_answered_first_and_the_schema_is_that_for_editors(home):
    assert (await home.asker.ask("restart"))["data"] == {"restarting": True}
    assert home.process.restarts == 1
    told = (await home.asker.ask("config_schema"))["data"]["config_schema"]
    assert told["properties"].keys() >= {"broker", "rooms", "home_assistant"}


async def test_the_asker_gets_the_answer_on_its_own_topic_with_its_correlation_data(home):
    someone = home.asker.someone
    await home.asker.ask("queue", ResponseTopic="me/answers", CorrelationData=b"\x00\xff42")
    await eventually(lambda: someone.on("me/answers"))
    assert someone.on("me/answers") == someone.on("oyez/bridge/response/queue")
    (answer,) = [message for message in someone.received if str(message.topic) == "me/answers"]
    assert answer.properties.CorrelationData == b"\x00\xff42"
    assert not answer.retain


@pytest.mark.parametrize("topic", ["oyez/kitchen/say", "oyez", "$SYS/x", "a" * 300])
async def test_a_response_topic_that_is_not_the_askers_is_refused_and_nothing_done(home, topic):
    answer = await home.asker.ask("say", {"text": "Dinner.", "transaction": "t"}, ResponseTopic=topic)
    assert (answer["status"], answer["code"]) == ("error", "invalid")
    assert "response topic" in answer["error"]
    assert len(home.kitchen.agenda) == 0
    assert not home.asker.someone.on("oyez/bridge/response/say")[1:]


async def test_an_unknown_verb_is_answered_with_the_nearest_or_all_that_are_known(home):
    assert (await home.asker.ask("sy"))["error"] == "unknown verb 'sy'; did you mean 'say'?"
    answer = await home.asker.ask("make/coffee", {"transaction": "t"})
    assert (answer["status"], answer["data"], answer["transaction"]) == ("error", {}, "t")
    assert answer["error"] == f"unknown verb 'make/coffee'; known: {', '.join(ACTIONS)}"
    await home.asker.someone.publish(f"oyez/bridge/request/{'x' * 1000}", "")
    await eventually(lambda: home.asker.someone.on("oyez/bridge/response/unknown"))


@pytest.mark.parametrize(
    ("verb", "payload", "reason"),
    [
        ("say", b"\xff\xfe", "not UTF-8"),
        ("say", '{"text": ', "isn't one"),
        ("say", "{}", "text is missing"),
        ("say", '{"text": 5}', "text should be a valid string"),
        ("say", '{"text": "x", "txet": "y"}', "unknown key 'txet'; did you mean 'text'?"),
        ("say", '{"text": "x", "text": "y"}', "twice"),
        ("say", '{"text": "x", "speed": NaN}', "NaN"),
        ("say", '{"text": "x", "speed": 9}', "speed must be between"),
        ("say", '{"text": "x", "rooms": "kitchn"}', "unknown room that speaks 'kitchn'; did you mean 'kitchen'?"),
        ("say", '{"text": "x", "rooms": 5}', "rooms should be a valid string"),
        ("say", '{"text": "x", "transaction": {}}', "transaction must be"),
        ("say", '{"text": "x", "transaction": "' + "y" * 200 + '"}', "transaction must have"),
        ("say", "[" * 40_000, "the text has 40,000 characters"),
        ("say", '{"text": "x", "repeat": 99}', "repeat must be a whole number from 1 to 10"),
        ("say", '{"text": "x", "interrupted": "never"}', "interrupted must be one of"),
        ("ask", '{"text": "x", "ask": 500}', "ask must be between 1 and 60"),
        ("ask", '{"text": "x", "room": "attic"}', "unknown room that speaks 'attic'"),
        ("suspend", '{"minutes": 0}', "minutes should be greater"),
        ("suspend", "", "minutes is missing"),
        ("history", '{"limit": 0}', "limit should be greater"),
        ("history", '{"limit": 1' + "0" * 5000 + "}", "too many digits"),
        ("log_level", "loud", "level should be 'debug'"),
        ("queue", '{"rooms": ' + "[" * 20_000, "nested too deeply"),
        ("health", "please", "health takes nothing"),
    ],
)
async def test_bad_requests_are_refused_with_a_reason(home, verb, payload, reason):
    answer = await home.asker.ask(verb, payload)
    assert (answer["status"], answer["data"]) == ("error", {})
    assert answer["code"] == "invalid"
    assert reason in answer["error"]
    assert len(home.kitchen.agenda) == 0


async def test_a_retained_request_is_not_obeyed(home):
    answer = await home.asker.ask("say", "Dinner.", retain=True)
    assert "retain" in answer["error"]
    assert len(home.kitchen.agenda) == 0


async def test_a_setting_applies_at_once_by_request_and_on_the_rooms_own_topic(home):
    answer = await home.asker.ask("set", {"rooms": "kitchen", "quiet": True, "speed": 1.2})
    assert answer["data"]["rooms"]["kitchen"] == {
        "language": "eng",
        "voice": "af_heart",
        "speed": 1.2,
        "volume": 1.0,
        "listening": True,
        "gain_db": 0.0,
        "noise_suppression": 0,
        "vad_threshold": 0.5,
        "vad_hang_over_ms": 600,
        "vad_adaptive": False,
        "quiet": True,
    }
    await home.asker.someone.publish("oyez/kitchen/say", "Not now.")
    await eventually(lambda: home.asker.someone.on("oyez/kitchen/said"))
    assert "quiet" in json.loads(home.asker.someone.on("oyez/kitchen/said")[-1])["reason"]
    await home.asker.someone.publish("oyez/kitchen/set", '{"quiet": null}')
    await eventually(lambda: home.kitchen.agenda.quiet is Quiet.NO)
    assert home.settings.rooms["kitchen"].speed == 1.2


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"rooms": "kitchen"}, "nothing to set; known: language, voice"),
        ({"rooms": "attic", "quiet": True}, "unknown room 'attic'"),
        ({"quiet": True}, "rooms is missing"),
        ({"rooms": "all", "voice": "nobody"}, "no voice is called 'nobody'"),
        ({"rooms": "all", "volume": "loud"}, "volume: should be a factor"),
        ({"rooms": "all", "microphone": "none"}, "unknown key 'microphone'"),
    ],
)
async def test_what_cannot_be_set_is_refused(home, payload, reason):
    answer = await home.asker.ask("set", payload)
    assert reason in answer["error"]
    assert home.settings.rooms["kitchen"].speed == 1.0


async def test_a_rooms_own_topic_takes_objects_only(home):
    topic = "oyez/bridge/response/set"
    for payload in ("loud", '{"rooms": "all"}', '{"transaction": "t", "quiet": "yes"}'):
        await home.asker.someone.publish("oyez/kitchen/set", payload)
    await eventually(lambda: len(home.asker.someone.on(topic)) == 3)
    told = [json.loads(one) for one in home.asker.someone.on(topic)]
    assert [one["status"] for one in told] == ["error"] * 3
    assert "give a JSON object" in told[0]["error"]
    assert told[2]["transaction"] == "t"
