"""docs/recipes: every flow can be imported, and what it sends is what Oyez takes."""

import json
import re

from oyez.actions.reading import read
from oyez.actions.table import ACTIONS
from oyez.config import SETTABLE
from oyez.model import Announcement
from oyez.mqtt.topics import Topics
from oyez.speak import announce

# Node-RED 4: what its editor needs of each type of node, besides id and type.
NEEDED = {
    "tab": {"label"},
    "mqtt-broker": {"broker", "port", "protocolVersion"},
    "mqtt in": {"topic", "qos", "datatype", "broker", "x", "y", "z", "wires"},
    "mqtt out": {"topic", "qos", "retain", "broker", "x", "y", "z", "wires"},
    "inject": {"props", "topic", "payload", "payloadType", "x", "y", "z", "wires"},
    "debug": {"active", "complete", "targetType", "x", "y", "z", "wires"},
    "change": {"rules", "x", "y", "z", "wires"},
    "switch": {"property", "propertyType", "rules", "outputs", "x", "y", "z", "wires"},
}
PUBLISHED = {"heard", "said", "state"}
TOPICS = Topics()


def flows(repository):
    return {
        path.name: json.loads(path.read_text()) for path in sorted((repository / "docs" / "recipes").glob("*.json"))
    }


def test_the_page_has_every_flow_and_no_other(repository):
    page = (repository / "docs" / "recipes.md").read_text()
    assert set(re.findall(r"\(recipes/([a-z]+\.json)\)", page)) == set(flows(repository)) != set()


def test_every_flow_can_be_imported(repository):
    for name, nodes in flows(repository).items():
        by_id = {node["id"]: node for node in nodes}
        assert len(by_id) == len(nodes), name
        for node in nodes:
            assert NEEDED[node["type"]] <= node.keys(), (name, node)
            assert by_id.get(node.get("z"), {"type": "tab"})["type"] == "tab"
            assert (
                by_id.get(node.get("broker"), {"type": "mqtt-broker"})["type"] == "mqtt-broker"
                or node["type"] == "mqtt-broker"
            )
            assert all(wire in by_id for wires in node.get("wires", ()) for wire in wires), (name, node)
            if node["type"] == "switch":
                assert len(node["rules"]) == node["outputs"] == len(node["wires"])


def test_every_flow_leads_somewhere_from_every_start(repository):
    for name, nodes in flows(repository).items():
        by_id = {node["id"]: node for node in nodes}
        starts = [node["id"] for node in nodes if node["type"] in ("inject", "mqtt in")]
        seen, todo = set(), list(starts)
        while todo:
            if (node := todo.pop()) not in seen:
                seen.add(node)
                todo += [wire for wires in by_id[node]["wires"] for wire in wires]
        assert seen == {node["id"] for node in nodes if node["type"] not in ("tab", "mqtt-broker")}, name


def test_no_flow_publishes_with_the_retain_flag_or_in_another_mqtt(repository):
    for nodes in flows(repository).values():
        assert {node["retain"] for node in nodes if node["type"] == "mqtt out"} == {"false"}
        assert {node["protocolVersion"] for node in nodes if node["type"] == "mqtt-broker"} == {"5"}


def payloads(nodes):
    """What a flow sends, and where to, as far as it stands in it."""
    for node in nodes:
        if node["type"] == "inject":
            yield node["topic"], json.loads(node["payload"])
        for rule in node.get("rules", ()):
            if rule.get("tot") == "json":
                (out,) = [other for other in nodes if other["type"] == "mqtt out"]
                yield out["topic"], json.loads(rule["to"])


def test_what_is_sent_is_what_is_taken(repository):
    sent = [one for nodes in flows(repository).values() for one in payloads(nodes)]
    assert len(sent) == 3
    for topic, payload in sent:
        room, verb = TOPICS.parse(topic)
        if room == "bridge":
            assert read(ACTIONS[verb], payload)
        else:
            assert isinstance(announce.parse(json.dumps(payload).encode(), room=room, now=0.0), Announcement)


def test_what_is_listened_to_is_published(repository):
    for nodes in flows(repository).values():
        for node in nodes:
            if node["type"] == "mqtt in" and node["topic"].startswith("oyez/"):
                parts = node["topic"].split("/")
                assert parts[2] in PUBLISHED or (parts[1:3] == ["bridge", "response"] and parts[3] in ACTIONS)


def test_the_things_of_openhab_use_what_there_is(repository):
    page = (repository / "docs" / "recipes.md").read_text()
    [things] = re.findall(r"```openhab things\n(.*?)```", page, re.DOTALL)
    [items] = re.findall(r"```openhab items\n(.*?)```", page, re.DOTALL)
    channels = set(re.findall(r"Type \w+\s*: (\w+)", things))
    assert set(re.findall(r"channel=\"mqtt:topic:oyez_kitchen:(\w+)\"", items)) <= channels
    for topic in re.findall(r'commandTopic="([^"]+)"', things):
        assert TOPICS.parse(topic)
    for topic in re.findall(r'stateTopic="([^"]+)"', things):
        assert topic.split("/")[-1] in PUBLISHED
    for key in re.findall(r'formatBeforePublish="\{\\"(\w+)\\"', things):
        assert key in SETTABLE
