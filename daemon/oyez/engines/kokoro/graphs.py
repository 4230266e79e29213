"""The model: whole as it came, or cut in two. Both make sentences of which windows can be had."""

from __future__ import annotations

import time
from functools import cached_property, partial
from typing import TYPE_CHECKING, Protocol

from oyez.engines.kokoro import sound
from oyez.engines.kokoro.pace import Pace
from oyez.engines.kokoro.sessions import FRAMES, FRAMES_TOO, Feed, open_graph, run
from oyez.engines.kokoro.source import Source
from oyez.engines.kokoro.statistics import trusted
from oyez.engines.kokoro.windows import CONTEXT, STEP, Plan, Terms, plan

if TYPE_CHECKING:
    from pathlib import Path

    import onnxruntime as ort

    from oyez.engines.kokoro.voices import Voice
    from oyez.model import Samples


class Sentence(Protocol):
    """A sentence whose prosody is known: `frames` of each token, `steps` of sound."""

    frames: list[int]
    steps: int

    def plan(self, begin: int, end: int, ahead: float) -> Plan:
        """The windows to ask for; `ahead` is how much of what came before is still to be played, in seconds."""
        ...

    def window(self, begin: int, end: int) -> Samples:
        """The sound of the steps from `begin` to `end`."""
        ...


class CutModel:
    """The graphs, the statistics of the voices that they can speak with, and how fast they are here.

    Raises ModelMissing, ModelDamaged when there is no cut to be trusted, or no statistics that go with it.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        cut, self._statistics = trusted(folder)
        self._prosody, self._generator = open_graph(cut.prosody, threads), open_graph(cut.generator, threads)
        self._open_refiner = partial(open_graph, cut.refiner, threads)
        self._pace = Pace()

    def speaks(self, voice: Voice) -> bool:
        """Whether there are statistics for a voice, or for all voices of a blend."""
        return all(name in self._statistics.voices for name, _ in voice.shares)

    def sentence(self, feed: Feed, voice: Voice) -> Sentence:
        """A sentence given as tokens, style and speed, by a voice that it speaks with: its prosody is worked out."""
        features, pitch, frames = run(self._prosody, ["features", "pitch", "frames"], feed, sparing=True)
        statistics = self._statistics.predict(feed["style"], features, pitch)
        given, source = {"features": features, "style": feed["style"], "statistics": statistics}, Source(pitch)
        if voice.refined:
            everything = given | source.window(0, pitch.shape[2])
            [given["statistics"]] = run(self._refiner, ["refined"], everything, sparing=True)
        return _CutSentence(self._generator, self._pace, given, source, frames.tolist())

    @cached_property
    def _refiner(self) -> ort.InferenceSession:
        """Loaded when it is first needed: few voices need it."""
        return self._open_refiner()


class _CutSentence:
    """`given` and `source` are what the generator gets for all of it."""

    def __init__(
        self, generator: ort.InferenceSession, pace: Pace, given: Feed, source: Source, frames: list[int]
    ) -> None:
        self.frames = frames
        self.steps: int = given["features"].shape[2]
        self._generator = generator
        self._pace = pace
        self.given = given
        self.source = source

    def plan(self, begin: int, end: int, ahead: float) -> Plan:
        return plan(begin, end, Terms(self._pace.seconds, sound.USUAL_SILENCE, ahead))

    def window(self, begin: int, end: int) -> Samples:
        first, last = max(0, begin - CONTEXT), min(self.steps, end + CONTEXT)
        features = self.given["features"][:, :, first:last]
        given = self.given | {"features": features} | self.source.window(first, last)
        started = time.perf_counter()
        [audio] = run(self._generator, ["audio"], given)
        self._pace.measured(last - first, time.perf_counter() - started)
        samples: Samples = audio[(begin - first) * STEP : (end - first) * STEP]
        return samples


class WholeModel:
    """The graph as it came: speaks with every voice. Raises ModelMissing, ModelDamaged."""

    def __init__(self, graph: Path, threads: int) -> None:
        self._session = open_graph(graph, threads, more=FRAMES_TOO)

    def sentence(self, feed: Feed) -> Sentence:
        """A sentence given as tokens, style and speed, all its sound worked out."""
        audio, frames = run(self._session, ["audio", FRAMES], feed, sparing=True)
        return WholeSentence(audio, frames.tolist())


class WholeSentence:
    """A sentence all of whose sound is there."""

    def __init__(self, audio: Samples, frames: list[int]) -> None:
        self.frames = frames
        self.steps = len(audio) // STEP
        self._audio = audio

    def plan(self, begin: int, end: int, ahead: float) -> Plan:  # noqa: ARG002 - see Sentence
        """See Sentence."""
        return Plan(((begin, end),), 1)

    def window(self, begin: int, end: int) -> Samples:
        """See Sentence."""
        return self._audio[begin * STEP : end * STEP]
