"""How exactly rooms begin together: two real speakers of one PulseAudio server, each in its process, and what is heard.

Both play into one stereo sink, one left and one right, so that a recording of it has both on one clock. Told is how
far apart they are, for speakers whose processes have just started (cold) and for those that were there (warm).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from tests.support.pulse import PulseServer

from oyez.audio.portaudio import PortAudioSpeaker
from oyez.model import SPEECH_RATE, Samples, SpeechChunk
from oyez.speak.together import HEADWAY

LEAD_IN_MS = 200
PAIR = "module-null-sink sink_name=pair channels=2 channel_map=front-left,front-right rate=48000"
SIDES = {"left": "front-left", "right": "front-right"}
RATE = 48_000


async def speech(samples: Samples) -> AsyncIterator[SpeechChunk]:
    """A sound, as an engine gives it."""
    for start in range(0, len(samples), SPEECH_RATE // 4):
        yield SpeechChunk(samples[start : start + SPEECH_RATE // 4])


class Recording:
    """What both sides play, from when it is made."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._heard = bytearray()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def begin(cls, server: PulseServer) -> Recording:
        """One that already hears."""
        process = await asyncio.create_subprocess_exec(
            "parec", "--device=pair.monitor", f"--rate={RATE}", "--channels=2", "--format=float32le", "--raw",
            "--latency-msec=20", env=os.environ | server.env, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        recording = cls(process)
        while not recording._heard:  # noqa: ASYNC110 - once
            await asyncio.sleep(0.01)
        return recording

    async def end(self) -> Samples:
        """All of it, [samples, 2]."""
        self._process.kill()
        await self._process.wait()
        await self._reading
        return np.frombuffer(bytes(self._heard[: len(self._heard) // 8 * 8]), np.float32).reshape(-1, 2)

    async def _read(self) -> None:
        assert self._process.stdout
        while piece := await self._process.stdout.read(65536):
            self._heard.extend(piece)


def lag(heard: Samples) -> float:
    """Milliseconds by which the right side is later than the left."""
    left, right = heard[:, 0], heard[:, 1]
    size = 1 << (2 * len(left) - 1).bit_length()
    match = np.fft.irfft(np.fft.rfft(right, size) * np.conj(np.fft.rfft(left, size)))
    shift = int(np.argmax(match))
    return (shift - size if shift > size // 2 else shift) / RATE * 1000


async def try_once(server: PulseServer, speakers: list[PortAudioSpeaker], sound: Samples) -> float:
    """One announcement in both rooms; the lag."""
    recording = await Recording.begin(server)
    await asyncio.gather(*(speaker.wake() for speaker in speakers))
    at = time.monotonic() + HEADWAY + LEAD_IN_MS / 1000
    await asyncio.gather(*(speaker.play(speech(sound), at=at) for speaker in speakers))
    return lag(await recording.end())


async def measure(tries: int) -> None:
    """Print what was found."""
    sound = (0.3 * np.random.default_rng(1).standard_normal(2 * SPEECH_RATE)).astype(np.float32)
    with tempfile.TemporaryDirectory(prefix="oyez-together-") as folder:
        server = PulseServer(Path(folder))
        os.environ.update(server.env)
        try:
            await server.start()
            await server.load(PAIR)
            for name, channel in SIDES.items():
                to = f"channels=1 channel_map=mono master_channel_map={channel} remix=no"
                await server.load(f"module-remap-sink master=pair sink_name={name} {to}")
            for temper in ("cold", "warm"):
                away = np.abs(await lags(server, sound, tries, warm=temper == "warm"))
                print(
                    f"{temper}: {np.median(away):.1f} ms apart in the median, {away.max():.1f} at most, {tries} tries"
                )
        finally:
            await server.kill()


async def lags(server: PulseServer, sound: Samples, tries: int, *, warm: bool) -> list[float]:
    """Of so many tries, by speakers whose processes are there already (`warm`) or start for each."""
    found = []
    speakers = [PortAudioSpeaker(name, lead_in_ms=LEAD_IN_MS) for name in SIDES]
    if warm:
        await try_once(server, speakers, sound)
    for _ in range(tries):
        found.append(await try_once(server, speakers, sound))
        for speaker in () if warm else speakers:
            await speaker.close()
    for speaker in speakers:
        await speaker.close()
    return found


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=8)
    asyncio.run(measure(parser.parse_args().tries))


if __name__ == "__main__":
    main()
