"""`oyez speak`, run as people run it."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import numpy as np
import pytest
import soundfile
from tests.support.broker import eventually
from tests.support.command import oyez

pytestmark = [pytest.mark.integration, pytest.mark.model, pytest.mark.timeout(180)]


async def test_speak_writes_sound_subtitles_and_words_and_tells_machines(tmp_path):
    (tmp_path / "news.txt").write_text("Dinner is ready.\n\nThe door is open.")
    status, out, err = await oyez(
        *["speak", "-f", str(tmp_path / "news.txt"), "-o", str(tmp_path), "--format", "opus", "--volume", "50%"],
        *["--subtitles", "srt", "--words", "json", "--json"],
    )
    assert (status, err) == (0, "")
    [told] = json.loads(out)
    sound = soundfile.info(tmp_path / "news.opus")
    assert (sound.format, sound.subtype) == ("OGG", "OPUS")
    assert told["output"] == str(tmp_path / "news.opus")
    assert told["seconds"] == pytest.approx(sound.duration, abs=0.001)
    subtitles = (tmp_path / "news.srt").read_text()
    assert "Dinner is ready.\n" in subtitles
    said = json.loads((tmp_path / "news.json").read_text())
    assert [sentence["text"] for sentence in said] == ["Dinner is ready.", "The door is open."]
    assert 0 <= said[0]["start"] < said[0]["end"] <= said[1]["start"] < said[1]["end"] <= told["seconds"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news.json", "news.opus", "news.srt", "news.txt"]


async def test_speak_says_what_it_can_of_many_files_and_tells_the_rest(tmp_path):
    for name, content in (("a", b"One."), ("b", b"caf\xe9"), ("c", b"...")):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "out").mkdir()
    status, out, err = await oyez(
        "speak", "-f", *(str(tmp_path / name) for name in "abc"), "-o", str(tmp_path / "out"), "--json"
    )
    assert status == 65
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.wav"]
    assert ["error" in row for row in json.loads(out)] == [False, True, True]
    assert "a byte 0xe9 after 'caf'" in err
    assert f"{tmp_path / 'c'}: nothing in this text can be said" in err


async def test_speak_says_what_a_pipe_brings_as_it_comes_and_ends_with_its_reader():
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "oyez", "speak", "-", "-o", "-"],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    process.stdin.write(b"Dinner is ready. It is caf\xc3")
    first = np.frombuffer(await process.stdout.readexactly(30_000), "<i2")
    assert np.abs(first.astype(float)).max() > 1000
    process.stdin.write(b"\xa9 time. " + b"Dinner is ready. " * 20_000)  # hours of it
    process.stdin.close()
    await process.stdout.readexactly(100_000)
    process.stdout._transport.close()
    err = await process.stderr.read()
    assert (await process.wait(), err) == (1, b"")


async def test_speak_ended_by_sigterm_leaves_nothing_half_written(tmp_path):
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "oyez", "speak", "Dinner is ready. " * 1_000, "-o", str(tmp_path / "x.flac")]
    )
    await eventually(lambda: any(tmp_path.iterdir()), within=60)
    process.terminate()
    assert await process.wait() == 143
    assert list(tmp_path.iterdir()) == []


async def test_speak_asks_line_by_line_at_a_terminal(tmp_path):
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "oyez", "speak", "--speaker", f"file:{tmp_path}"],
        stdin=theirs,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"NO_COLOR": "1"},
    )
    os.close(theirs)
    try:
        os.write(ours, b"One.\n...\n\nTwo \xf0\x9f\x98\x80.\n\x04")
        _, err = await process.communicate()
    finally:
        os.close(ours)
    assert process.returncode == 0
    assert len(list(tmp_path.glob("*.wav"))) == 2
    assert "nothing in this text can be said" in err.decode()
    assert "note: left out: U+1F600" in err.decode()


async def test_speak_tells_what_it_would_say_without_the_model(tmp_path):
    text = "It's 21.5 °C. [[pause 1s]] [[fr:bonjour]]"
    status, out, err = await oyez(*["speak", "--phonemes", "-v", "bf_emma", text, "--json"], OYEZ_MODELS=str(tmp_path))
    assert (status, err) == (0, "")
    temperature, pause, hello = json.loads(out)
    assert temperature["text"] == "It's twenty-one point five degrees Celsius."
    assert "twˈɛnti" in temperature["phonemes"]
    assert (pause, hello["voice"]) == ({"pause": 1.0}, "bf_emma")
