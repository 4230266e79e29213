"""Hearing that falls behind: an engine slower than speech, a process that was stopped."""

import asyncio
import json
import signal
import sys
import time

import numpy as np
from structlog.testing import capture_logs
from tests.support.frozen_ear import HEADER
from tests.support.hearing import FRAME_S, Ear, ScriptedMicrophone, stream

from oyez.health import Health
from oyez.listen import Ahead, Ask, Transcription
from oyez.listen.expected import Expected
from oyez.listen.rewrite import Rewriting
from oyez.model import FRAME_SAMPLES, Recognition


class StuckAsr:
    """Recognises the loudness of an utterance, but nothing before it is let go."""

    def __init__(self):
        self.busy = asyncio.Event()
        self.go = asyncio.Event()

    async def transcribe(self, samples, language, **_):
        self.busy.set()
        await self.go.wait()
        return Recognition(f"{max(samples):.2f}", language, 0.9)


async def test_of_twenty_utterances_a_stuck_engine_gets_the_one_it_has_and_the_four_newest():
    """Row 9: what waits is bounded, the oldest is dropped, counted and logged."""
    first = stream([0.01] * 10 + [0.0] * 10)
    rest = [frame for n in range(2, 21) for frame in stream([n / 100] * 10 + [0.0] * 10)]
    asr, delivered = StuckAsr(), []
    ear = Ear(ScriptedMicrophone(first, rest))

    async def deliver(transcript):
        delivered.append(transcript.text)

    expected = Expected([], {}, Health().part("hot words"))
    ask = Ask(asr, languages={"kitchen": "eng"}, expected=expected)
    stage = Transcription(
        ask,
        ear.utterances,
        ahead=Ahead(ask),
        min_confidence=0.5,
        expected=expected,
        rewrite=Rewriting(),
        deliver=deliver,
        refuse=lambda _: None,
        health=Health().part("transcription"),
    )
    task = asyncio.ensure_future(stage.run())
    with capture_logs() as logs:
        await ear.room.run()
        async with asyncio.timeout(10):
            await asr.busy.wait()
        await ear.room.run()
    assert len(ear.utterances) == 4
    assert ear.utterances.lost == 15
    assert sum("oldest utterance dropped" in line["event"] for line in logs) == 15
    asr.go.set()
    ear.utterances.close()
    async with asyncio.timeout(10):
        await task
    assert delivered == ["0.01", "0.17", "0.18", "0.19", "0.20"]


async def speak(pipe, mark: float, seconds: float) -> None:
    """Write a mark's frames in real time, each with the moment of its capture, as a sound server would."""
    begun = time.monotonic()
    for n in range(round(seconds / FRAME_S)):
        pipe.write(HEADER.pack(time.monotonic()) + np.full(FRAME_SAMPLES, mark, np.float32).tobytes())
        await asyncio.sleep(max(0.0, begun + (n + 1) * FRAME_S - time.monotonic()))


async def test_after_a_stop_the_burst_of_old_audio_is_thrown_away_and_new_speech_is_heard():
    """Row 10: SIGSTOP while someone speaks, SIGCONT; the sound server kept everything for us."""
    ear = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.frozen_ear",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            assert await ear.stdout.readline() == b"ready\n"
            await speak(ear.stdin, 0.25, 0.4)  # torn apart by the stop
            ear.send_signal(signal.SIGSTOP)
            await speak(ear.stdin, 0.5, 1.0)  # said while stopped
            await speak(ear.stdin, 0.0, 2.0)
            ear.send_signal(signal.SIGCONT)
            await speak(ear.stdin, 0.0, 0.5)
            await speak(ear.stdin, 0.75, 0.4)  # said to an ear that is awake
            await speak(ear.stdin, 0.0, 0.4)
            ear.stdin.close()
            told = await ear.stdout.read()
            await ear.wait()
    finally:
        if ear.returncode is None:
            ear.kill()
            await ear.wait()
    report = json.loads(told.splitlines()[-1])  # its log is before it
    assert report["heard"] == [[0.75]]
    assert report["part"]["stale_frames"] >= 50
    assert report["part"]["interrupted"] == 1
