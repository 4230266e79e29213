"""One room's ear: microphone -> gate -> voice activity -> segmenter -> utterances."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from oyez import log
from oyez.errors import DeviceLost, InvalidInput, OyezError
from oyez.listen.probe import Probe
from oyez.listen.segment import FRAME_SECONDS, Segment
from oyez.listen.treatment import Treatment
from oyez.model import Utterance
from oyez.supervise import Backoff, Interruptible

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from oyez.config import VadConfig
    from oyez.flow import Channel
    from oyez.health import PartHealth
    from oyez.listen.ahead import Ahead
    from oyez.listen.gate import Gate
    from oyez.listen.segment import Segmenter
    from oyez.listen.silence import SilenceWatch
    from oyez.model import Frame
    from oyez.ports import Denoiser, Microphone, Vad

logger = log.get(__name__)

STALE = 1.0  # seconds: audio older than this when it is read comes from before a standstill (suspend, SIGSTOP)
GAP = 0.5  # seconds missing between two frames after which they don't belong together
LONGEST_WAIT = 4.0  # seconds between tries to open a lost microphone, jitter on top: it heals within 5
FRAMES_A_BEAT = round(1.0 / FRAME_SECONDS)


class HearingRoom:
    """Hears the utterances of one room and puts them on a channel that drops its oldest.

    `on_speech` is called with True when someone starts to speak and with False at the end. `ahead` is told what may be
    all of an utterance as soon as someone pauses, and what was said so far every `partial_frames` of speech (0: never).
    `denoiser` makes the noise suppression of a level, where one is asked for.
    `silence` None is for
    sources in which digital silence is natural (a file, a virtual room). `health` is `ok`, `lost`, `silent` or, after
    a finite source or while it is switched off, `off`; it beats once a second of audio and at each try to open a lost
    microphone.
    """

    def __init__(
        self,
        name: str,
        microphone: Microphone,
        *,
        gate: Gate,
        vad: Vad,
        segmenter: Segmenter,
        denoiser: Callable[[int], Denoiser],
        utterances: Channel[Utterance],
        health: PartHealth,
        silence: SilenceWatch | None = None,
        on_speech: Callable[[bool], None] = lambda _: None,
        ahead: Ahead | None = None,
        partial_frames: int = 0,
    ) -> None:
        self.name = name
        self.probe = Probe()
        self._microphone = microphone
        self._gate = gate
        self._treatment = Treatment(denoiser)
        self._vad = vad
        self._segmenter = segmenter
        self._utterances = utterances
        self._health = health
        self._silence = silence
        self._on_speech = on_speech
        self._ahead = ahead
        self._partial_frames = partial_frames
        self._utterance_id = uuid.uuid4().hex  # of the one under way, or the next
        self._speech = False
        health.gauge("hang_over_s", lambda: segmenter.hang_over)
        self._pausing = False
        self._spoken = 0  # frames of speech
        self._muted = False
        self._frames = 0
        self._newest_mono = float("inf")
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._work = Interruptible()

    def listen(self, wanted: bool) -> None:
        """Open the microphone, or close it: then nothing is heard, and the device is free for others."""
        if wanted:
            self._wanted.set()
        else:
            self._wanted.clear()
            self._work.interrupt()

    def amplify(self, gain_db: float) -> None:
        """Hear so much louder from now on; what would be above full scale is cut."""
        self._treatment.amplify(gain_db)

    def suppress(self, level: int) -> None:
        """Suppress noise from now on, 0 (not) to 4. Raises ModelMissing."""
        self._treatment.suppress(level)

    def tune(self, settings: VadConfig) -> None:
        """Tell speech by these settings from now on."""
        self._segmenter.tune(settings)

    @property
    def speech(self) -> bool:
        """Whether someone is speaking to the room."""
        return self._speech

    def speaking(self, active: bool) -> None:
        """The room itself starts or stops speaking: what the microphone hears of it stays outside."""
        self._gate.speaking(active, time.monotonic())

    async def run(self) -> None:
        """Hear until the source ends, or for ever; a lost microphone is tried again and again."""
        backoff = Backoff(longest=LONGEST_WAIT)
        while True:
            await self._until_wanted()
            try:
                ended = await self._work.run(self._listen(backoff))
            except (DeviceLost, InvalidInput) as error:  # a file that is no audio costs this room, not the house
                self._interrupt()
                self._lost(error, first=backoff.tries == 0)
                await asyncio.sleep(backoff.next())
            else:
                if ended:
                    self._deliver(self._segmenter.finish())
                    self._tell_speech()
                    self._health.state("off", "the source has ended")
                    return
                self._interrupt()

    async def _until_wanted(self) -> None:
        while not self._wanted.is_set():
            self._health.state("off", "switched off")
            self._frames = 0  # the first that comes tells that it is on
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), 1.0)  # it must beat

    async def _listen(self, backoff: Backoff) -> bool:
        """Hear until the source ends: True."""
        async with aclosing(cast("AsyncGenerator[Frame, None]", self._microphone.frames())) as frames:
            async for frame in frames:
                if backoff.tries:
                    logger.info("microphone is back", room=self.name)
                    backoff.reset()
                self._hear(frame)
        return True

    def _hear(self, frame: Frame) -> None:
        self._beat(frame)
        stale = time.monotonic() - frame.captured_mono > STALE
        if stale:
            self._health.count("stale_frames")
        if stale or frame.captured_mono - self._newest_mono > FRAME_SECONDS + GAP:
            self._interrupt()
        self._newest_mono = frame.captured_mono
        if stale:
            return
        if self._gate.passes(frame):
            self._muted = False
            heard = self._treatment.of(frame)
            probability = self._vad.probability(heard)
            self.probe.take(heard, probability)
            self._deliver(self._segmenter.feed(heard, probability))
            self._look_ahead()
        elif not self._muted:
            self._muted = True
            self._deliver(self._segmenter.finish())
            self._vad.reset()
        self._tell_speech()

    def _beat(self, frame: Frame) -> None:
        dead = self._silence is not None and self._silence.dead(frame)
        self._frames += 1
        if self._frames % FRAMES_A_BEAT != 1:
            return
        if dead:
            self._health.state("silent", "the microphone gives nothing but digital silence: muted, or a dead cable?")
        else:
            self._health.state("ok")

    def _deliver(self, segment: Segment | None) -> None:
        if segment is None:
            return
        utterance = self._utterance(segment)
        self._utterance_id = uuid.uuid4().hex
        lost = self._utterances.lost
        self._utterances.put_now(utterance)
        self._health.count("utterances")
        if self._utterances.lost > lost:
            logger.warning("oldest utterance dropped: recognition is slower than speech", lost=self._utterances.lost)

    def _utterance(self, segment: Segment) -> Utterance:
        now_mono, now = time.monotonic(), time.time()
        return Utterance(
            id=self._utterance_id,
            room=self.name,
            samples=segment.samples,
            started_at=now - (now_mono - segment.started_mono),
            ended_at=now - (now_mono - segment.ended_mono),
            decided_mono=now_mono,
            cut=segment.cut,
        )

    def _look_ahead(self) -> None:
        """Tell what there is of an utterance, before its end is decided."""
        if self._ahead is None:
            return
        pausing, speaking = self._segmenter.pausing, self._segmenter.speaking
        self._spoken = self._spoken + 1 if speaking and not pausing else 0
        if pausing and not self._pausing:
            self._tell(self._ahead.pause)
        elif speaking and self._pausing and not pausing:
            self._ahead.forget(self.name)
        elif self._partial_frames and self._spoken and self._spoken % self._partial_frames == 0:
            self._tell(self._ahead.so_far)
        self._pausing = pausing

    def _tell(self, tell: Callable[[Utterance], None]) -> None:
        if segment := self._segmenter.so_far():
            tell(self._utterance(segment))

    def _interrupt(self) -> None:
        """The audio has a gap: what was under way can't be finished."""
        if self._segmenter.speaking:
            self._health.count("interrupted")
            logger.info("utterance dropped: the audio was interrupted", room=self.name)
            self._utterance_id = uuid.uuid4().hex
            if self._ahead:
                self._ahead.forget(self.name)
        self._pausing = False
        self._segmenter.reset()
        self._vad.reset()
        self._tell_speech()

    def _lost(self, error: OyezError, *, first: bool) -> None:
        self._health.state("lost", error.message)
        if first:
            self._health.count("lost")
            logger.warning("microphone lost", room=self.name, reason=error.message, hint=error.hint)

    def _tell_speech(self) -> None:
        if self._segmenter.speaking != self._speech:
            self._speech = self._segmenter.speaking
            self._on_speech(self._speech)
