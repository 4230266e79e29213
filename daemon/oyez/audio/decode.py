"""From the bytes of an audio file, of anyone's making, to samples.

WAV with whole numbers is read here; every other format in a child process, since its decoder is native code that a
crafted file may crash.
"""

from __future__ import annotations

import asyncio
import io
import wave

import numpy as np
import soxr

from oyez.child.host import Child
from oyez.child.message import Message
from oyez.errors import EngineFailed, InvalidInput
from oyez.model import HEARD_RATE, Samples

WORKER = "oyez.audio.decode_worker"
START_S, DECODE_S = 15.0, 30.0
RATES = range(4_000, 384_001)  # Hz
CHANNELS = range(1, 33)


async def decode(content: bytes, *, most_s: float) -> Samples:
    """Mono samples at 16 kHz of a file in memory: WAV, FLAC, OGG, MP3, whatever libsndfile reads.

    Raises InvalidInput for what isn't audio, has none in it or is longer than `most_s` seconds.
    """
    samples = await asyncio.to_thread(read_wav, content, most_s)
    if samples is None:
        samples = await _read_elsewhere(content, most_s)
    if not len(samples):
        raise InvalidInput("there is no sound in the audio")
    return samples


def mono(table: np.ndarray, rate: int, to: int = HEARD_RATE) -> Samples:
    """Samples [time, channels] of any rate as mono at the rate `to`, finite and within -1 to 1."""
    joined = np.clip(np.nan_to_num(table.mean(axis=1, dtype=np.float32)), -1.0, 1.0).astype(np.float32)
    resampled: Samples = soxr.resample(joined, rate, to) if rate != to else joined
    return resampled


def check(rate: int, channels: int, frames: int, most_s: float) -> None:
    """Raise InvalidInput for what nobody records, and for what is too long."""
    if rate not in RATES or channels not in CHANNELS:
        raise InvalidInput(f"audio of {rate:,} Hz and {channels} channels is none that can be heard")
    if frames > most_s * rate:
        raise InvalidInput(f"the audio lasts {frames / rate:.0f} s; {most_s:.0f} s are the most")


def read_wav(content: bytes, most_s: float, to: int = HEARD_RATE) -> Samples | None:
    """Mono samples at the rate `to`; None: not a WAV that Python's own reader knows. Raises InvalidInput."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError):
        return None
    if width not in (1, 2, 4):
        return None
    frames = len(data) // (width * channels)
    check(rate, channels, frames, most_s)
    table = np.frombuffer(data[: frames * width * channels], f"<i{width}" if width > 1 else "u1")
    scaled = table.astype(np.float32) / 2 ** (8 * width - 1) - (width == 1)
    return mono(scaled.reshape(-1, channels), rate, to)


async def _read_elsewhere(content: bytes, most_s: float) -> Samples:
    try:
        async with Child("audio decoder", WORKER, {"most_s": most_s}, start_deadline=START_S) as child:
            await child.send(Message("decode", payload=content))
            return (await child.receive(DECODE_S)).audio
    except EngineFailed as error:
        raise InvalidInput("the audio can't be read: its decoder broke on it") from error
