"""What a room costs in which nobody speaks: microphone, gate, voice activity and segmenter, all in this process.

python -m benchmarks.idle_cpu [--engine silero|webrtc] [--noise-db DB] [--rooms N] [--seconds S]

The microphone hears a virtual room: with `--noise-db` its noise floor, without it digital silence.
"""

from __future__ import annotations

import argparse
import asyncio
import time

import psutil

from oyez.audio.loopback import Air, LoopbackMicrophone
from oyez.config import VadConfig
from oyez.engines.noise import WebrtcDenoiser
from oyez.engines.vad import make_vad
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen import Gate, HearingRoom, Segmenter, SilenceWatch
from oyez.model import Utterance
from oyez.supervise import running

WARM_UP = 2.0  # seconds in which the detector's first, slower steps pass


def room(name: str, settings: VadConfig, noise_db: float | None) -> HearingRoom:
    """A room as the daemon makes it, around a virtual microphone."""
    return HearingRoom(
        name,
        LoopbackMicrophone(Air(noise_db=noise_db)),
        gate=Gate(settings.gate_tail_ms),
        vad=make_vad(settings.engine),
        segmenter=Segmenter(settings),
        denoiser=WebrtcDenoiser,
        utterances=Channel[Utterance]("utterances", 4, WhenFull.DROP_OLDEST),
        health=Health().part(name),
        silence=SilenceWatch(),
    )


async def measure(options: argparse.Namespace) -> None:
    """Print the share of a core and the memory."""
    settings = VadConfig(engine=options.engine)
    rooms = [room(f"room {n}", settings, options.noise_db) for n in range(options.rooms)]
    async with running(_together(rooms)):
        await asyncio.sleep(WARM_UP)
        cpu, begun = time.process_time(), time.monotonic()
        await asyncio.sleep(options.seconds)
        share = (time.process_time() - cpu) / (time.monotonic() - begun)
    air = "digital silence" if options.noise_db is None else f"noise at {options.noise_db:.0f} dBFS"
    memory = psutil.Process().memory_info().rss / 2**20
    print(f"{options.rooms} room(s), {options.engine}, {air}: {share:.2%} of a core, {memory:.0f} MiB")


async def _together(rooms: list[HearingRoom]) -> None:
    await asyncio.gather(*(one.run() for one in rooms))


def main() -> None:
    """Measure one set-up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["silero", "webrtc"], default="silero")
    parser.add_argument("--noise-db", type=float, default=None)
    parser.add_argument("--rooms", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
