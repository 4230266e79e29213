"""What Home Assistant is told, against our strict copy of its rules."""

import json

import jinja2
import pytest
from tests.support.home_assistant import STATE, Entity, check, render

from oyez.actions.switchboard import read
from oyez.actions.table import ACTIONS
from oyez.model import Announcement, Priority
from oyez.mqtt import discovery
from oyez.mqtt.topics import Topics
from oyez.speak import announce

TOPICS = Topics("oyez")
KITCHEN = discovery.Room("kitchen", True, True, ("eng", "spa"), ("af_heart", "bf_emma"), denoises=True)


def room(**changes):
    return discovery.room(TOPICS, "1.0", KITCHEN if not changes else discovery.Room("kitchen", **changes))


def bridge():
    return discovery.bridge(TOPICS, "1.0", ["mms", "kokoro"])


@pytest.mark.parametrize(
    "told",
    [
        discovery.room(Topics(base), "1.0", discovery.Room(name, hears, speaks, ("eng",), ("af_heart",)))
        for base in ("oyez", "home/oyez", "häuschen")
        for name in ("kitchen", "living_room", "_", "2nd_floor")
        for hears, speaks in ((True, True), (True, False), (False, True))
    ]
    + [discovery.bridge(Topics(base), "1.0", ["kokoro"], profiles=["night"]) for base in ("oyez", "home/oyez")],
)
def test_every_device_obeys_the_rules(told):
    check(f"homeassistant/device/{told['dev']['ids'][0]}/config", json.loads(discovery.payload(told, {})))


def test_the_rooms_have_what_they_can_do():
    every = {component["p"] for component in room()["cmps"].values()}
    assert every == {"notify", "event", "sensor", "binary_sensor", "select", "number", "switch", "button"}
    hears = set(room(hears=True, speaks=False, languages=("eng",))["cmps"])
    speaks = set(room(hears=False, speaks=True, voices=("af_heart",))["cmps"])
    assert hears >= {
        "heard",
        "transcript",
        "confidence",
        "speech",
        "listening",
        "gain_db",
        "vad_threshold",
        "vad_hang_over_ms",
        "language",
        "microphone_problem",
    }
    assert speaks >= {"say", "urgent", "stop", "replay", "test", "voice", "volume", "speed", "quiet", "queue"}
    assert hears & speaks == {"state"}
    assert "noise_suppression" not in hears  # nothing here could


def test_ids_last_and_differ_between_daemons():
    assert discovery.node(TOPICS, "kitchen") == "oyez_kitchen"
    assert discovery.node(Topics("home/oyez"), "kitchen") != discovery.node(Topics("home_oyez"), "kitchen")
    assert room()["cmps"]["say"]["uniq_id"] == "oyez_kitchen_say"
    assert discovery.config_topic("homeassistant", TOPICS, "kitchen") == "homeassistant/device/oyez_kitchen/config"
    assert room()["dev"]["via_device"] == bridge()["dev"]["ids"][0]


def test_components_that_are_gone_are_reduced_to_their_platform():
    told = json.loads(discovery.payload(room(hears=True, speaks=False, languages=("eng",)), {"say": "notify"}))
    assert told["cmps"]["say"] == {"p": "notify"}
    check("homeassistant/device/oyez_kitchen/config", told)


@pytest.mark.parametrize(("state", "available"), [("online", True), ("offline", False), ("stopped", False)])
def test_a_room_is_there_while_the_daemon_and_something_of_it_is(state, available):
    told = room()
    entity = Entity("x", told["cmps"]["say"], told["avty"])
    entity.take("oyez/kitchen/availability", "online", retained=True)
    assert not entity.available
    entity.take("oyez/bridge/state", json.dumps({"state": "online"}), retained=True)
    entity.take("oyez/bridge/state", json.dumps({"state": state}), retained=True)
    assert entity.available is available
    entity.take("oyez/kitchen/availability", "offline", retained=True)
    assert not entity.available


@pytest.mark.parametrize(
    ("key", "changes", "value"),
    [
        ("speaking", {}, "ON"),
        ("speech", {}, "OFF"),
        ("queue", {}, "2"),
        ("first_audio", {}, "None"),
        ("first_audio", {"first_audio": 0.31}, "0.31"),
        ("state", {}, "speaking"),
        ("voice", {}, "af_heart"),
        ("language", {}, "eng"),
        ("volume", {}, "0.5"),
        ("listening", {"listening": False}, "OFF"),
        ("gain_db", {"gain_db": 12.0}, "12.0"),
        ("noise_suppression", {"noise_suppression": 2}, "2"),
        ("vad_threshold", {"vad_threshold": 0.35}, "0.35"),
        ("vad_hang_over_ms", {}, "600"),
        ("vad_adaptive", {"vad_adaptive": True}, "ON"),
        ("quiet", {"quiet": True}, "ON"),
        ("microphone_problem", {}, "OFF"),
        ("microphone_problem", {"microphone": "lost"}, "ON"),
        ("microphone_problem", {"microphone": "off"}, "OFF"),
        ("speaker_problem", {"speaker": "failed"}, "ON"),
    ],
)
def test_the_templates_read_the_state(key, changes, value):
    entity = Entity(key, room()["cmps"][key], [])
    entity.take("oyez/kitchen/state", json.dumps(STATE | changes), retained=True)
    assert (entity.state or "None") == value


def test_a_problem_is_told_also_when_nothing_of_the_room_works():
    problem = room()["cmps"]["microphone_problem"]
    assert [one["t"] for one in problem["avty"]] == ["oyez/bridge/state"]


def test_a_long_transcript_is_a_short_state_with_all_of_it_in_its_attributes():
    component = room()["cmps"]["transcript"]
    entity = Entity("x", component, [])
    entity.take("oyez/kitchen/transcript", json.dumps({"text": "ä" * 900, "confidence": 0.914}), retained=False)
    assert (entity.state, len(entity.attributes["text"])) == ("ä" * 255, 900)
    assert render(room()["cmps"]["confidence"]["val_tpl"], '{"confidence": 0.914}') == "91"


@pytest.mark.parametrize("message", ["Dinner.", 'Say "hi" {now}, it\'s <b>late</b> & dark\n!', "{{ x }}", "é — 你好"])
def test_an_urgent_message_is_an_urgent_announcement_of_just_that(message):
    component = room()["cmps"]["urgent"]
    asked = announce.parse(render(component["cmd_tpl"], message).encode(), room="kitchen", now=0.0)
    assert isinstance(asked, Announcement)
    assert (asked.text, asked.priority) == (message, Priority.URGENT)


@pytest.mark.parametrize(
    ("key", "value", "asked"),
    [
        ("voice", "bf_emma", {"voice": "bf_emma"}),
        ("language", "spa", {"language": "spa"}),
        ("volume", 0.35, {"volume": 0.35}),
        ("speed", 2.0, {"speed": 2.0}),
        ("gain_db", -6.0, {"gain_db": -6.0}),
        ("noise_suppression", 4, {"noise_suppression": 4}),
        ("vad_threshold", 0.65, {"vad_threshold": 0.65}),
        ("vad_hang_over_ms", 900, {"vad_hang_over_ms": 900}),
    ],
)
def test_what_is_chosen_is_a_setting(key, value, asked):
    component = room()["cmps"][key]
    assert component["cmd_t"] == "oyez/kitchen/set"
    payload = json.loads(render(component["cmd_tpl"], value))
    assert payload == asked
    read(ACTIONS["set"], payload | {"rooms": "kitchen"})


@pytest.mark.parametrize(
    ("key", "setting"), [("listening", "listening"), ("quiet", "quiet"), ("vad_adaptive", "vad_adaptive")]
)
def test_what_is_switched_is_a_setting(key, setting):
    component = room()["cmps"][key]
    assert [json.loads(component[payload]) for payload in ("pl_on", "pl_off")] == [{setting: True}, {setting: False}]


def test_the_buttons_do_what_is_asked_for_elsewhere():
    buttons = room()["cmps"]
    assert isinstance(announce.parse_stop(buttons["stop"]["pl_prs"].encode()), announce.Stop)
    assert buttons["replay"]["cmd_t"] == "oyez/bridge/request/replay"
    assert read(ACTIONS["replay"], json.loads(buttons["replay"]["pl_prs"])).rooms == "kitchen"
    assert isinstance(announce.parse(buttons["test"]["pl_prs"].encode(), room="kitchen", now=0.0), Announcement)
    assert bridge()["cmps"]["reload"]["cmd_t"] == "oyez/bridge/request/reload"


def test_the_bridge_tells_how_the_daemon_is():
    health = json.dumps(
        {"healthy": False, "stuck": [], "troubles": {"broker": "away"}, "parts": {"mms": {"rss_mb": 99.6}}}
    )
    problem = Entity("x", bridge()["cmps"]["problem"], [])
    problem.take("oyez/bridge/health", health, retained=True)
    assert (problem.state, problem.attributes) == ("ON", {"troubles": {"broker": "away"}, "stuck": []})
    assert render(bridge()["cmps"]["memory_mms"]["val_tpl"], health) == "100"
    connection = bridge()["cmps"]["connection"]
    assert "avty" not in connection
    assert [render(connection["val_tpl"], json.dumps({"state": one})) for one in ("online", "stopped")] == ["ON", "OFF"]


def test_a_profile_is_chosen_where_there_are_any():
    assert "profile" not in bridge()["cmps"]
    profile = discovery.bridge(TOPICS, "1.0", [], profiles=["night"])["cmps"]["profile"]
    told = [render(profile["val_tpl"], json.dumps({"profile": one})) for one in (None, "night")]
    assert told == profile["ops"] == ["No profile", "night"]
    asked = [read(ACTIONS["profile"], jinja2.Template(profile["cmd_tpl"]).render(value=one)) for one in told]
    assert [one.profile for one in asked] == ["none", "night"]
    assert profile["cmd_t"] == "oyez/bridge/request/profile"


@pytest.mark.parametrize(
    ("info", "state"),
    [
        ({"version": "1.0", "next_version": "1.0"}, "OFF"),
        ({"version": "1.0", "next_version": "1.1"}, "ON"),
        ({"version": "0.1"}, None),
    ],
)
def test_an_update_is_what_was_installed_beside_what_runs(info, state):
    update = Entity("x", bridge()["cmps"]["update"], [])
    update.take("oyez/bridge/info", json.dumps(info), retained=True)
    assert update.state == state


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda told: told.update(extra=1), "root key"),
        (lambda told: told["dev"].pop("ids"), "identifier"),
        (lambda told: told["cmps"]["say"].pop("uniq_id"), "lacks"),
        (lambda told: told["cmps"]["say"].update(ret=True), "stripped"),
        (lambda told: told["cmps"]["volume"].pop("step"), "lacks"),
        (lambda told: told["cmps"]["queue"].update(ent_cat="config"), "queue"),
        (lambda told: told["cmps"]["say"].update(def_ent_id="kitchen_say"), "kitchen_say"),
        (lambda told: told["cmps"]["say"].update(obj_id="x"), "stripped"),
        (lambda told: told.update(avty_mode="latest"), "bridge and the room"),
    ],
)
def test_the_copy_of_the_rules_is_strict(change, complaint):
    told = room()
    change(told)
    with pytest.raises(AssertionError, match=complaint):
        check("homeassistant/device/oyez_kitchen/config", told)
