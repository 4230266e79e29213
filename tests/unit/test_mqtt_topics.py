"""Topic names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from oyez.errors import ConfigError
from oyez.mqtt.topics import Topics, check_base, check_room


def test_topics_are_those_of_the_documentation():
    topics = Topics("home/oyez")
    assert topics.heard("kitchen") == "home/oyez/kitchen/heard"
    assert topics.hearing("kitchen") == "home/oyez/kitchen/hearing"
    assert topics.say("kitchen") == "home/oyez/kitchen/say"
    assert topics.said("kitchen") == "home/oyez/kitchen/said"
    assert topics.stop("kitchen") == "home/oyez/kitchen/stop"
    assert topics.state("kitchen") == "home/oyez/kitchen/state"
    assert topics.bridge_state == "home/oyez/bridge/state"
    assert topics.bridge_health == "home/oyez/bridge/health"
    assert topics.bridge_info == "home/oyez/bridge/info"
    assert (topics.say_filter, topics.stop_filter) == ("home/oyez/+/say", "home/oyez/+/stop")


@pytest.mark.parametrize(
    "base", ["", "/oyez", "oyez/", "a//b", "oyez+", "oy#ez", "$SYS/oyez", "oy\0ez", "oy\nez", "oy\u200bez", "ö" * 129]
)
def test_a_base_topic_that_cannot_be_one_is_refused(base):
    with pytest.raises(ConfigError):
        Topics(base)


@pytest.mark.parametrize("room", ["", "a/b", "+", "#", "bridge", "$x", "\x7f", "\ud800", "x" * 257])
def test_a_room_name_that_cannot_be_a_level_is_refused(room):
    with pytest.raises(ConfigError):
        check_room(room)


def test_names_in_any_script_are_taken():
    assert check_base("дом/oyez") == "дом/oyez"
    assert check_room("Küche 2") == "Küche 2"


@pytest.mark.parametrize(
    "topic",
    [
        "oyez/kitchen/heard",
        "oyez/kitchen",
        "oyez/bridge/say",
        "oyez//say",
        "oyez/a/b/say",
        "other/kitchen/say",
        "oyez",
        "",
        "oyez/kitchen/say/x",
        "kitchen/say",
    ],
)
def test_what_is_no_command_is_none(topic):
    assert Topics("oyez").parse(topic) is None


@given(st.text())
def test_any_text_is_a_level_or_refused_and_a_level_is_found_again(room):
    topics = Topics("oyez")
    try:
        check_room(room)
    except ConfigError:
        return
    assert not set(room) & set("+#/\0")
    assert topics.parse(topics.say(room)) == (room, "say")
    assert topics.parse(topics.stop(room)) == (room, "stop")
    assert topics.parse(topics.said(room)) is None


def test_no_topic_matches_two_subscriptions_since_mosquitto_2_1_sends_a_copy_for_each():
    topics = Topics("oyez")
    filters = [topics.say_filter, topics.stop_filter, topics.set_filter, topics.request_filter, "homeassistant/status"]
    filters += [topics.hot_words(room) for room in ("bridge", "kitchen", "set", "say")]
    for topic in (
        one.replace("+", name).replace("#", name) for one in filters for name in ("bridge", "kitchen", "set")
    ):
        assert sum(topic_matches_sub(one, topic) for one in filters) <= 1, topic
