"""Which voice activity detection: how each hears speech in noise, what it takes for speech, what it costs.

    python -m benchmarks.vad [--speech FOLDER] [--clips N] [--noise-minutes M] [--sweep]

Prints Markdown tables; docs/vad.md says what they mean and what was chosen.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.scenes import FLOOR_DBFS, NOISES, SPEECH_DBFS, Clip, Scene, background, load_clips, scene
from oyez.config import VadConfig
from oyez.engines.silero import SileroVad
from oyez.engines.webrtc import WebrtcVad
from oyez.listen import Segmenter
from oyez.listen.segment import FRAME_SECONDS
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame, Samples
from oyez.ports import Vad

ENGINES = {"silero": SileroVad} | {f"webrtc {mode}": lambda mode=mode: WebrtcVad(mode) for mode in range(4)}
SNRS = (20.0, 10.0, 5.0, 0.0)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FAR = 25  # frames (500 ms) from speech: what is called speech there is a false alarm, not a late end
LOOSE = 50  # frames (1 s) of noise around a phrase beyond which it isn't found, but drowned in a longer utterance
CLIPPED = 2  # frames (40 ms) of a phrase that may be missing before it counts as clipped


def frames(samples: Samples) -> list[Frame]:
    """The audio as frames; `captured_mono` counts from its start."""
    whole = len(samples) // FRAME_SAMPLES
    cut = samples[: whole * FRAME_SAMPLES].reshape(whole, FRAME_SAMPLES).astype(np.float32)
    return [Frame(row, n * FRAME_SECONDS) for n, row in enumerate(cut)]


def probabilities(vad: Vad, heard: list[Frame]) -> np.ndarray:
    """The detector's answer for each frame."""
    return np.array([vad.probability(frame) for frame in heard])


@dataclass
class Score:
    """How one detector heard one scene. Rates in [0, 1]; errors in ms, later is positive."""

    miss: float
    false_alarm: float
    found: float
    clipped: float
    start_errors: list[float]
    end_errors: list[float]


def segments(heard: list[Frame], answers: np.ndarray, settings: VadConfig) -> list[tuple[int, int, int, int]]:
    """Frame numbers of each utterance: first and one after last of its audio, then of its speech."""
    segmenter = Segmenter(settings)
    cut = [segmenter.feed(frame, answer) for frame, answer in zip(heard, answers, strict=True)]
    made = [segment for segment in [*cut, segmenter.finish()] if segment]
    firsts = [round(segment.frames[0].captured_mono / FRAME_SECONDS) for segment in made]
    return [(n, n + len(s.frames), n + s.first, n + s.last + 1) for n, s in zip(firsts, made, strict=True)]


def judge(told: Scene, heard: list[Frame], answers: np.ndarray, settings: VadConfig) -> Score:
    """Compare what a detector said with what was spoken."""
    yes = answers >= settings.threshold
    near = np.convolve(told.speech != 0, np.ones(2 * FAR + 1), "same") > 0
    cut = segments(heard, answers, settings)
    starts, ends, clipped = [], [], 0
    for first, last in told.spans:
        over = [s for s in cut if s[0] < last and s[1] > first]
        if not over or first - over[0][2] > LOOSE or over[-1][3] - last > LOOSE:
            continue
        starts.append((over[0][2] - first) * FRAME_SECONDS * 1000)
        ends.append((over[-1][3] - last) * FRAME_SECONDS * 1000)
        clipped += over[0][0] - first > CLIPPED or last - over[-1][1] > CLIPPED
    return Score(
        miss=float(np.mean(~yes[told.speech == 1])),
        false_alarm=float(np.mean(yes[~near])),
        found=len(starts) / len(told.spans),
        clipped=clipped / max(1, len(starts)),
        start_errors=starts,
        end_errors=ends,
    )


def hearing(clips: list[Clip], settings: VadConfig) -> None:
    """Tables: speech in noise."""
    print(f"\nSpeech in noise, threshold {settings.threshold}, {len(clips)} phrases a row: ", end="")
    print("phrases found / frames missed / false alarm, in %\n")
    print(_row("noise", "SNR dB", *ENGINES))
    print(_row(*["---"] * (2 + len(ENGINES))))
    scores: dict[str, list[Score]] = {name: [] for name in ENGINES}
    for noise, snr in [(None, 0.0)] + [(noise, snr) for noise in NOISES for snr in SNRS]:
        told = scene(clips, noise, snr, np.random.default_rng(7))
        heard = frames(told.samples)
        for name, make in ENGINES.items():
            scores[name].append(judge(told, heard, probabilities(make(), heard), settings))
        rates = [f"{s.found * 100:.0f} / {s.miss * 100:.0f} / {s.false_alarm * 100:.1f}" for (*_, s) in scores.values()]
        print(_row(noise or "quiet room", f"{snr:.0f}" if noise else "", *rates), flush=True)
    print("\nWhere found phrases start and end, against the truth: median (5 % ... 95 %) in ms, later is positive\n")
    print(_row("detector", "start", "end", "lost more than 40 ms of audio"))
    print(_row(*["---"] * 4))
    for name, told_scores in scores.items():
        starts = [error for score in told_scores for error in score.start_errors]
        ends = [error for score in told_scores for error in score.end_errors]
        lost = sum(s.clipped * len(s.start_errors) for s in told_scores) / max(1, len(starts))
        print(_row(name, _middle(starts), _middle(ends), f"{lost:.1%}"))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _middle(errors: list[float]) -> str:
    low, middle, high = np.percentile(errors, [5, 50, 95])
    return f"{middle:+.0f} ({low:+.0f} ... {high:+.0f})"


def noise_alone(clips: list[Clip], settings: VadConfig, minutes: float) -> None:
    """Table: utterances in an hour of noise in which nobody speaks."""
    length = round(minutes * 60 * HEARD_RATE)
    print(f"\nUtterances an hour where nobody speaks, threshold {settings.threshold} ({minutes:g} minutes of each)\n")
    print(_row("noise", "dBFS", *ENGINES))
    print(_row(*["---"] * (2 + len(ENGINES))))
    for noise, snr in [(None, SPEECH_DBFS - FLOOR_DBFS)] + [(noise, snr) for noise in NOISES for snr in (20.0, 5.0)]:
        heard = frames(background(clips, noise, length, snr, np.random.default_rng(11)))
        counts = [len(segments(heard, probabilities(make(), heard), settings)) for make in ENGINES.values()]
        cells = [f"{count * 60 / minutes:.0f}" for count in counts]
        print(_row(noise or "quiet room", f"{SPEECH_DBFS - snr:.0f}", *cells), flush=True)


def cost(clips: list[Clip]) -> None:
    """Table: processor time of a frame."""
    told = scene(clips, None, 0.0, np.random.default_rng(7))
    heard, silent = frames(told.samples), frames(np.zeros(60 * HEARD_RATE, np.float32))
    print("\nProcessor time of a frame of 20 ms\n")
    print(_row("detector", "µs", "share of a core", "µs in digital silence"))
    print(_row(*["---"] * 4))
    for name, make in ENGINES.items():
        costs = []
        for audio in (heard, silent):
            vad = make()
            begun = time.process_time()
            probabilities(vad, audio)
            costs.append((time.process_time() - begun) / len(audio))
        print(_row(name, f"{costs[0] * 1e6:.0f}", f"{costs[0] / FRAME_SECONDS:.2%}", f"{costs[1] * 1e6:.0f}"))


def sweep(clips: list[Clip], minutes: float) -> None:
    """Table: what the threshold changes."""
    length = round(minutes * 60 * HEARD_RATE)
    kinds = [noise for noise in NOISES if noise != "babble"]  # voices are speech at any threshold
    told = [scene(clips, noise, snr, np.random.default_rng(7)) for noise in kinds for snr in SNRS]
    calm = [background(clips, noise, length, 5.0, np.random.default_rng(11)) for noise in kinds]
    print(f"\nThresholds: mean over {', '.join(kinds)} at {', '.join(f'{snr:.0f}' for snr in SNRS)} dB\n")
    head = (
        "detector",
        "threshold",
        "phrases found",
        "clipped",
        "frames missed",
        "false alarm",
        "false utterances an hour",
    )
    print(_row(*head))
    print(_row(*["---"] * len(head)))
    for name, make in ENGINES.items():
        scenes = [(one, heard := frames(one.samples), probabilities(make(), heard)) for one in told]
        noises = [(heard := frames(one), probabilities(make(), heard)) for one in calm]
        for threshold in THRESHOLDS:
            settings = VadConfig(threshold=threshold)
            scores = [judge(*one, settings) for one in scenes]
            rates = [
                np.mean([getattr(s, what) for s in scores]) for what in ("found", "clipped", "miss", "false_alarm")
            ]
            false = sum(len(segments(*one, settings)) for one in noises) * 60 / (minutes * len(noises))
            print(_row(name, f"{threshold}", *(f"{rate:.1%}" for rate in rates), f"{false:.0f}"), flush=True)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, default=Path("tests/data/mini"), help="folder of FLAC or WAV phrases")
    parser.add_argument("--clips", type=int, default=48, help="phrases to use")
    parser.add_argument("--noise-minutes", type=float, default=10.0)
    parser.add_argument("--threshold", type=float, default=VadConfig().threshold)
    parser.add_argument("--sweep", action="store_true", help="try thresholds instead")
    options = parser.parse_args()
    clips = load_clips(options.speech, options.clips)
    if options.sweep:
        sweep(clips, options.noise_minutes)
        return
    settings = VadConfig(threshold=options.threshold)
    cost(clips)
    hearing(clips, settings)
    noise_alone(clips, settings, options.noise_minutes)


if __name__ == "__main__":
    main()
