"""Hot words: as they are written, as they come over MQTT, and which room has which."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez import hot_words
from oyez.errors import InvalidInput
from oyez.health import Health
from oyez.hot_words import HotWord
from oyez.listen.expected import MOST, Expected, read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kitchen lamp", HotWord("kitchen lamp")),
        (" Anna * 2 ", HotWord("Anna", 2.0)),
        ("TV*0.5", HotWord("TV", 0.5)),
        ("günther's Büro*5", HotWord("günther's Büro", 5.0)),
        ("客厅的灯", HotWord("客厅的灯")),
    ],
)
def test_a_hot_word_is_a_phrase_perhaps_with_a_weight(text, found):
    assert hot_words.parse(text) == found


@pytest.mark.parametrize(
    "text", ["", "  ", "*2", "a*", "a*b", "a*-1", "a*6", "a**2", "a*2*3", "a\nb", "?!", "x" * 65, "a*1e3"]
)
def test_anything_else_is_refused_with_an_example_or_the_limit(text):
    with pytest.raises(ValueError, match=r"kitchen lamp, Anna\*2|at most 64 characters"):
        hot_words.parse(text)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"kitchen", "not JSON"),
        (b'{"a": 1}', "not an object"),
        (b'["a", 1]', "not a number"),
        (b'["a", null]', "not null"),
        (b"7", "not a number"),
        (b'["a*9"]', "weight"),
        (b"\xff", "UTF-8"),
        (b"[" * 10_000, "not JSON"),
        (json.dumps(["a"] * (MOST + 1)).encode(), "1,000 are the most"),
    ],
)
def test_what_cannot_be_read_changes_nothing_and_is_told_on_the_health_topic(payload, why):
    health = Health()
    expected = Expected([], {}, health.part("hot words"))
    expected.tell(None, b'["lamp"]')
    expected.tell(None, payload)
    part = health.snapshot()["parts"]["hot words"]
    assert why in part["detail"]
    assert (part["refused"], part["phrases"], health.troubles) == (1, 1, {})
    assert expected.of("kitchen") == (HotWord("lamp"),)
    expected.tell(None, b"[]")
    assert "detail" not in health.snapshot()["parts"]["hot words"]


def test_a_room_has_its_own_and_those_of_all_each_once():
    expected = Expected(["lamp", "Anna*2"], {"kitchen": ["oven"], "study": []}, Health().part("hot words"))
    expected.tell(None, b'["fan", "lamp"]')
    expected.tell("kitchen", b'["tap"]')
    assert [one.phrase for one in expected.of("kitchen")] == ["lamp", "Anna", "oven", "fan", "tap"]
    assert [one.phrase for one in expected.of("study")] == ["lamp", "Anna", "fan"]
    expected.tell(None, b"")
    expected.tell("kitchen", b'["sink"]')
    assert [one.phrase for one in expected.of("kitchen")] == ["lamp", "Anna", "oven", "sink"]


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text(), st.lists, max_leaves=5).map(lambda x: json.dumps(x).encode())
)
def test_any_payload_is_phrases_or_refused(payload):
    try:
        found = read(payload)
    except InvalidInput:
        return
    assert all(one.phrase for one in found)
