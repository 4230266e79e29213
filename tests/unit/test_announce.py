"""What arrives on `say` and `stop`."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oyez.model import Announcement, Interrupted, Priority
from oyez.speak.announce import FIELDS, MAX_TEXT, Refusal, Stop, parse, parse_stop


def say(payload, **options):
    content = (
        payload
        if isinstance(payload, bytes)
        else (payload if isinstance(payload, str) else json.dumps(payload)).encode()
    )
    return parse(content, room=options.pop("room", "kitchen"), now=100.0, **options)


def refusal(payload, **options) -> Refusal:
    refused = say(payload, **options)
    assert isinstance(refused, Refusal)
    return refused


def test_plain_text_is_spoken_as_it_stands():
    said = say("  Dinner is ready.\n")
    assert isinstance(said, Announcement)
    assert (said.text, said.room, said.received_mono, said.expires_mono) == ("Dinner is ready.", "kitchen", 100.0, None)
    assert (said.voice, said.language, said.speed, said.volume, said.transaction) == (None, None, None, None, None)
    assert said.priority is Priority.NORMAL


def test_a_json_object_may_say_everything():
    said = say(
        {
            "text": "Dinner.", "id": "d1", "transaction": "t1", "voice": "af_heart", "language": "eng",
            "speed": 1, "volume": 0.5, "priority": "urgent", "expires_in": 30, "key": "k", "tag": "t",
            "interrupts": False, "interrupted": "drop", "repeat": 2, "repeat_pause": 3, "chime": "ding",
            "chime_after": "bell.wav", "ask": 10,
        }
    )  # fmt: skip
    assert said == Announcement(
        id="d1", room="kitchen", text="Dinner.", identity="id:d1", received_mono=100.0, expires_mono=130.0,
        transaction="t1", voice="af_heart", language="eng", speed=1.0, volume=0.5, priority=Priority.URGENT,
        key="k", tag="t", interrupts=False, interrupted=Interrupted.DROP, repeat=2, repeat_pause=3.0, chime="ding",
        chime_after="bell.wav", ask=10.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("number", "priority"),
    [(0, "LOW"), (3, "LOW"), (4, "NORMAL"), (7, "NORMAL"), (8, "URGENT"), (10, "URGENT"), ("9", "URGENT")],
)
def test_a_priority_may_be_a_number_as_others_send_it(number, priority):
    assert say({"text": "Dinner.", "priority": number}).priority is Priority[priority]


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ('"Dinner"', "Dinner"),
        ('"Din\\nner"', "Din\nner"),
        ('"Dinner" she said', '"Dinner" she said'),
        ("[Alarm] the door", "[Alarm] the door"),
        ("21.5", "21.5"),
        ("true", "true"),
        ("\ufeffDinner", "Dinner"),
        ('\ufeff{"text": "Dinner"}', "Dinner"),
        ("Abend 🍝", "Abend 🍝"),
        ("a" * MAX_TEXT, "a" * MAX_TEXT),
    ],
)  # fmt: skip
def test_what_merely_looks_like_json_is_text(payload, text):
    said = say(payload)
    assert isinstance(said, Announcement)
    assert said.text == text


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        ({"text": " "}, "empty"),
        ({}, "no text"),
        ({"text": None}, "no text"),
        ({"text": 5}, "text must be a string, not a number"),
        ({"text": ["a"]}, "text must be a string, not a list"),
        (b"\xff\xfe", "not UTF-8: byte 0 is 0xff"),
        (b"Din\0ner", "U+0000"),
        ({"text": "a\x1b[31m"}, "U+001B"),
        (b'{"text": "\\ud800"}', "U+D800"),
        (b'"\\ud800"', "U+D800"),
        (b"{'text': 'x'}", "isn't one"),
        (b"{name} is here", "isn't one"),
        (b'{"text": "a"} more', "isn't one"),
        (b'["a"]', "JSON array"),
        (b'{"text": "a", "text": "b"}', "'text' twice"),
        (b'{"text": "a", "speed": NaN}', "NaN"),
        (b'{"text": "a", "speed": -Infinity}', "-Infinity"),
        (b'{"text": "a", "speed": 1e999}', "speed must be between 0.5 and 2"),
        (b'{"text": "a", "volume": ' + b"9" * 400 + b"}", "volume should be from 0 to 2"),
        (b'{"text": "a", "volume": ' + b"9" * 5000 + b"}", "too many digits"),
        ({"text": "a", "speed": True}, "speed must be a number, not a boolean"),
        ({"text": "a", "speed": "1"}, "speed must be a number, not a string"),
        ({"text": "a", "volume": None}, "volume should be a factor"),
        ({"text": "a", "volume": "loud"}, "volume should be a factor"),
        ({"text": "a", "volume": "+7 dB"}, "or to +6 dB"),
        ({"text": "a", "volume": -0.1}, "from 0 to 2"),
        ({"text": "a", "expires_in": 0}, "expires_in must be between"),
        ({"text": "a", "expires_in": 10**308}, "expires_in must be between"),
        ({"text": "a", "priority": "high"}, "low, normal, urgent"),
        ({"text": "a", "priority": 11}, "low, normal, urgent, or a number from 0 to 10"),
        ({"text": "a", "priority": -1}, "a number from 0 to 10"),
        ({"text": "a", "priority": "9" * 5000}, "a number from 0 to 10"),
        ({"text": "a", "priority": 1.5}, "a number from 0 to 10"),
        ({"text": "a", "priority": True}, "a number from 0 to 10"),
        ({"text": "a", "priority": ["low"]}, "a number from 0 to 10"),
        ({"text": "a", "interrupts": "yes"}, "interrupts must be true or false, not a string"),
        ({"text": "a", "interrupted": "later"}, "resume, restart, drop"),
        ({"text": "a", "repeat": 0}, "a whole number from 1 to 10"),
        ({"text": "a", "repeat": 2.5}, "a whole number from 1 to 10"),
        ({"text": "a", "repeat_pause": 60}, "repeat_pause must be between 0 and 10"),
        ({"text": "a", "ask": 0}, "ask must be between 1 and 60"),
        ({"text": "a", "chime": 5}, "chime must be a string"),
        ({"text": "a", "id": 5}, "id must be a string"),
        ({"text": "a", "id": ""}, "id must have 1 to 128"),
        ({"text": "a", "id": "x" * 129}, "id must have 1 to 128"),
        ({"text": "a", "id": "x\ny"}, "invisible"),
        ({"text": "a", "voice": {}}, "voice must be a string, not an object"),
        ({"text": "a", "volum": 1}, "did you mean 'volume'?"),
        ({"text": "a", "Priority": "low"}, "did you mean 'priority'?"),
        ({"text": "a", "zzz": 1}, "known: text, id"),
        ("a" * (MAX_TEXT + 1), "2,001 characters"),
        (b"a" * 70_000, "70,000 bytes"),
        (b"[" * 60_000, None),  # text too long, however it is nested
        (b'{"text":' + b"[" * 60_000, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_with_the_reason(payload, words):
    assert (words or "") in refusal(payload).reason


def test_a_refusal_names_whose_it_was_as_far_as_that_can_be_read():
    assert refusal({"text": "", "id": "d1", "transaction": "t1"}) == Refusal("the text is empty", "d1", "t1")
    assert refusal({"text": "", "transaction": "t1"}).id == "t1"
    assert refusal({"txt": "a", "id": "d1"}).id == "d1"
    assert refusal({"text": "", "id": 7}).id.startswith("text-")
    assert refusal(b"\xff", correlation=b"c1").transaction == "c1"


def test_a_transaction_serves_as_id_and_the_correlation_data_as_transaction():
    assert say({"text": "a", "transaction": "t1"}).id == "t1"
    assert say("a", correlation=b"c1").transaction == "c1"
    assert say("a", correlation=b"c1").id.startswith("text-")
    assert say({"text": "a", "transaction": "t1"}, correlation=b"c1").transaction == "t1"
    assert say("a", correlation=b"\0\1").transaction == "0001"


def test_the_smaller_of_both_expiries_counts():
    assert say({"text": "a", "expires_in": 30}, expires_in=10).expires_mono == 110.0
    assert say({"text": "a", "expires_in": 5}, expires_in=10).expires_mono == 105.0
    assert say("a", expires_in=10).expires_mono == 110.0


def test_the_same_words_have_the_same_key_in_the_same_room_only():
    assert say("a").identity == say("a").identity == f"text:{say('a').id.removeprefix('text-')}"
    assert say("a").identity != say("b").identity
    assert say("a").identity != say("a", room="hall").identity
    assert say({"text": "a", "id": "1"}).identity == say({"text": "b", "id": "1"}).identity == "id:1"


def test_the_redelivery_flag_is_kept():
    assert say("a", redelivered=True).redelivered
    assert not say("a").redelivered


@given(
    st.binary() | st.text().map(lambda text: text.encode(errors="surrogatepass")), st.none() | st.binary(max_size=80)
)
@example(b'{"text": "' + b"\\u0000" * 10 + b'"}', None)
def test_any_bytes_are_an_announcement_or_a_refusal(payload, correlation):
    said = parse(payload, room="kitchen", now=0.0, correlation=correlation)
    if isinstance(said, Announcement):
        assert 0 < len(said.text) <= MAX_TEXT
        assert said.id
        json.dumps([said.id, said.transaction, said.text], ensure_ascii=False).encode()
    else:
        assert said.reason
        json.dumps([said.id, said.transaction, said.reason], ensure_ascii=False).encode()
    assert isinstance(parse_stop(payload), Stop | Refusal)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = st.sampled_from([*FIELDS, "x"])


@given(st.dictionaries(KEYS, JSON))
def test_any_object_is_an_announcement_within_its_limits_or_a_refusal(fields):
    said = parse(json.dumps(fields).encode(), room="kitchen", now=0.0)
    if isinstance(said, Announcement):
        assert said.speed is None or 0.5 <= said.speed <= 2.0
        assert said.volume is None or 0.0 <= said.volume <= 2.0
        assert "x" not in fields
    else:
        assert said.reason


@pytest.mark.parametrize(
    ("payload", "wanted"),
    [
        (b"", Stop()), (b" \n", Stop()), (b"all", Stop()), (b"PRESS", Stop()),
        (b"d1", Stop("d1")), (b'"d1"', Stop("d1")), (b'{"id": "d1"}', Stop("d1")), (b'{"transaction": "t1"}', Stop("t1")),
        (b'{"key": "k"}', Stop(key="k")), (b'{"tag": "t", "transaction": "t1"}', Stop(tag="t")),
    ],
)  # fmt: skip
def test_a_stop_names_some_or_all(payload, wanted):
    assert parse_stop(payload) == wanted


@pytest.mark.parametrize(
    "payload", [b"{}", b'{"id": 5}', b'{"ids": "d1"}', b"\xff", b"x" * 200, b"{", b'{"text": "a"}', b"[1]"]
)
def test_a_stop_that_cannot_be_read_is_refused(payload):
    assert isinstance(parse_stop(payload), Refusal)
