"""What is published."""

import json
import math

import pytest

from oyez.model import NoMatch, Outcome, OutcomeState, Partial, Recognition, Transcript, Word
from oyez.mqtt import payloads


def test_a_transcript_has_the_documented_fields():
    heard = Transcript(
        "u1",
        "küche",
        "licht an",
        "deu",
        0.91239,
        1_795_430_261.1234,
        1_795_430_262.6,
        5.0,
        (Word("licht", 0.12345, 0.4, 0.9),),
    )
    assert json.loads(payloads.transcript(heard)) == {
        "event_type": "transcript",
        "id": "u1",
        "room": "küche",
        "text": "licht an",
        "language": "deu",
        "confidence": 0.912,
        "started": "2026-11-23T10:37:41.123Z",
        "ended": "2026-11-23T10:37:42.600Z",
        "duration": 1.477,
        "words": [{"word": "licht", "start": 0.123, "end": 0.4, "confidence": 0.9}],
    }
    assert "küche".encode() in payloads.transcript(heard)


def test_other_readings_follow_where_there_are_any():
    other = Recognition("nicht an", "deu", 0.45678)
    heard = Transcript("u1", "k", "licht an", "deu", 0.9, 1.0, 2.0, 5.0, alternatives=(other,))
    assert json.loads(payloads.transcript(heard))["alternatives"] == [{"text": "nicht an", "confidence": 0.457}]


def test_how_sure_the_language_is_follows_where_it_was_chosen():
    heard = Transcript("u1", "k", "licht an", "deu", 0.9, 1.0, 2.0, 5.0, language_confidence=0.98765)
    assert json.loads(payloads.transcript(heard))["language_confidence"] == 0.988


def test_speech_without_a_transcript_has_a_reason_and_no_text():
    heard = NoMatch("u2", "kitchen", "unsure", "eng", 0.21239, 1_795_430_261.1234, 1_795_430_262.6)
    assert json.loads(payloads.no_match(heard)) == {
        "event_type": "no_match",
        "id": "u2",
        "room": "kitchen",
        "language": "eng",
        "confidence": 0.212,
        "started": "2026-11-23T10:37:41.123Z",
        "ended": "2026-11-23T10:37:42.600Z",
        "duration": 1.477,
        "reason": "unsure",
    }


def test_a_partial_transcript_has_the_id_of_what_will_follow_and_no_event_type():
    heard = Partial("u-5", "kitchen", "turn on", "eng", 0.87654, 1.0, 2.5)
    assert json.loads(payloads.partial(heard)) == {
        "id": "u-5",
        "room": "kitchen",
        "language": "eng",
        "confidence": 0.877,
        "started": "1970-01-01T00:00:01.000Z",
        "ended": "1970-01-01T00:00:02.500Z",
        "duration": 1.5,
        "text": "turn on",
    }


def test_an_outcome_leaves_out_what_is_not_known():
    assert json.loads(payloads.outcome(Outcome("a", "kitchen", OutcomeState.ACCEPTED))) == {
        "id": "a",
        "room": "kitchen",
        "state": "accepted",
    }
    told = Outcome("a", "kitchen", OutcomeState.SPOKEN, None, "t", 0.3, 2.5, ("left out: U+1F600",))
    assert json.loads(payloads.outcome(told)) == {
        "id": "a",
        "room": "kitchen",
        "state": "spoken",
        "transaction": "t",
        "first_audio": 0.3,
        "seconds": 2.5,
        "notes": ["left out: U+1F600"],
    }


def test_every_outcome_state_can_be_told():
    assert {json.loads(payloads.outcome(Outcome("a", "k", state)))["state"] for state in OutcomeState} == {
        "accepted", "started", "interrupted", "spoken", "cancelled", "expired", "refused", "failed",
    }  # fmt: skip


@pytest.mark.parametrize("state", ["online", "offline", "stopped"])
def test_the_bridge_state_is_one_word(state):
    assert json.loads(payloads.bridge_state(state)) == {"state": state}


def test_a_number_that_json_does_not_know_is_never_published():
    with pytest.raises(ValueError):
        payloads.status({"gain": math.nan})
