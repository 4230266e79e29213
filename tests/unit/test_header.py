"""Directions before a text, for those who can send nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.model import Announcement, Priority
from oyez.speak import header
from oyez.speak.announce import parse


def say(payload) -> Announcement:
    content = payload if isinstance(payload, str) else json.dumps(payload)
    said = parse(content.encode(), room="kitchen", now=0.0)
    assert isinstance(said, Announcement)
    return said


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("[[urgent]] Smoke!", {"priority": "urgent"}),
        ("[[ low ]]Smoke!", {"priority": "low"}),
        ("[[chime]] Smoke!", {"chime": "ding"}),
        ("[[chime ding_dong]] Smoke!", {"chime": "ding_dong"}),
        ("[[no chime]] Smoke!", {"chime": "none"}),
        ("[[volume 40%]] Smoke!", {"volume": 0.4}),
        ("[[volume -20 dB]] Smoke!", {"volume": 0.1}),
        ("[[repeat 3]] Smoke!", {"repeat": 3}),
        ("[[expires 10 min]] Smoke!", {"expires_in": 600.0}),
        ("[[expires 30s]] Smoke!", {"expires_in": 30.0}),
        ("[[key laundry]] [[tag house hold]] Smoke!", {"key": "laundry", "tag": "house hold"}),
        ("[[urgent]][[chime]]\n[[repeat 2]] Smoke!", {"priority": "urgent", "chime": "ding", "repeat": 2}),
    ],
)
def test_directions_before_a_text_are_keys_of_its_announcement(text, fields):
    told, rest = header.read(text)
    assert told == pytest.approx(fields)
    assert rest.strip() == "Smoke!"


@pytest.mark.parametrize(
    "text",
    [
        "[Alarm] front door",
        "[urgent] Smoke!",
        "[[Kitchen]] The oven is hot.",
        "[[urgent",
        "[[urgent: Smoke!]]",
        "[[urgent now]] Smoke!",
        "[[Urgent]] Smoke!",
        "Smoke! [[urgent]]",
        "It is [[urgent]] to leave.",
        "[[volume]] Smoke!",
        "[[volume 900%]] Smoke!",
        "[[repeat 11]] Smoke!",
        "[[repeat 0]] Smoke!",
        "[[expires soon]] Smoke!",
        "[[expires 0 s]] Smoke!",
        "[[no smoke]] without fire",
        "[[pause 1s]] Smoke!",
        "[[fr:bonjour]]",
        "[[/fəˈniːm/]]",
        "[[key]] of C",
        "[[urgent]]",
        " [[chime]] ",
        '["urgent"] x',
    ],
)
def test_ordinary_text_with_brackets_stays_as_it_is(text):
    assert header.read(text) == ({}, text)
    assert say(text).text == text.strip()
    assert say(text).priority is Priority.NORMAL


def test_the_markup_of_the_text_itself_stays_in_it():
    said = say("[[urgent]] [[slow:Smoke!]] Leave the [[house]].")
    assert (said.text, said.priority) == ("[[slow:Smoke!]] Leave the [[house]].", Priority.URGENT)
    assert said.interrupts


def test_a_key_of_the_object_goes_before_its_text():
    said = say({"text": "[[urgent]] [[volume 10%]] Dinner.", "priority": "low"})
    assert (said.text, said.priority, said.volume, said.interrupts) == ("Dinner.", Priority.LOW, 0.1, False)


def test_a_message_with_other_directions_is_another_announcement():
    assert say("[[urgent]] Dinner.").identity != say("Dinner.").identity


@given(st.text(st.sampled_from("[] urgentchimelowkyvolumeexpires0123456789%sdB\n"), max_size=60))
def test_whatever_is_read_leaves_a_text_that_ends_as_it_did(text):
    fields, rest = header.read(text)
    assert text.endswith(rest)
    assert bool(fields) == (rest != text)
    parse(text.encode(), room="kitchen", now=0.0)
