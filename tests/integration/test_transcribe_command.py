"""`oyez transcribe` as people run it, on good files and bad ones."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.support.command import oyez

pytestmark = pytest.mark.model


@pytest.fixture
def recordings(repository, tmp_path):
    """Good ones, and what else lies around under such names."""
    (tmp_path / "good.flac").write_bytes((repository / "tests/data/mini/eng_2.flac").read_bytes())
    samples, _ = soundfile.read(tmp_path / "good.flac", dtype="float32")
    soundfile.write(tmp_path / "stereo.wav", np.repeat(samples, 3)[:, None].repeat(2, 1), 48_000, subtype="FLOAT")
    soundfile.write(tmp_path / "silent.wav", np.zeros(16_000), 16_000)
    soundfile.write(tmp_path / "torn.wav", samples, 16_000)
    (tmp_path / "torn.wav").write_bytes((tmp_path / "torn.wav").read_bytes()[: len(samples)])
    (tmp_path / "letter.wav").write_text("dear house")
    return tmp_path


async def test_a_file_that_can_not_be_heard_is_told_and_the_others_are_heard(recordings):
    names = ("letter.wav", "good.flac", "none.wav", "silent.wav", "torn.wav", "stereo.wav")
    status, out, err = await oyez("transcribe", *(str(recordings / name) for name in names), "--json")
    assert status == 65
    rows = dict(zip(names, json.loads(out), strict=True))
    assert rows["good.flac"]["text"] == rows["stereo.wav"]["text"] == "turn on the bedroom lights"
    assert [rows[name]["error"] for name in ("good.flac", "stereo.wav", "silent.wav")] == [None] * 3
    assert "isn't audio" in rows["letter.wav"]["error"]
    assert "no such file" in rows["none.wav"]["error"]
    assert "breaks off" in rows["torn.wav"]["error"]
    assert 0 < rows["torn.wav"]["seconds"] < rows["good.flac"]["seconds"]
    assert (rows["silent.wav"]["text"], len(rows["silent.wav"]["notes"])) == ("", 1)
    for told in (
        "letter.wav isn't audio",
        "none.wav can't be heard",
        "torn.wav isn't whole",
        "silent.wav: it is silent",
    ):
        assert told in err
    assert "Traceback" not in err


async def test_subtitles_go_into_a_folder_and_what_is_alone_into_a_file(recordings):
    (recordings / "subtitles").mkdir()
    good, stereo = str(recordings / "good.flac"), str(recordings / "stereo.wav")
    status, out, err = await oyez(
        "transcribe", good, stereo, "--format", "vtt", "-o", str(recordings / "subtitles"), "--hot-word", "bedroom"
    )
    assert (status, out, err) == (0, "", "")
    written = {path.name: path.read_text() for path in (recordings / "subtitles").iterdir()}
    assert set(written) == {"good.vtt", "stereo.vtt"}
    assert "--> " in written["good.vtt"]
    assert "turn on the bedroom lights" in written["good.vtt"]
    status, out, err = await oyez("transcribe", good, "-o", str(recordings / "said.txt"))
    assert (status, out, err) == (0, "", "")
    assert (recordings / "said.txt").read_text() == "turn on the bedroom lights\n"


async def test_ctrl_c_ends_it_and_leaves_nothing_behind(recordings):
    soundfile.write(recordings / "hours.flac", np.random.default_rng(0).normal(0, 0.1, 16_000 * 600), 16_000)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oyez", "transcribe", str(recordings / "good.flac"), str(recordings / "hours.flac"),
        "-o", str(recordings / "said.json"), env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    async with asyncio.timeout(60):
        while not (children := children_of(process.pid)):
            await asyncio.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, err = await process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err.decode()
    assert not [child for child in children if alive(child)]
    assert sorted(path.name for path in recordings.iterdir() if "said" in path.name) == []


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
