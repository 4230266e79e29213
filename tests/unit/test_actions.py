"""Requests from anyone: whatever comes, it is a typed request or a refusal in words, and the answer can be sent."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.actions import asyncapi, reading
from oyez.actions.table import ACTIONS
from oyez.errors import InvalidInput
from oyez.mqtt import payloads
from oyez.mqtt.topics import Topics, check_response
from oyez.speak import announce

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
verbs = st.sampled_from(sorted(ACTIONS))


@st.composite
def near_requests(draw):
    """A verb, and an object of its keys with anything in them."""
    verb = draw(verbs)
    known = st.sampled_from([*ACTIONS[verb].request.model_fields, "transaction"])
    return verb, draw(st.dictionaries(known, anything, max_size=5))


def take(verb, payload):
    """What the switchboard makes of a payload, up to the action; the payload of its answer."""
    transaction = None
    try:
        content = reading.content(payload, ACTIONS[verb])
        transaction = reading.transaction(content)
        request = reading.read(ACTIONS[verb], content)
    except InvalidInput as error:
        return payloads.failure(error.message, "invalid", transaction=transaction)
    return payloads.response(request.model_dump(include={"limit"}), transaction=transaction)


@given(near_requests())
def test_every_object_is_a_request_or_refused_in_words(drawn):
    verb, fields = drawn
    answer = json.loads(take(verb, json.dumps(fields).encode()))
    assert answer["status"] == "ok" or answer["error"]


@given(verbs, st.binary(max_size=60))
def test_every_payload_is_a_request_or_refused_in_words(verb, payload):
    assert json.loads(take(verb, payload))["status"] in ("ok", "error")


@given(st.text(max_size=40))
def test_every_response_topic_is_usable_or_refused(topic):
    try:
        usable = check_response(topic, "oyez", "homeassistant")
    except InvalidInput:
        return
    assert not set(usable) & set("+#\0")
    assert not usable.startswith(("$", "oyez/", "homeassistant/"))


@pytest.mark.parametrize(
    "transaction", ["1e999", '"\\ud800"', '"a\\nb"', '""', "true", "[]", "{}", f'"{"x" * 129}"', "1" + "0" * 200]
)
def test_a_transaction_that_cannot_go_back_is_refused(transaction):
    answer = json.loads(take("queue", f'{{"transaction": {transaction}}}'.encode()))
    assert answer["error"].startswith("transaction")


@pytest.mark.parametrize("transaction", ["a", 7, -1.5, "ü €"])
def test_a_transaction_goes_back_as_it_came(transaction):
    answer = json.loads(take("queue", json.dumps({"transaction": transaction}).encode()))
    assert answer == {"status": "ok", "data": {}, "transaction": transaction}


def test_an_announcement_by_request_takes_what_one_by_topic_takes():
    of_topic = set(announce.FIELDS) - {"transaction"}
    assert set(ACTIONS["say"].request.model_fields) == of_topic | {"rooms"}


def test_every_action_tells_what_it_does_and_what_its_keys_mean():
    for action in ACTIONS.values():
        assert action.does.endswith(".")
        assert all(field.description for field in action.request.model_fields.values()), action.name


def test_the_verbs_have_response_topics_of_their_own():
    topics = Topics("oyez")
    assert topics.response("say") == "oyez/bridge/response/say"
    assert topics.response("a\x01b") == topics.response("x" * 65) == "oyez/bridge/response/unknown"


def test_the_asyncapi_document_is_fresh(repository):
    told = (repository / asyncapi.FILE).read_text()
    assert told == asyncapi.document(), "run: python -m oyez.actions.asyncapi"


def test_everything_the_asyncapi_document_refers_to_is_in_it():
    told = json.loads(asyncapi.document())

    def references(node):
        for name, value in node.items() if isinstance(node, dict) else enumerate(node):
            if name == "$ref":
                yield value
            elif isinstance(value, dict | list):
                yield from references(value)

    for reference in set(references(told)):
        found = told
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    assert {channel["address"] for channel in told["channels"].values()} == {
        "oyez/{room}/hearing",
        *(f"oyez/bridge/{way}/{verb}" for way in ("request", "response") for verb in ACTIONS),
    }
    assert told["operations"].keys() == {"hearing", *ACTIONS}
