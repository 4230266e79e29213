"""Tries a device: a sound out of a loudspeaker, two seconds of a microphone. What `oyez devices --test` shows."""

from __future__ import annotations

import math
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from oyez.audio.listing import Direction, list_devices, match
from oyez.audio.loopback import Airs
from oyez.device_spec import parse
from oyez.devices import open_microphone, open_speaker
from oyez.errors import DeviceLost, InvalidInput
from oyez.listen.level import CLIPS, FLOOR, decibels
from oyez.model import HEARD_RATE, SpeechChunk
from oyez.speak.chimes import tune

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable

    from oyez.model import Frame, Samples

SECONDS = 2.0
SOUND = "ding_dong"
LEAD_IN_MS = 200
VERDICTS = {
    "ok": "that is heard",
    "silent": "nothing but digital silence: is it muted, or the cable dead?",
    "faint": "hardly anything: is it turned down, or the wrong one?",
    "clips": "it clips: turn it down",
}
FAINT = -60.0  # dBFS: a peak below it is the noise of the electronics at most


@dataclass(frozen=True, slots=True)
class Heard:
    """What a microphone gave: `level_dbfs` is the mean power, `peak_dbfs` the highest sample (0: samples of 1).

    `verdict` is `ok`, `silent` (nothing but digital silence), `faint` or `clips`.
    """

    seconds: float
    level_dbfs: float
    peak_dbfs: float
    verdict: str

    def __str__(self) -> str:
        return f"{self.level_dbfs} dBFS, peak {self.peak_dbfs} dBFS: {VERDICTS[self.verdict]}"


def sound() -> Samples:
    """What a loudspeaker is tried with: 24 kHz."""
    return tune(SOUND)


async def works_as(device: str) -> list[Direction]:
    """What a device, named as in the config, can be tried as. Raises DeviceLost, with those that there are."""
    spec = parse(device)
    if spec.kind == "udp":
        return [Direction.IN]
    if spec.kind != "device" or spec.value == "default":
        return [Direction.OUT, Direction.IN]
    devices, found, missing = await list_devices(), [], None
    for direction in (Direction.OUT, Direction.IN):
        try:
            match(spec.value, devices, direction)
            found.append(direction)
        except DeviceLost as error:
            missing = error
    if missing and not found:
        raise missing
    return found


async def play(device: str) -> float:
    """Play the sound on a loudspeaker, named as in the config; seconds played. Raises DeviceLost, InvalidInput."""
    _outside(device)
    speaker = open_speaker(device, airs=Airs(), lead_in_ms=LEAD_IN_MS)
    try:
        return round(await speaker.play(_chunks()), 2)
    finally:
        await speaker.close()


async def record(device: str, seconds: float = SECONDS) -> Heard:
    """Hear a microphone, named as in the config, for so long. Raises DeviceLost, InvalidInput."""
    _outside(device)
    microphone = open_microphone(device, airs=Airs())
    async with aclosing(cast("AsyncGenerator[Frame, None]", microphone.frames())) as frames:
        return await judge(frames, seconds)


async def judge(frames: AsyncIterable[Frame], seconds: float = SECONDS) -> Heard:
    """What so many seconds of a microphone are like, or all that it has."""
    heard: list[Samples] = []
    async for frame in frames:
        heard.append(frame.samples)
        if len(heard) * len(frame.samples) >= seconds * HEARD_RATE:
            break
    return judged(np.concatenate(heard) if heard else np.zeros(0, np.float32))


def judged(samples: Samples) -> Heard:
    """What heard samples are like."""
    if not samples.any():
        return Heard(round(len(samples) / HEARD_RATE, 2), FLOOR, FLOOR, "silent")
    peak = decibels(float(np.abs(samples).max()))
    level = decibels(math.sqrt(float(np.mean(np.square(samples, dtype=np.float64)))))
    return Heard(round(len(samples) / HEARD_RATE, 2), level, peak, verdict(level, peak))


def verdict(level_dbfs: float, peak_dbfs: float) -> str:
    """What levels mean: a key of `VERDICTS`."""
    if level_dbfs <= FLOOR:
        return "silent"
    return "clips" if peak_dbfs > CLIPS else "faint" if peak_dbfs < FAINT else "ok"


def _outside(device: str) -> None:
    if parse(device).kind in ("none", "loopback"):
        raise InvalidInput(f"{device!r} is no device that can be tried", hint="name one that `oyez devices` lists")


async def _chunks() -> AsyncGenerator[SpeechChunk, None]:
    yield SpeechChunk(sound())
