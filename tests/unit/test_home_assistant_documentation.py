"""docs/home-assistant.md says what is so, and its examples ask for what there is."""

import json
import re
from pathlib import Path

import jinja2
import pytest
from ruamel.yaml import YAML

from oyez.actions.speaking import Answered
from oyez.actions.switchboard import read
from oyez.actions.table import ACTIONS
from oyez.model import Announcement, Speaker, Transcript
from oyez.mqtt import discovery, payloads
from oyez.mqtt.topics import BRIDGE, Topics
from oyez.speak import announce

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "docs" / "home-assistant").glob("*.yaml"))
TOPICS = Topics("oyez")
THEIRS = {"binary_sensor.doorbell"}  # entities of the reader's own
AUTOMATION = {"alias", "triggers", "conditions", "actions", "mode", "max"}
TRIGGERS = {
    "state": {"trigger", "entity_id", "from", "to", "not_from", "not_to"},
    "mqtt": {"trigger", "topic", "value_template", "payload"},
    "time": {"trigger", "at"},
}
CARDS = {"vertical-stack", "markdown", "entities"}


def _entities() -> dict[str, dict]:
    """The entities of three rooms and the bridge, by id."""
    rooms = [
        discovery.Room(name, True, True, ("eng",), ("af_heart",), denoises=True)
        for name in ("kitchen", "bedroom", "office")
    ]
    devices = [discovery.room(TOPICS, "1", room) for room in rooms]
    devices.append(discovery.bridge(TOPICS, "1", ["recognition", "synthesis"], ["all", "downstairs"], ["night"]))
    return {one["def_ent_id"]: one for device in devices for one in device["cmps"].values()}


ENTITIES = _entities()


class Loader(YAML):
    """YAML as Home Assistant reads it, with `!input` for the inputs of a blueprint."""

    def __init__(self) -> None:
        super().__init__(typ="safe", pure=True)
        self.constructor.add_constructor("!input", lambda _, node: f"input:{node.value}")


def load(path: Path):
    return Loader().load(path.read_text())


def walk(node):
    """Every mapping in a tree."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def named(node) -> set[str]:
    """The entities that a mapping names."""
    told = node.get("entity_id", [])
    names = set(told if isinstance(told, list) else [told])
    return names | {one for one in node.get("entities", []) if isinstance(one, str)}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_entities_of_an_example_are_ours(path):
    text = path.read_text()
    names = set().union(*(named(node) for node in walk(load(path))))
    names |= set(re.findall(r"states\('([\w.]+)'\)", text))
    assert {one for one in names if not one.startswith("input:")} <= set(ENTITIES) | THEIRS


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_actions_of_an_example_fit_their_entities_and_what_we_take(path):
    for node in walk(load(path)):
        if "action" not in node:
            continue
        action, data = node["action"], node.get("data", {})
        if action == "mqtt.publish":
            check_publication(data)
            continue
        domain, _, service = action.partition(".")
        assert service in {"send_message", "turn_on", "turn_off", "set_value"}
        for name in named(node["target"]) - {"input:rooms"}:
            assert name.startswith(f"{domain}."), f"{action} can't work {name}"
            if action == "number.set_value":
                assert ENTITIES[name]["min"] <= data["value"] <= ENTITIES[name]["max"]


def check_publication(data):
    """A publication is an announcement, a request or a setting that would be obeyed."""
    assert not data.get("retain")
    room, verb = TOPICS.parse(data["topic"])
    fields = json.loads(data["payload"])
    if room == BRIDGE:
        read(ACTIONS[verb], fields)
        fields.pop("rooms", None)
    elif verb == "set":
        read(ACTIONS["set"], fields | {"rooms": room})
    if verb == "say":
        assert isinstance(announce.parse(json.dumps(fields).encode(), room=room, now=0.0), Announcement)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_the_keys_that_home_assistant_knows(path):
    tree = load(path)
    for automation in tree if isinstance(tree, list) else [tree] if "triggers" in tree else []:
        assert set(automation) - {"blueprint"} <= AUTOMATION
        assert automation["triggers"]
        assert automation["actions"]
    for node in walk(tree):
        if "trigger" in node and isinstance(node["trigger"], str):
            assert set(node) <= TRIGGERS[node["trigger"]]
        if "cards" in node:
            assert {card["type"] for card in node["cards"]} <= CARDS


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_templates_of_an_example_are_sound(path):
    for text in re.findall(r"\{\{.*?\}\}", path.read_text()):
        jinja2.Environment(autoescape=False).from_string(text)  # raises for a mistake


def test_no_switch_of_a_card_works_the_microphone_and_quiet_together():
    cards = [card for card in load(ROOT / "docs/home-assistant/dashboard.yaml")["cards"] if card["type"] == "entities"]
    assert cards
    assert all(card["show_header_toggle"] is False for card in cards)


def heard(text):
    return {"payload_json": json.loads(payloads.transcript(Transcript("u", "office", text, "eng", 1.0, 0.0, 1.0, 0.0)))}


def test_the_intercom_takes_what_is_said_after_its_words():
    (automation,) = load(ROOT / "docs/home-assistant/intercom.yaml")
    environment = jinja2.Environment(autoescape=False)
    condition = environment.from_string(automation["conditions"])
    trigger = heard("tell the kitchen dinner is at seven")
    assert condition.render(trigger=trigger) == "True"
    assert condition.render(trigger=heard("what time is it")) == "False"
    assert condition.render(trigger={"payload_json": {"event_type": "no_match"}}) == "False"
    message = environment.from_string(automation["actions"][0]["data"]["message"])
    assert message.render(trigger=trigger) == "The office says: dinner is at seven."
    assert automation["triggers"][0]["topic"] == TOPICS.heard("office")


def test_what_one_person_says_is_told_from_what_others_say():
    (automation,) = load(ROOT / "docs/home-assistant/speaker.yaml")
    condition = jinja2.Environment(autoescape=False).from_string(automation["conditions"])
    said = heard("good morning")["payload_json"]
    assert condition.render(trigger={"payload_json": said}) == "False"
    for name, score in (("anna", 0.8), ("ben", 0.9)):
        spoken = Transcript("u", "kitchen", "good morning", "eng", 1.0, 0.0, 1.0, 0.0, speaker=Speaker(name, score))
        told = json.loads(payloads.transcript(spoken))
        assert condition.render(trigger={"payload_json": told}) == str(name == "anna")
    assert automation["triggers"][0]["topic"] == TOPICS.heard("kitchen")


@pytest.mark.parametrize(
    ("state", "met"),
    [
        ({"attributes": {"event_type": "transcript", "text": "good night to all"}}, "True"),
        ({"attributes": {"event_type": "transcript", "text": "good morning"}}, "False"),
        ({"attributes": {"event_type": "no_match"}}, "False"),
        (None, "False"),  # the entity was removed
    ],
)
def test_good_night_is_what_was_heard_and_nothing_else(state, met):
    (automation,) = load(ROOT / "docs/home-assistant/heard.yaml")
    condition = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(
        automation["conditions"]
    )
    assert condition.render(trigger={"to_state": state}) == met
    (trigger,) = automation["triggers"]
    assert trigger["not_from"] == trigger["not_to"] == ["unavailable"]


def test_a_yes_is_understood_and_silence_is_none():
    script = load(ROOT / "docs/home-assistant/ask.yaml")["ask_lights"]
    (condition,) = (step["if"] for step in script["sequence"] if "if" in step)
    template = jinja2.Environment(autoescape=False).from_string(condition)

    def told(payload):
        return template.render(wait={"trigger": {"payload_json": json.loads(payload)}})

    def answered(text):
        answer = Answered(room="kitchen", id="lights", state="answer" if text else "no_answer", text=text)
        return told(payloads.response(answer.model_dump(mode="json"), transaction="lights"))

    assert answered("yes please") == "True"
    assert answered("no") == "False"
    assert answered(None) == "False"
    assert told(payloads.failure("there is no such room", "invalid", transaction="lights")) == "False"
    assert template.render(wait={"trigger": None}) == "False"


def test_the_page_names_every_entity_and_no_other():
    page = (ROOT / "docs" / "home-assistant.md").read_text()
    table = page.partition("| entity | what it is |")[2].partition("\n\n")[0]
    told = set(re.findall(r"`((?:\w+)\.(?:kitchen|oyez)_\w+)`", table))
    assert told == {name for name in ENTITIES if name.partition(".")[2].startswith(("kitchen_", "oyez_"))}


def test_the_page_names_every_example():
    page = (ROOT / "docs" / "home-assistant.md").read_text()
    assert set(re.findall(r"\(home-assistant/(\w+\.yaml)\)", page)) == {path.name for path in EXAMPLES}
