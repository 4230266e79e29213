"""What the demo and `oyez listen` say of messages."""

from __future__ import annotations

import json

import pytest

from oyez.cli.story import narrate
from oyez.model import NoMatch, Transcript
from oyez.mqtt import payloads

TOPIC = "oyez/kitchen/heard"
TIMES = {"started_at": 1_795_430_261.0, "ended_at": 1_795_430_262.0}


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (
            payloads.transcript(Transcript("u", "kitchen", "light on", "eng", 0.93, **TIMES, decided_mono=0.0)),
            "light on",
        ),
        (payloads.no_match(NoMatch("u", "kitchen", "unsure", "eng", 0.2, **TIMES)), "nothing to write down (unsure)"),
    ],
)
def test_a_transcript_is_told_and_speech_that_has_none_too(capsys, payload, told):
    narrate(TOPIC, json.loads(payload))
    assert told in " ".join(capsys.readouterr().out.split())
