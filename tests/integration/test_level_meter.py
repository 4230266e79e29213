"""`oyez devices --meter` on a sound server's microphone."""

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

from oyez.model import HEARD_RATE

pytestmark = [pytest.mark.pulse, pytest.mark.integration]

SPEECH = Path(__file__).parents[1] / "data" / "vad" / "speech.flac"


async def until(lines, condition):
    """The first level that is so."""
    async with asyncio.timeout(30):
        async for line in lines:
            if condition(level := json.loads(line)):
                return level
    raise AssertionError("it ended")


async def test_silence_a_tone_speech_and_clipping_are_told_ten_times_a_second_until_ctrl_c(pulse):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "oyez", "devices", "--meter", "microphone", "--json", env=os.environ | pulse.env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    dead = await until(process.stdout, lambda level: level["silent"])
    assert (dead["level_dbfs"], dead["speech"], dead["clips"]) == (-100.0, False, False)
    tone = np.sin(2 * np.pi * 400 * np.arange(HEARD_RATE // 2) / HEARD_RATE)
    await pulse.feed(0.1 * tone)
    heard = await until(process.stdout, lambda level: level["level_dbfs"] > -23.5)
    assert heard["level_dbfs"] == pytest.approx(-23.0, abs=0.3)
    assert (heard["peak_dbfs"], heard["clips"]) == (pytest.approx(-20.0, abs=0.5), False)
    said, rate = soundfile.read(SPEECH, stop=2 * HEARD_RATE)
    await pulse.feed(said, rate=rate)
    assert (await until(process.stdout, lambda level: level["speech"]))["silent"] is False
    await pulse.feed(np.clip(4 * tone, -1, 1))
    assert (await until(process.stdout, lambda level: level["clips"]))["held_dbfs"] > -0.5
    os.killpg(process.pid, signal.SIGINT)
    _, err = await process.communicate()
    assert (process.returncode, err) == (130, b"")


async def test_a_microphone_that_is_not_there_is_told_with_those_that_are(pulse):
    status, out, err = await oyez("devices", "--meter", "no such thing", "--json")
    assert (status, out) == (69, "")
    assert "microphone" in err
