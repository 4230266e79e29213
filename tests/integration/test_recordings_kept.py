"""What rooms hear, kept because somebody asked for it: the whole daemon, and `oyez eval` afterwards."""

from __future__ import annotations

import json

import pytest
from tests.support.broker import eventually, person
from tests.support.command import oyez
from tests.support.daemon import running, virtual

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]

SENTENCE = "Someone is at the door."


async def test_what_a_room_heard_is_kept_and_judged_by_eval(mosquitto, tmp_path):
    folder = tmp_path / "heard"
    config = virtual(mosquitto, asr={"recordings_dir": str(folder)})

    manifest = folder / "manifest.csv"

    def listed() -> list[str]:
        return manifest.read_text().splitlines()[1:] if manifest.exists() else []

    async with person(mosquitto, "oyez/house/heard") as someone, running(tmp_path / "d", config) as daemon:
        assert f"what is heard is recorded at_most_mb=200 folder={folder}" in daemon.log
        await someone.publish("oyez/crier/say", SENTENCE)
        await eventually(lambda: someone.on("oyez/house/heard"), within=60)
        await eventually(lambda: len(listed()) == 1)
        (heard,) = [json.loads(payload) for payload in someone.on("oyez/house/heard")]
    file, text, language, confidence, room = listed()[0].split(",")
    assert (text, language, room) == (heard["text"], "eng", "house")
    assert float(confidence) == pytest.approx(heard["confidence"], abs=0.001)
    assert {path.name for path in folder.iterdir()} == {file, manifest.name}
    manifest.write_text(manifest.read_text().replace(text, "someone is at the window"))  # as a person corrects it
    status, out, err = await oyez("eval", str(manifest), "--by", "room", "--json", "--worst", "1")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert [(one["group"], one["recordings"], one["words"]) for one in found["scores"]] == [(["eng", "house"], 1, 5)]
    assert [(one["said"], one["heard"]) for one in found["worst"]] == [("someone is at the window", text)]


async def test_doctor_tells_that_recordings_are_kept(mosquitto, tmp_path):
    path = tmp_path / "oyez.yaml"
    (tmp_path / "file").touch()
    for folder, fine in ((tmp_path / "heard", True), (tmp_path / "file" / "heard", False)):
        path.write_text(json.dumps(virtual(mosquitto, asr={"recordings_dir": str(folder), "recordings_mb": 50})))
        _, out, _ = await oyez("doctor", "--config", str(path), "--json")
        (finding,) = [one for one in json.loads(out) if one["what"] == "recordings"]
        assert finding["ok"] is fine
        assert f"kept in {folder}, up to 50 MB" in finding["found"]
