"""Who spoke: how often a voice is told, mistaken or left unnamed, and what it costs.

    python -m benchmarks.speakers [--set build/mini/eval] [--guests FOLDER] [--model FOLDER]

The set is a folder with a folder of recordings for each person (as `audio_data/librispeech_test-other` of Resemblyzer's
repository has ten people of LibriSpeech), or mms-mini's evaluation set, whose people are Kokoro's voices. Everyone is
enrolled by the first 4 s of three recordings; what is told apart comes from their others. Households of four are drawn
from them; their guests are the rest, and whoever is in the folder `--guests`, a recording each.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import resource
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile

from benchmarks.trial import SET, noisy
from oyez.config import AsrConfig
from oyez.config.places import default_models_dir
from oyez.engines.ge2e import VOICES
from oyez.engines.ge2e.encoder import Encoder
from oyez.model import HEARD_RATE
from oyez.speakers import mean, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oyez.model import Samples, Voiceprint

ENROLLED = 3  # recordings
ENROLLED_S = 4.0  # of each
PIECES = 12  # of a recording, at most
CONDITIONS: tuple[tuple[float, float | None], ...] = ((3, None), (2, None), (1.5, None), (1, None), (3, 15), (2, 15))
FAMILY = 4
HOUSEHOLDS = 50
TIMED_S, TIMES = 4, 50

Recordings = dict[str, list["Samples"]]


class Trial(NamedTuple):
    """A piece of somebody's speech."""

    speaker: str
    voiceprint: Voiceprint


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--set", type=Path, default=SET)
    parser.add_argument("--guests", type=Path)
    parser.add_argument("--model", type=Path, default=default_models_dir() / VOICES)
    options = parser.parse_args()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    encoder = Encoder(options.model)
    print(f"{_cost(encoder):.0f} ms of CPU for {TIMED_S} s of speech; ", end="")
    print(f"{(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB of memory.\n")
    recordings = _read(options.set)
    people = {name: [_of(encoder, one[: _samples(ENROLLED_S)]) for one in some[:ENROLLED]]
              for name, some in recordings.items()}  # fmt: skip
    others = {path.stem: [_sound(path)] for path in options.guests.glob("*.flac")} if options.guests else {}
    print(f"{len(people)} people, and {len(others)} guests.\n")
    print("| speech | pieces | equal error rate | nearest is right | told | unnamed | mistaken | guests named |")
    print("|---|---|---|---|---|---|---|---|")
    for seconds, decibels in CONDITIONS:
        trials = list(_trials(encoder, recordings, seconds, decibels))
        strangers = _trials(encoder, others, seconds, decibels, enrolled=0, most=1)
        shares = [*_verified(people, trials), *_households(people, [*trials, *strangers])]
        what = f"{seconds} s" + (f", {decibels} dB" if decibels else "")
        print("|", " | ".join([what, str(len(trials)), *(f"{share:.1%}" for share in shares)]), "|", flush=True)


def _read(folder: Path) -> Recordings:
    found: Recordings = defaultdict(list)
    manifest = folder / "manifest.csv"
    if manifest.is_file():
        with manifest.open(encoding="utf-8", newline="") as file:
            places = [(row["voice"], folder / row["file"]) for row in csv.DictReader(file)]
    else:
        places = [(path.parent.name, path) for path in sorted(folder.glob("*/*.flac"))]
    for name, path in places:
        found[name].append(_sound(path))
    return found


def _sound(path: Path) -> Samples:
    samples: Samples = soundfile.read(path, dtype="float32")[0]
    return samples


def _trials(
    encoder: Encoder, recordings: Recordings, seconds: float, decibels: float | None,
    *, enrolled: int = ENROLLED, most: int = PIECES,
) -> list[Trial]:  # fmt: skip
    """Pieces of all that nobody was enrolled by."""
    random, length = np.random.default_rng(7), _samples(seconds)
    found = []
    for name, some in recordings.items():
        for recording in some[enrolled:]:
            starts = range(length // 4, max(len(recording) - length, length // 4) + 1, length)
            for start in itertools.islice(starts, most):
                piece = recording[start : start + length]
                found.append(Trial(name, _of(encoder, noisy(piece, decibels, random) if decibels else piece)))
    return found


def _verified(people: dict[str, list[Voiceprint]], trials: list[Trial]) -> tuple[float, float]:
    """The equal error rate over all pairs, and how often the nearest of all is the right one."""
    known = np.stack([mean(some) for some in people.values()])
    scores = np.stack([one.voiceprint.vector for one in trials]) @ known.T
    same = np.array([[name == one.speaker for name in people] for one in trials])
    borders = np.sort(scores.ravel())
    missed = np.searchsorted(np.sort(scores[same]), borders) / same.sum()
    taken = 1 - np.searchsorted(np.sort(scores[~same]), borders) / (~same).sum()
    at = np.abs(missed - taken).argmin()
    return float(missed[at] + taken[at]) / 2, float(same[np.arange(len(same)), scores.argmax(axis=1)].mean())


def _households(people: dict[str, list[Voiceprint]], trials: list[Trial]) -> NDArray[np.float64]:
    """Of households of some of them: members told, unnamed, mistaken for another; guests who are given a name."""
    random, counts, guests = np.random.default_rng(8), np.zeros(3), np.zeros(2)
    least = AsrConfig().speaker_min_score
    for _ in range(HOUSEHOLDS):
        family = {str(name): mean(people[name]) for name in random.choice(list(people), FAMILY, replace=False)}
        for one in trials:
            speaker = nearest(family, one.voiceprint.vector, least)
            if one.speaker not in family:
                guests += [speaker is not None, 1]
            else:
                counts[1 if speaker is None else 0 if speaker.name == one.speaker else 2] += 1
    return np.append(counts / counts.sum(), guests[0] / guests[1])


def _cost(encoder: Encoder) -> float:
    """Milliseconds of CPU."""
    speech = np.random.default_rng(9).standard_normal(TIMED_S * HEARD_RATE).astype(np.float32) / 10
    encoder.voiceprint(speech)
    begun = time.process_time()
    for _ in range(TIMES):
        encoder.voiceprint(speech)
    return (time.process_time() - begun) / TIMES * 1000


def _of(encoder: Encoder, samples: Samples) -> Voiceprint:
    found = encoder.voiceprint(samples)
    if found is None:
        raise ValueError("silence")
    return found


def _samples(seconds: float) -> int:
    return round(seconds * HEARD_RATE)


if __name__ == "__main__":
    main()
