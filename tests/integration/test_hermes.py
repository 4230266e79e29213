"""Hermes over a real broker: what is built around Rhasspy says and hears through the rooms."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from contextlib import asynccontextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.broker import eventually, person
from tests.support.house import House

from oyez.config import HermesConfig
from oyez.errors import InvalidInput
from oyez.hermes import messages
from oyez.hermes.adapter import Hermes
from oyez.model import Outcome, OutcomeState, Transcript, Word

pytestmark = pytest.mark.integration

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


class Rhasspy:
    """Someone who speaks Hermes."""

    def __init__(self, house, hermes, someone) -> None:
        self.house, self.hermes, self.someone = house, hermes, someone

    async def send(self, topic, **fields):
        await self.someone.publish(topic, json.dumps(fields), qos=0)

    async def got(self, topic):
        await eventually(lambda: self.someone.on(topic))
        return json.loads(self.someone.on(topic)[-1])

    async def spoken(self):
        await eventually(lambda: len(self.house.kitchen.agenda))
        await self.house.speak()


@asynccontextmanager
async def talking(mosquitto, folder, **config):
    house = House(mosquitto, folder)
    hermes = Hermes(HermesConfig(enabled=True, **config), house.broker)
    publish = house.desk._publish

    def told(outcome):
        hermes.told(outcome)
        publish(outcome)

    house.desk._publish = told
    running = asyncio.create_task(hermes.run(house.home))
    try:
        async with house.living(), person(mosquitto, "hermes/#", "rhasspy/#") as someone:
            yield Rhasspy(house, hermes, someone)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def rhasspy(mosquitto, tmp_path):
    async with talking(mosquitto, tmp_path) as opened:
        yield opened


def transcript():
    words = (Word("turn", 0.1, 0.3, 0.9), Word("on", 0.4, 0.5, 0.8))
    return Transcript("u", "kitchen", "turn on", "eng", 0.85, 10.0, 11.5, 5.0, words)


async def test_what_is_said_is_told_to_be_finished(rhasspy):
    await rhasspy.send(
        messages.SAY, text="Dinner.", siteId="kitchen", id="d1", sessionId="s", volume=0.5, lang="en", init=1
    )
    await eventually(lambda: len(rhasspy.house.kitchen.agenda))
    (waiting,) = rhasspy.house.kitchen.agenda.waiting
    assert (waiting.text, waiting.volume, waiting.language) == ("Dinner.", 0.5, "en")
    await rhasspy.spoken()
    assert await rhasspy.got(messages.SAY_FINISHED) == {"id": "d1", "siteId": "kitchen", "sessionId": "s"}
    assert not rhasspy.someone.on(messages.SAY_ERROR)


def wav(seconds=1.5, rate=16_000):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(np.full(round(seconds * rate), 8_192, "<i2").tobytes())
    return file.getvalue()


async def test_a_wav_is_played_in_its_turn_and_told_to_be_finished(rhasspy):
    await rhasspy.someone.publish("hermes/audioServer/kitchen/playBytes/bell-1", wav(), qos=0)
    await eventually(lambda: len(rhasspy.house.kitchen.agenda))
    (waiting,) = rhasspy.house.kitchen.agenda.waiting
    assert len(waiting.recording) == pytest.approx(36_000, abs=2)
    assert np.abs(waiting.recording[1_000:-1_000] - 0.25).max() < 0.01
    await rhasspy.spoken()
    assert await rhasspy.got("hermes/audioServer/kitchen/playFinished") == {"id": "bell-1", "sessionId": None}
    assert not rhasspy.someone.on(messages.SAY_ERROR)


@pytest.mark.parametrize(
    ("site", "payload", "reason"),
    [
        ("kitchen", b"RIFF no wav", "a WAV with sound"),
        ("kitchen", wav(0), "a WAV with sound"),
        ("kitchen", wav(61, 4_000), "60 s are the most"),
        ("attic", wav(), "unknown siteId 'attic'"),
    ],
)
async def test_a_wav_that_cannot_be_played_is_an_error_and_finished(rhasspy, site, payload, reason):
    await rhasspy.someone.publish(f"hermes/audioServer/{site}/playBytes/1", payload, qos=0)
    assert reason in (await rhasspy.got(messages.SAY_ERROR))["error"]
    assert (await rhasspy.got(f"hermes/audioServer/{site}/playFinished"))["id"] == "1"
    assert not len(rhasspy.house.kitchen.agenda)


@pytest.mark.parametrize("site", ["default", "*", "kitchen, kitchen"])
async def test_the_default_site_is_the_first_room_and_a_star_is_all(rhasspy, site):
    await rhasspy.send(messages.SAY, text="Dinner.", siteId=site)
    await rhasspy.spoken()
    assert (await rhasspy.got(messages.SAY_FINISHED))["id"] is None
    assert rhasspy.house.kitchen.spoken == ["Dinner."]


async def test_sites_may_have_names_of_their_own(mosquitto, tmp_path):
    async with talking(mosquitto, tmp_path, sites={"satellite-1": "kitchen"}) as rhasspy:
        await rhasspy.send(messages.SAY, text="Dinner.", siteId="satellite-1")
        await rhasspy.spoken()
        assert (await rhasspy.got(messages.SAY_FINISHED))["siteId"] == "satellite-1"
        rhasspy.hermes.heard(transcript())
        assert (await rhasspy.got(messages.TEXT_CAPTURED))["siteId"] == "satellite-1"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": "x", "siteId": "attic"}, "unknown siteId 'attic'"),
        ({"text": ""}, "text"),
        ({"text": "x", "volume": 3}, "volume"),
        ({}, "text: Field required"),
    ],
)
async def test_what_cannot_be_said_is_told_as_an_error(rhasspy, fields, reason):
    await rhasspy.send(messages.SAY, **fields)
    assert reason in (await rhasspy.got(messages.SAY_ERROR))["error"]


async def test_who_waits_for_the_end_gets_it_when_it_fails_too(rhasspy):
    await rhasspy.send(messages.SAY, text="x", siteId="attic", id="a")
    assert (await rhasspy.got(messages.SAY_FINISHED))["id"] == "a"
    await rhasspy.send(messages.SAY, text="Dinner.", id="b")
    await eventually(lambda: len(rhasspy.house.kitchen.agenda))
    name = rhasspy.house.kitchen.agenda.waiting[0].id
    rhasspy.hermes.told(Outcome(name, "kitchen", OutcomeState.FAILED, "no speaker"))
    await eventually(lambda: len(rhasspy.someone.on(messages.SAY_FINISHED)) == 2)
    assert (await rhasspy.got(messages.SAY_ERROR))["error"] == "no speaker"


async def test_what_is_heard_is_captured_for_the_session_that_waits(rhasspy):
    await rhasspy.send(messages.START_LISTENING, siteId="kitchen", sessionId="s1")
    await eventually(lambda: rhasspy.hermes._sessions)
    rhasspy.hermes.heard(transcript())
    told = await rhasspy.got(messages.TEXT_CAPTURED)
    assert told == {
        "text": "turn on",
        "likelihood": 0.85,
        "seconds": 1.5,
        "siteId": "kitchen",
        "sessionId": "s1",
        "wakewordId": None,
        "lang": "eng",
        "asrTokens": [
            [
                {
                    "value": "turn",
                    "confidence": 0.9,
                    "rangeStart": 0,
                    "rangeEnd": 4,
                    "time": {"start": 0.1, "end": 0.3},
                },
                {"value": "on", "confidence": 0.8, "rangeStart": 5, "rangeEnd": 7, "time": {"start": 0.4, "end": 0.5}},
            ]
        ],
    }
    rhasspy.hermes.heard(transcript())
    await eventually(lambda: len(rhasspy.someone.on(messages.TEXT_CAPTURED)) == 2)
    assert (await rhasspy.got(messages.TEXT_CAPTURED))["sessionId"] is None, "a session has the first words only"


async def test_listening_is_switched_off_and_on_and_a_closed_microphone_is_told(rhasspy):
    await rhasspy.send(messages.LISTEN_OFF, siteId="kitchen", reason="")
    await eventually(lambda: not rhasspy.house.settings.rooms["kitchen"].listening)
    await rhasspy.send(messages.START_LISTENING, siteId="kitchen", sessionId="s")
    told = await rhasspy.got(messages.LISTEN_ERROR)
    assert (told["error"], told["sessionId"]) == ("no microphone is open in kitchen", "s")
    await rhasspy.send(messages.LISTEN_ON, siteId="kitchen")
    await eventually(lambda: rhasspy.house.settings.rooms["kitchen"].listening)


async def test_the_volume_is_set_and_the_voices_are_told(rhasspy):
    await rhasspy.send(messages.SET_VOLUME, siteId="kitchen", volume=0.25)
    await eventually(lambda: rhasspy.house.settings.rooms["kitchen"].volume == 0.25)
    await rhasspy.send(messages.GET_VOICES, id="v")
    told = await rhasspy.got(messages.VOICES)
    assert (told["id"], told["siteId"]) == ("v", "default")
    assert {"voiceId": "bf_emma", "description": "British English, female"} in told["voices"]


async def test_a_notification_is_a_session_from_its_first_word_to_its_last(rhasspy):
    await rhasspy.send(
        messages.START_SESSION, siteId="kitchen", customData="c", init={"type": "notification", "text": "Ding."}
    )
    started = await rhasspy.got(messages.SESSION_STARTED)
    assert not rhasspy.someone.on(messages.SESSION_ENDED)
    await rhasspy.spoken()
    ended = await rhasspy.got(messages.SESSION_ENDED)
    assert ended == started | {"termination": {"reason": "nominal", "error": None}}
    await rhasspy.send(messages.START_SESSION, init={"type": "action", "text": "What?"})
    await eventually(lambda: len(rhasspy.someone.on(messages.SESSION_ENDED)) == 2)
    assert (await rhasspy.got(messages.SESSION_ENDED))["termination"]["reason"] == "error"


@given(st.sampled_from(sorted(messages.MODELS)), st.binary(max_size=40) | anything)
def test_whatever_comes_is_a_message_or_refused(topic, content):
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    try:
        assert messages.read(payload, messages.MODELS[topic]).sites is not None
    except InvalidInput:
        return


@given(st.dictionaries(st.sampled_from(["text", "siteId", "id", "volume", "init", "sessionId"]), anything, max_size=4))
def test_every_object_is_a_message_or_refused(fields):
    for model in messages.MODELS.values():
        try:
            messages.read(json.dumps(fields).encode(), model)
        except InvalidInput:
            continue
