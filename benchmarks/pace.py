"""Where speech ends, for slow speakers and quick ones: a fixed hang-over against one that is learnt from the room.

    python -m benchmarks.pace [--rounds N]

Kokoro says sentences in phrases; between the phrases of a slow speaker lie pauses, between those of a quick one none.
The recordings go through Silero and the segmenter as a room has them. Prints a Markdown table for docs/vad.md: how many
sentences were cut in two or more, and how long the end of a sentence was waited for.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass

import numpy as np
import soxr

from benchmarks.scenes import SPEECH_DBFS, background
from oyez import Speech
from oyez.config import VadConfig
from oyez.engines.silero import SileroVad
from oyez.listen.segment import FRAME_SECONDS, Segmenter
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, Frame, Samples

SENTENCES = (
    ("Turn on the lights", "in the kitchen", "and close the blinds."),
    ("Remind me", "to water the plants", "on Saturday morning."),
    ("Set the heating", "in the bathroom", "to twenty one degrees."),
    ("Tell me", "what the weather will be like", "tomorrow afternoon."),
    ("Add butter", "and two bottles of milk", "to the shopping list."),
    ("Play some music", "in the living room", "but not too loud."),
    ("Wake me up", "at a quarter past six", "every working day."),
    ("Is the garage door", "still open", "or did somebody close it?"),
)
BETWEEN = 4.0  # seconds between sentences
EDGE = 0.05  # seconds of a phrase's own silence that are left at its ends


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: how fast, with which pauses between phrases: seconds; each is from half to one and a half of it."""

    name: str
    speed: float
    pause: float


SPEAKERS = (Speaker("quick", 1.3, 0.0), Speaker("slow", 0.7, 0.7), Speaker("very slow", 0.5, 1.0))


WAYS = {f"{ms} ms": VadConfig(hang_over_ms=ms) for ms in (300, 600, 900, 1200, 1500)} | {
    f"learnt, from {ms} ms": VadConfig(hang_over_ms=ms, adaptive=True) for ms in (300, 600)
}


async def phrases(voice: str, speed: float) -> list[list[Samples]]:
    """Each sentence's phrases, at 16 kHz, without the silence around them."""
    async with Speech(voice=voice, speed=speed) as speech:
        return [[_bare(await _said(speech, phrase)) for phrase in sentence] for sentence in SENTENCES]


async def _said(speech: Speech, text: str) -> Samples:
    chunks = [chunk.samples async for chunk in speech.stream(text)]
    return soxr.resample(np.concatenate(chunks), SPEECH_RATE, HEARD_RATE)


def _bare(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    edge = round(EDGE * HEARD_RATE)
    return samples[max(0, loud[0] - edge) : loud[-1] + edge]


def recording(
    spoken: list[list[Samples]], pause: float, rng: np.random.Generator
) -> tuple[Samples, list[tuple[int, int]]]:
    """The sentences one after another in a quiet room, and where each begins and ends, in samples."""
    parts, spans, length = [], [], 0

    def put(samples: Samples) -> None:
        nonlocal length
        parts.append(samples)
        length += len(samples)

    for sentence in spoken:
        put(np.zeros(round(BETWEEN * HEARD_RATE), np.float32))
        begun = length
        for number, phrase in enumerate(sentence):
            if number and pause:
                put(np.zeros(round(pause * rng.uniform(0.5, 1.5) * HEARD_RATE), np.float32))
            put(phrase)
        spans.append((begun, length))
    put(np.zeros(round(BETWEEN * HEARD_RATE), np.float32))
    dry = np.concatenate(parts)
    active = np.concatenate([np.concatenate(sentence) for sentence in spoken])
    dry *= 10 ** (SPEECH_DBFS / 20) / np.sqrt(np.mean(np.square(active)))
    return dry + background([], None, len(dry), 0.0, rng), spans


def judge(
    heard: list[Frame], answers: list[float], spans: list[tuple[int, int]], settings: VadConfig
) -> tuple[int, float]:
    """How many sentences came out in pieces, and how long the ends were waited for: mean seconds."""
    segmenter = Segmenter(settings)
    ends = [n for n, (frame, p) in enumerate(zip(heard, answers, strict=True)) if segmenter.feed(frame, p)]
    cut, waits = 0, []
    for (begun, over), until in zip(spans, [*(begin for begin, _ in spans[1:]), np.inf], strict=True):
        mine = [n for n in ends if begun <= (n + 1) * FRAME_SAMPLES < until]
        cut += len(mine) != 1
        waits += [(mine[-1] + 1) * FRAME_SECONDS - over / HEARD_RATE] if mine else []
    return cut, float(np.mean(waits))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=6, help="how often each of the sentences is said")
    parser.add_argument("--voice", default="bf_emma")
    options = parser.parse_args()
    print("| hang-over | " + " | ".join(f"{one.name}: cut | wait" for one in SPEAKERS) + " |")
    print("|---" * (1 + 2 * len(SPEAKERS)) + "|")
    scenes = [_scene(speaker, options.voice, options.rounds) for speaker in SPEAKERS]
    for name, settings in WAYS.items():
        told = [judge(*scene, settings) for scene in scenes]
        cells = [f"{cut / len(scene[2]):.0%} | {wait:.2f} s" for (cut, wait), scene in zip(told, scenes, strict=True)]
        print(f"| {name} | " + " | ".join(cells) + " |")


def _scene(speaker: Speaker, voice: str, rounds: int) -> tuple[list[Frame], list[float], list[tuple[int, int]]]:
    spoken = asyncio.run(phrases(voice, speaker.speed)) * rounds
    samples, spans = recording(spoken, speaker.pause, np.random.default_rng(4))
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].astype(np.float32).reshape(-1, FRAME_SAMPLES)
    heard = [Frame(part, n * FRAME_SECONDS) for n, part in enumerate(whole)]
    vad = SileroVad()
    return heard, [vad.probability(frame) for frame in heard], spans


if __name__ == "__main__":
    main()
