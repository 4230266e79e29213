"""Who spoke: people are enrolled and forgotten while the daemon runs, and transcripts name them."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import numpy as np
import pytest
from tests.support.broker import eventually, person
from tests.support.command import oyez
from tests.support.daemon import running, virtual
from tests.support.guests import Ear, guest_asr, wav
from tests.support.house import House

from oyez.actions.speakers import UTTERANCES
from oyez.listen.voices import Voices
from oyez.model import Recognition, Utterance, Voiceprint
from oyez.speakers import Speakers

pytestmark = pytest.mark.integration

DATA = Path(__file__).parent.parent / "data/mini"
DORA = [str(DATA / name) for name in ("spa_1.flac", "spa_2.flac", "spa_4.flac")]
HEARD = "oyez/house/heard"


@pytest.mark.model
@pytest.mark.timeout(180)
async def test_who_is_enrolled_while_it_runs_is_named_and_who_is_forgotten_is_not(mosquitto, tmp_path):
    config = virtual(mosquitto, crier={"voice": "ef_dora"}, asr={"speakers": True})
    config["rooms"]["house"]["language"] = "spa"

    def transcripts():
        return [json.loads(payload) for payload in someone.on(HEARD)]

    async def heard(sentence):
        before = len(transcripts())
        await someone.publish("oyez/crier/say", sentence)
        await eventually(lambda: len(transcripts()) > before, within=60)
        return transcripts()[-1]

    async with person(mosquitto, HEARD, "oyez/bridge/response/#") as someone, running(tmp_path / "d", config) as daemon:
        status, out, err = await oyez("speakers", "enrol", "dora", *DORA, "--config", str(daemon.path))
        assert (status, err) == (0, "")
        assert out.startswith("dora is known by ")
        told = (await heard("La cafetera ha terminado."))["speaker"]
        assert told["name"] == "dora"
        assert 0.74 <= told["score"] <= 1
        await someone.publish("oyez/bridge/request/forget_speaker", "dora")
        await eventually(lambda: someone.on("oyez/bridge/response/forget_speaker"))
        assert "speaker" not in await heard("Mañana estará caluroso otra vez.")
        status, out, _ = await oyez("speakers", "list", "--json", "--config", str(daemon.path))
        assert (status, json.loads(out)) == (0, [])


class Listener(Ear):
    """Hears one voice in whatever there is, but silence."""

    async def voiceprint(self, samples):
        return Voiceprint(np.array([1, 0], np.float32), len(samples) / 16_000) if samples.any() else None


@pytest.fixture
async def home(mosquitto, tmp_path):
    voices, rooms = Voices(Speakers(tmp_path / "speakers.json", model="m", min_score=0.7)), {"kitchen": None}
    house = House(mosquitto, tmp_path, engines={"asr": guest_asr(Listener()), "voices": voices, "hearing": rooms})
    house.voices = voices
    async with house.living(), person(mosquitto, "oyez/bridge/response/#") as house.someone:
        yield house


async def ask(home, verb, request):
    """The answer to a request."""
    topic = f"oyez/bridge/response/{verb}"
    before = len(home.someone.on(topic))
    await home.someone.publish(f"oyez/bridge/request/{verb}", json.dumps(request))
    await eventually(lambda: len(home.someone.on(topic)) > before)
    return json.loads(home.someone.on(topic)[-1])


def recording(seconds, loudness=0.1):
    return base64.b64encode(wav(np.full(round(16_000 * seconds), loudness))).decode()


async def test_people_are_enrolled_listed_and_forgotten_by_requests(home):
    told = await ask(home, "enrol_speaker", {"name": "anna", "audio": recording(4)})
    anna = {"name": "anna", "seconds": 4.0, "usable": True}
    assert (told["status"], told["data"]) == ("ok", {"speakers": [anna]})
    told = await ask(home, "enrol_speaker", {"name": "anna", "audio": recording(2)})
    assert told["data"] == {"speakers": [anna | {"seconds": 6.0}]}
    assert (await ask(home, "speakers", {}))["data"] == told["data"]
    assert (await ask(home, "forget_speaker", {"name": "anna"}))["data"] == {"speakers": []}
    assert not await asyncio.to_thread(home.voices.speakers.anyone)


async def test_somebody_is_enrolled_by_what_is_said_next_in_a_room(home):
    asked = asyncio.create_task(ask(home, "enrol_speaker", {"name": "anna", "room": "kitchen"}))
    await eventually(lambda: home.voices._gathering)
    said = Utterance("u", "kitchen", np.zeros(0, np.float32), 4e9, 4e9 + 2, 0.0)
    heard = Recognition("hello", "eng", 0.9, voiceprint=Voiceprint(np.array([1, 0], np.float32), 2.0))
    for _ in range(UTTERANCES):
        assert home.voices.who(said, heard) is None
    assert (await asked)["data"] == {"speakers": [{"name": "anna", "seconds": 6.0, "usable": True}]}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"name": "anna", "audio": recording(2)}, "too little to know anna by"),
        ({"name": "anna", "audio": recording(4, 0)}, "silent"),
        ({"name": "\n", "audio": recording(4)}, "can't be a name"),
        ({"audio": recording(4)}, "name is missing"),
        ({"name": "", "room": "kitchen"}, "can't be a name"),
        ({"name": "anna"}, "give audio, or the room"),
        ({"name": "anna", "audio": recording(4), "room": "kitchen"}, "not both"),
        ({"name": "anna", "room": "cellar"}, "unknown room that hears 'cellar'"),
    ],
)
async def test_what_nobody_can_be_known_by_is_refused(home, request_, reason):
    told = await ask(home, "enrol_speaker", request_)
    assert (told["status"], told["code"]) == ("error", "invalid")
    assert reason in told["error"]


async def test_a_house_that_tells_nobody_says_which_key_does(mosquitto, tmp_path):
    house = House(mosquitto, tmp_path, engines={"asr": guest_asr(Listener())})
    async with house.living(), person(mosquitto, "oyez/bridge/response/#") as house.someone:
        assert "asr.speakers is false" in (await ask(house, "speakers", {}))["error"]


@pytest.mark.model
async def test_doctor_tells_that_voiceprints_are_kept(mosquitto, tmp_path):
    path = tmp_path / "oyez.yaml"
    path.write_text(json.dumps({"state_dir": str(tmp_path), **virtual(mosquitto, asr={"speakers": True})}))
    _, out, _ = await oyez("doctor", "--config", str(path), "--json")
    (finding,) = [one for one in json.loads(out) if one["what"] == "who spoke"]
    assert finding["ok"]
    assert f"voiceprints of 0 people are kept in {tmp_path}" in finding["found"]


async def test_enrolling_where_the_model_is_missing_names_the_command(tmp_path, repository):
    config = str(repository / "config/demo.yaml")
    status, _, err = await oyez("speakers", "enrol", "anna", DORA[0], "--config", config, OYEZ_MODELS=str(tmp_path))
    assert status != 0
    assert "-> oyez models install resemblyzer" in err
