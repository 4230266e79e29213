"""What `oyez say` makes of what is told of its request."""

import pytest

from oyez.cli.broker import _Following
from oyez.cli.story import narrate
from oyez.errors import InvalidInput

RESPONSE = "oyez/bridge/response/say"


def told(room, state, **more):
    return f"oyez/{room}/said", {"id": "t", "room": room, "state": state, "transaction": "t"} | more


def made(*rooms):
    return {"status": "ok", "transaction": "t", "data": {"announcements": [{"room": one, "id": "t"} for one in rooms]}}


def test_it_is_over_when_every_room_has_told_how_it_ended():
    following = _Following("t", RESPONSE, quiet=True)
    following.told(*told("hall", "accepted"))  # may come before the answer
    assert not following.over
    following.told(RESPONSE, made("hall", "attic"))
    assert following.outcomes["attic"]["state"] == "sent"
    for room, state in (("hall", "started"), ("hall", "interrupted"), ("hall", "spoken"), ("attic", "accepted")):
        following.told(*told(room, state))
        assert not following.over
    following.told(*told("attic", "expired"))
    assert following.over
    assert [one["state"] for one in following.outcomes.values()] == ["spoken", "expired"]


def test_what_others_ask_for_is_passed_over():
    following = _Following("t", RESPONSE, quiet=True)
    following.told(RESPONSE, made("hall") | {"transaction": "other"})
    following.told("oyez/hall/said", {"id": "x", "room": "hall", "state": "spoken"})
    assert (following.rooms, following.outcomes) == (None, {})


def test_a_request_that_was_refused_is_an_error_in_its_words():
    following = _Following("t", RESPONSE, quiet=True)
    with pytest.raises(InvalidInput, match="no such room"):
        following.told(RESPONSE, {"status": "error", "error": "no such room", "transaction": "t"})


def test_a_cut_a_resumption_and_an_answer_are_narrated(capsys):
    for fields in (
        told("hall", "interrupted"),
        told("hall", "started"),
        told("hall", "spoken", seconds=1.0, answer={"text": "[yes]", "language": "eng", "confidence": 0.9}),
        told("hall", "spoken", seconds=1.0, answer={"text": None, "reason": "silence"}),
    ):
        narrate(*fields)
    lines = capsys.readouterr().out
    for words in ("more urgent", "goes on", "[yes]", "90% sure", "none (silence)"):
        assert words in lines
