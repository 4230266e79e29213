"""From the decision that speech has ended to its transcript, with and without a beginning in the pause.

    python -m benchmarks.live [--model FOLDER] [--phrases 12] [--threads 2]

Recorded phrases are heard in real time as from a microphone, each with a breath in the middle, which a beginning in the
pause takes for the end; the engine is the real child process. `--model` may be any prepared folder: with random weights
at full size (`make bench-asr` leaves one) the delays are real, the texts aren't.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
import soundfile

from oyez.config import VadConfig
from oyez.engines.mms.convert import convert
from oyez.engines.mms.engine import MmsAsr
from oyez.engines.noise import WebrtcDenoiser
from oyez.engines.silero import SileroVad
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen import Ahead, Ask, Gate, HearingRoom, Segmenter, Transcription
from oyez.listen.expected import Expected
from oyez.listen.rewrite import Rewriting
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame
from oyez.supervise import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from oyez.model import Samples, Transcript, Utterance

MODEL = Path("daemon/oyez/data/mms-mini")
SPEECH = Path("tests/data/mini")
BREATH = 0.4  # seconds in the middle of a phrase
AFTER = 2.0  # seconds of silence after it


@dataclass
class Microphone:
    """Plays phrases in real time."""

    phrases: Sequence[Samples]

    async def frames(self) -> AsyncIterator[Frame]:
        """See ports.Microphone."""
        stream = np.concatenate([np.zeros(HEARD_RATE, np.float32), *self.phrases])
        begun = time.monotonic()
        for start in range(0, len(stream) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            captured = begun + start / HEARD_RATE
            await asyncio.sleep(max(0.0, captured + FRAME_SAMPLES / HEARD_RATE - time.monotonic()))
            yield Frame(stream[start : start + FRAME_SAMPLES], captured)


@dataclass
class Figures:
    """What one way gave: the delay of each transcript in seconds, their texts, the engine's CPU seconds."""

    delays: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    cpu: float = 0.0


def main() -> None:
    """Print both ways."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--model", type=Path, help="a prepared folder; mms-mini where none is given")
    parser.add_argument("--phrases", type=int, default=12)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    phrases = _phrases(options.phrases)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.model or Path(scratch) / "prepared"
        if not options.model:
            convert(MODEL, folder)
        ways = {early: asyncio.run(_hear(folder, phrases, options.threads, early=early)) for early in (False, True)}
    print("| recognition begins | transcripts | median delay | 90 % within | longest | CPU s of the engine |")
    print("|---|---|---|---|---|---|")
    for early, found in ways.items():
        told = sorted(found.delays)
        figures = (statistics.median(told), told[int(0.9 * (len(told) - 1))], told[-1])
        name = "in the first pause" if early else "after the decision"
        print(f"| {name} | {len(told)} | {' | '.join(f'{1000 * one:.0f} ms' for one in figures)} | {found.cpu:.1f} |")
    same = sum(a == b for a, b in zip(ways[False].texts, ways[True].texts, strict=False))
    print(f"\nThe same text both ways: {same} of {len(ways[False].texts)}.")


def _phrases(count: int) -> list[Samples]:
    files = sorted(SPEECH.glob("eng_*.flac"))
    found = []
    for number in range(count):
        audio = soundfile.read(files[number % len(files)], dtype="float32")[0]
        half = len(audio) // 2
        breath, after = (np.zeros(int(seconds * HEARD_RATE), np.float32) for seconds in (BREATH, AFTER))
        found.append(np.concatenate([audio[:half], breath, audio[half:], after]))
    return found


async def _hear(folder: Path, phrases: Sequence[Samples], threads: int, *, early: bool) -> Figures:
    found, health = Figures(), Health()
    asr = MmsAsr(folder, threads=threads)
    expected = Expected((), {}, health.part("hot words"))
    ask = Ask(asr, languages={"room": "eng"}, expected=expected)
    ahead = Ahead(ask, drafts=early)
    utterances: Channel[Utterance] = Channel("utterances", 4, WhenFull.DROP_OLDEST)

    async def deliver(transcript: Transcript) -> None:
        found.delays.append(time.monotonic() - transcript.decided_mono)
        found.texts.append(transcript.text)

    room = HearingRoom(
        "room", Microphone(phrases), gate=Gate(500), vad=SileroVad(), segmenter=Segmenter(VadConfig()),
        denoiser=WebrtcDenoiser, utterances=utterances, health=health.part("room"), ahead=ahead,
    )  # fmt: skip
    stage = Transcription(
        ask, utterances, ahead=ahead, min_confidence=0.0, expected=expected, rewrite=Rewriting(), deliver=deliver,
        refuse=lambda _: None, health=health.part("transcription"),
    )  # fmt: skip
    try:
        await asr.transcribe(phrases[0], "eng")  # the first one loads the language
        engine = psutil.Process(asr.child.pid)
        before = sum(engine.cpu_times()[:2])
        async with running(ahead.run()), asyncio.TaskGroup() as stages:
            stages.create_task(stage.run())
            await room.run()
            utterances.close()
        found.cpu = sum(engine.cpu_times()[:2]) - before
    finally:
        await asr.child.close()
    return found


if __name__ == "__main__":
    main()
