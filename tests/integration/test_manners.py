"""Manners of announcements in the whole daemon: real broker, real voice, real ears, virtual rooms."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from tests.support.broker import eventually, person
from tests.support.daemon import running
from tests.support.spoken import words

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(300)]

LONG = "The washing machine has finished. The dryer has twenty minutes left."


def objects(someone, topic):
    return [json.loads(payload) for payload in someone.on(topic)]


def said(someone, room, name):
    return [one for one in objects(someone, f"oyez/{room}/said") if one.get("id") == name]


def states(someone, room, name):
    return [one["state"] for one in said(someone, room, name)]


def last(someone, topic):
    return (objects(someone, topic) or [{}])[-1]


def times_spoken(someone, room):
    """How often a room has begun to speak and fallen silent again."""
    speaking = [one["speaking"] for one in objects(someone, f"oyez/{room}/state")]
    return sum(before and not after for before, after in pairwise(speaking))


def house(broker) -> dict:
    """Two people in a hall, who hear each other and themselves, and an attic."""
    return {
        "broker": {"host": broker.host, "port": broker.port, "keepalive_s": 2},
        "rooms": {
            "crier": {"microphone": "loopback:hall", "speaker": "loopback:hall"},
            "guest": {"microphone": "none", "speaker": "loopback:hall"},
            "attic": {"microphone": "none", "speaker": "loopback:attic", "when_quiet": "hold"},
        },
        "groups": {"upstairs": ["crier", "attic"]},
        "asr": {"min_confidence": 0.0},
    }


async def ask(someone, verb, **request):
    await someone.publish(f"oyez/bridge/request/{verb}", json.dumps(request))
    topic = f"oyez/bridge/response/{verb}"
    await eventually(
        lambda: any(one.get("transaction") == request["transaction"] for one in objects(someone, topic)), within=60
    )
    return next(one for one in objects(someone, topic) if one.get("transaction") == request["transaction"])


async def test_the_urgent_cut_in_groups_speak_together_and_quiet_rooms_hold(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", house(mosquitto)):
        await someone.publish("oyez/crier/say", json.dumps({"id": "long", "text": LONG}))
        await eventually(lambda: "started" in states(someone, "crier", "long"), within=120)
        await someone.publish("oyez/crier/say", "[[urgent]] [[chime]] [[key fire]] Smoke in the kitchen.")
        await eventually(lambda: "spoken" in states(someone, "crier", "long"), within=120)
        assert states(someone, "crier", "long") == ["accepted", "started", "interrupted", "started", "spoken"]
        (urgent,) = {one["id"] for one in objects(someone, "oyez/crier/said")} - {"long"}
        assert states(someone, "crier", urgent) == ["accepted", "started", "spoken"]

        await someone.publish("oyez/upstairs/say", json.dumps({"id": "both", "text": "Bedtime.", "repeat": 2}))
        for room in ("crier", "attic"):
            await eventually(lambda room=room: "spoken" in states(someone, room, "both"), within=120)
        crier, attic = (said(someone, room, "both")[1] for room in ("crier", "attic"))
        assert crier["first_audio"] == attic["first_audio"]
        assert states(someone, "guest", "both") == []

        answer = await ask(someone, "suspend", rooms="attic", minutes=5, transaction="s")
        assert answer["data"]["rooms"] == ["attic"]
        await eventually(lambda: last(someone, "oyez/attic/state").get("quiet_until") == answer["data"]["until"])
        await someone.publish("oyez/attic/say", json.dumps({"id": "held", "text": "Good night."}))
        await eventually(lambda: said(someone, "attic", "held"))
        assert said(someone, "attic", "held")[0]["reason"].startswith("held")
        await someone.publish("oyez/attic/set", '{"quiet": false}')
        await eventually(lambda: "spoken" in states(someone, "attic", "held"), within=30)
        assert last(someone, "oyez/attic/state")["quiet_until"] is None


async def test_a_question_is_answered_by_who_speaks_after_it_and_not_by_its_own_echo(mosquitto, tmp_path):
    async with person(mosquitto, "oyez/#") as someone, running(tmp_path / "d", house(mosquitto)):
        silence = await ask(someone, "ask", room="crier", text="Is anybody there?", ask=1.0, transaction="q1")
        assert silence["data"] | {"state": "no_answer", "reason": "silence", "text": None} == silence["data"]
        assert someone.on("oyez/crier/heard") == []

        question = {"room": "crier", "text": "Which light?", "ask": 10.0, "transaction": "q2", "chime_after": "none"}
        await someone.publish("oyez/bridge/request/ask", json.dumps(question))
        await eventually(lambda: "started" in states(someone, "crier", "q2"), within=30)
        await eventually(lambda: times_spoken(someone, "crier") == 2, within=30)
        await someone.publish("oyez/guest/say", "[[pause 1s]] Turn on the bedroom light.")
        answers = "oyez/bridge/response/ask"
        await eventually(lambda: last(someone, answers).get("transaction") == "q2", within=30)
        told = last(someone, answers)["data"]
        assert (told["state"], told["language"], told["id"]) == ("answer", "eng", "q2")
        assert words(told["text"]) == words("Turn on the bedroom light.")
        assert said(someone, "crier", "q2")[-1]["answer"]["text"] == told["text"]
        assert states(someone, "crier", "q2") == ["accepted", "started", "spoken"]

        await someone.publish("oyez/crier/set", '{"listening": false}')
        await eventually(lambda: last(someone, "oyez/crier/state").get("listening") is False)
        refused = await ask(someone, "ask", room="crier", text="Hello?", transaction="q3")
        assert "switched off" in refused["error"]
