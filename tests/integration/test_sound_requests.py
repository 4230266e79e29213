"""Recordings in and sound out over a real broker."""

from __future__ import annotations

import base64
import io
import json
import wave

import numpy as np
import pytest
from tests.support.broker import eventually, person
from tests.support.guests import Ear, Engine, guest_asr, guest_tts, wav
from tests.support.house import House

from oyez.errors import EngineFailed

pytestmark = pytest.mark.integration

RECORDING = wav(np.zeros(16_000 * 20))


@pytest.fixture
async def home(mosquitto, tmp_path):
    engine, ear = Engine(), Ear()
    engines = {"tts": guest_tts(engine), "asr": guest_asr(ear)}
    house = House(mosquitto, tmp_path, engines=engines)
    house.engine, house.ear = engine, ear
    async with house.living(), person(mosquitto, "oyez/bridge/response/#", "me/#") as house.someone:
        yield house


async def ask(home, verb, payload, **properties):
    body = payload if isinstance(payload, bytes) else json.dumps(payload)
    await home.someone.publish(f"oyez/bridge/request/{verb}", body, **properties)


def answers(home, topic):
    return [json.loads(payload) for payload in home.someone.on(topic)]


async def test_a_recording_as_it_is_or_in_base64_is_answered_with_its_words(home):
    topic = "oyez/bridge/response/transcribe"
    await ask(home, "transcribe", RECORDING)
    await eventually(lambda: answers(home, topic))
    (told,) = answers(home, topic)
    assert (told["status"], told["data"]["text"], told["data"]["seconds"]) == ("ok", "the lamp the lamp", 20.0)
    audio = base64.b64encode(RECORDING).decode()
    await ask(home, "transcribe", {"audio": audio, "language": "English", "hot_words": ["Anna"], "transaction": "t"})
    await eventually(lambda: len(answers(home, topic)) == 2)
    assert answers(home, topic)[1]["transaction"] == "t"
    assert home.ear.asked[-1] == ("eng", ["kitchen", "Anna"])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "audio is missing"),
        (b"RIFF but nothing else", "not audio"),
        ({"audio": "no base64"}, "should be base64"),
        ({"audio": "UklGRg==", "hot_words": ["*"]}, "hot_words should be a phrase"),
        ({"audio": "UklGRg==", "language": "klingon"}, "klingon"),
        (b"x" * 1_400_001, "1,400,000 are the most"),
    ],
)
async def test_a_recording_that_cannot_be_heard_is_refused(home, payload, reason):
    await ask(home, "transcribe", payload)
    await eventually(lambda: answers(home, "oyez/bridge/response/transcribe"))
    assert reason in answers(home, "oyez/bridge/response/transcribe")[0]["error"]


async def test_sound_comes_in_parts_to_the_asker_and_its_end_is_told_to_all(home):
    home.engine.chunk = np.full(24_000, 0.1, np.float32)
    await ask(
        home, "synthesise", {"text": "One. Two.", "transaction": 7}, ResponseTopic="me/sound", CorrelationData=b"c"
    )
    await eventually(lambda: "part" not in (answers(home, "me/sound") or [{"part": 0}])[-1])
    *parts, end = answers(home, "me/sound")
    assert [part["part"] for part in parts] == list(range(len(parts)))
    assert {part["transaction"] for part in parts} == {7}
    assert len(parts) > 4
    assert answers(home, "oyez/bridge/response/synthesise") == [end]
    assert {
        message.properties.CorrelationData for message in home.someone.received if str(message.topic) == "me/sound"
    } == {b"c"}
    whole = b"".join(base64.b64decode(part["data"]["audio"]) for part in parts)
    assert len(whole) == end["data"]["bytes"]
    with wave.open(io.BytesIO(whole)) as file:
        assert file.getframerate() == end["data"]["sample_rate"] == 24_000
    assert end["data"]["seconds"] == 4.08


async def test_sound_for_all_comes_on_the_response_of_the_verb(home):
    await ask(home, "synthesise", b"One.")
    await eventually(lambda: "part" not in (answers(home, "oyez/bridge/response/synthesise") or [{"part": 0}])[-1])
    assert [one.get("part") for one in answers(home, "oyez/bridge/response/synthesise")] == [0, None]


async def test_what_breaks_off_is_told(home):
    home.engine.error = EngineFailed("it broke")
    await ask(home, "synthesise", {"text": "One."})
    await eventually(lambda: answers(home, "oyez/bridge/response/synthesise"))
    assert answers(home, "oyez/bridge/response/synthesise")[-1]["error"] == "it broke"
    assert answers(home, "oyez/bridge/response/synthesise")[-1]["code"] == "failed"


async def test_others_do_not_wait_for_slow_requests_and_one_too_many_is_told(home):
    home.engine.go_on.clear()
    for number in range(6):  # one at work, four waiting
        await ask(home, "synthesise", {"text": "One.", "transaction": number})
    await eventually(lambda: answers(home, "oyez/bridge/response/synthesise"))
    (busy,) = answers(home, "oyez/bridge/response/synthesise")
    assert (busy["code"], busy["transaction"]) == ("busy", 5)
    await ask(home, "queue", b"")
    await eventually(lambda: answers(home, "oyez/bridge/response/queue"))
    home.engine.go_on.set()
    await eventually(
        lambda: len([one for one in answers(home, "oyez/bridge/response/synthesise") if "part" not in one]) == 6
    )
