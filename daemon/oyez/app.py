"""The daemon on one screen: parts made from the config, stages started in the order in which sound and words travel.

capture -> gate -> segment -> [utterances] -> transcribe -> broker
broker -> desk -> [agenda] -> synthesise -> [speech] -> playback -> outcome -> broker
                               playback --speaking?--> gate
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from oyez import log
from oyez.audio.devices import open_microphone, open_speaker, parse
from oyez.audio.loopback import Airs
from oyez.config import EMBEDDED
from oyez.engines.kokoro import voices
from oyez.engines.kokoro.engine import KokoroTts
from oyez.engines.mms import languages
from oyez.engines.mms.engine import MmsAsr
from oyez.engines.vad import make_vad
from oyez.errors import ConfigError, OyezError
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen.gate import Gate
from oyez.listen.hear import HearingRoom
from oyez.listen.segment import Segmenter
from oyez.listen.silence import SilenceWatch
from oyez.listen.transcribe import Transcription
from oyez.model import Outcome, OutcomeState, Transcript, Utterance
from oyez.models import store
from oyez.mqtt import payloads
from oyez.mqtt.client import Broker
from oyez.mqtt.connection import Address
from oyez.mqtt.embedded import EmbeddedBroker
from oyez.report import Report
from oyez.speak.agenda import Agenda
from oyez.speak.desk import Desk
from oyez.speak.finished import Finished
from oyez.speak.room import SpeakingRoom
from oyez.speak.text import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from oyez.config import Config, RoomConfig

logger = log.get(__name__)

UTTERANCES = 4  # of all rooms, waiting for recognition: a fifth costs the oldest
OUTCOMES = 64
HEARING_LIMIT = 30.0  # seconds without a frame and without a try to get one: the ear is stuck
SPEAKING_LIMIT = 120.0  # seconds: longer than the longest piece takes to make and play
BROKER_LIMIT = 45.0
SETTLE = 10.0  # seconds until the daemon calls itself ready, whatever still tries
FAREWELL = 1.5  # seconds for the outcomes of what a stop cut short


class House:
    """All rooms of one config. Made and run once; a reload makes a new one."""

    def __init__(self, config: Config) -> None:
        """Take the parts out of the box. Raises ConfigError, ModelMissing, InvalidInput: nothing has started yet."""
        self.config = config
        self.health = Health()
        hears = {name: room for name, room in config.rooms.items() if parse(room.microphone).kind != "none"}
        speaks = {name: room for name, room in config.rooms.items() if parse(room.speaker).kind != "none"}
        self.airs = Airs(gain_db=config.audio.loopback.gain_db, noise_db=config.audio.loopback.noise_db)

        self.embedded = EmbeddedBroker(config.state_dir / "broker", config.broker.port) if embeds(config) else None
        self.address = self.embedded.address if self.embedded else Address(config.broker.host, config.broker.port)
        self.broker = Broker(config.broker, self.health.part("broker", limit=BROKER_LIMIT), address=self.address)

        for name, room in speaks.items():
            with _blaming(f"rooms.{name}.voice"):
                voices.find(room.voice)
        self.asr = self._asr(hears) if hears else None
        self.tts = self._tts() if speaks else None
        self.engines = [engine.child for engine in (self.asr, self.tts) if engine]

        self.utterances: Channel[Utterance] = Channel("utterances", UTTERANCES, WhenFull.DROP_OLDEST)
        self.outcomes: Channel[Outcome] = Channel("outcomes", OUTCOMES, WhenFull.WAIT)
        self.hearing = {name: self._hearing_room(name, room) for name, room in hears.items()}
        self.agendas = {name: self._agenda(name) for name in speaks}
        self.speaking = {name: self._speaking_room(name, room) for name, room in speaks.items()}
        self.finished = Finished(config.state_dir / "finished.jsonl")
        self.desk = Desk(self.speaking, self.finished, self._publish_outcome)
        self.report = Report(self)

    async def run(self, stop: asyncio.Event, *, ready: Callable[[], None], orderly: Callable[[], bool]) -> None:
        """Hear and speak until `stop` is set. `ready` is called once, when everything has started.

        That is: no part is starting any more, or 10 s have passed; a broker or microphone that isn't there doesn't
        hold it up. `orderly` says, at the stop, whether what waits is cancelled with an outcome (True, the end of the
        daemon), or left to the broker, which brings it again (False, a reload).
        """
        async with AsyncExitStack() as closing, asyncio.TaskGroup() as stages:
            start = stages.create_task
            await self._start_engines(closing)
            # capture -> gate -> segment -> transcribe -> broker
            running = [start(room.run(), name=f"hear {name}") for name, room in self.hearing.items()]
            if self.asr:
                running += [start(self._transcription(self.asr).run(), name="transcribe")]
            # broker -> desk -> agenda -> synthesise -> playback -> outcome -> broker
            receiving = start(self._receive(), name="receive")
            running += [start(room.run(), name=f"speak {name}") for name, room in self.speaking.items()]
            running += [start(self._conclude(), name="conclude")]
            # beside the flow: the broker, the engines, and telling how all of it is
            running += [start(self.broker.run(), name="broker"), start(self.report.run(), name="report")]
            running += [start(engine.run(), name=engine.name) for engine in self.engines]
            if self.embedded:
                running += [start(self.embedded.run(), name="embedded broker")]
            await self._settle()
            ready()
            await stop.wait()
            receiving.cancel()
            if orderly():
                await self._say_goodbye()
            await self.broker.stop()
            for stage in running:
                stage.cancel()

    async def _start_engines(self, closing: AsyncExitStack) -> None:
        """The embedded broker and the engines, at the same time; they are closed when the house is."""
        for room in self.speaking.values():
            closing.push_async_callback(room.close)
        async with asyncio.TaskGroup() as starting:
            for engine in self.engines:
                closing.push_async_callback(engine.close)
                starting.create_task(engine.start())
            if self.embedded:
                closing.push_async_callback(self.embedded.close)
                starting.create_task(self.embedded.start())
        await self.finished.load()
        self.finished.restore(self.agendas, wall=time.time(), now=time.monotonic())

    async def _settle(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                while self.health.starting:  # noqa: ASYNC110 - once, at the start
                    await asyncio.sleep(0.02)

    async def _receive(self) -> None:
        async for delivery in self.broker.deliveries:
            await self.desk.receive(delivery)

    async def _conclude(self) -> None:
        async for outcome in self.outcomes:
            await self.desk.conclude(outcome)

    async def _say_goodbye(self) -> None:
        """Every announcement that was accepted gets its outcome before we go."""
        for room in self.speaking.values():
            await room.stop(None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                while len(self.desk):  # noqa: ASYNC110 - once, in the last second of a life
                    await asyncio.sleep(0.02)

    async def _publish_transcript(self, transcript: Transcript) -> None:
        told = {"text": transcript.text} if self.config.log.transcripts else {}
        logger.info("heard", room=transcript.room, confidence=round(transcript.confidence, 2), **told)
        self.broker.publish(self.broker.topics.heard(transcript.room), payloads.transcript(transcript))

    def _publish_outcome(self, outcome: Outcome) -> None:
        if outcome.state.final:
            self.report.spoken.count(outcome.state)
            logger.info(str(outcome.state), room=outcome.room, id=outcome.id, reason=outcome.reason)
        lesser = not outcome.state.final or outcome.state is OutcomeState.REFUSED  # a flood must not drown the others
        self.broker.publish(self.broker.topics.said(outcome.room), payloads.outcome(outcome), droppable=lesser)

    def _asr(self, hears: Mapping[str, RoomConfig]) -> MmsAsr:
        config = self.config.asr
        folder = store.model_path(self.config.models_dir, config.model)
        installed = languages.installed(folder)
        for name, room in hears.items():
            with _blaming(f"rooms.{name}.language"):
                languages.resolve(room.language, installed)
        return MmsAsr(folder, threads=config.threads, memory_limit_bytes=config.memory_limit_mb << 20)

    def _tts(self) -> KokoroTts:
        config = self.config.tts
        folder = store.model_path(self.config.models_dir, config.model)
        limit = config.memory_limit_mb << 20
        return KokoroTts(folder, prepare=prepare, g2p=config.g2p, threads=config.threads, memory_limit_bytes=limit)

    def _transcription(self, asr: MmsAsr) -> Transcription:
        return Transcription(
            asr,
            self.utterances,
            languages={name: room.language for name, room in self.config.rooms.items()},
            min_confidence=self.config.asr.min_confidence,
            deliver=self._publish_transcript,
            health=self.health.part("transcription"),
        )

    def _hearing_room(self, name: str, room: RoomConfig) -> HearingRoom:
        real = parse(room.microphone).kind == "device"
        return HearingRoom(
            name,
            open_microphone(room.microphone, airs=self.airs, file_realtime=self.config.audio.file_realtime),
            gate=Gate(self.config.vad.gate_tail_ms),
            vad=make_vad(self.config.vad.engine),
            segmenter=Segmenter(self.config.vad),
            utterances=self.utterances,
            health=self.health.part(f"microphone:{name}", limit=HEARING_LIMIT),
            silence=SilenceWatch() if real else None,
            on_speech=lambda _: self.report.room_changed(name),
        )

    def _agenda(self, name: str) -> Agenda:
        return Agenda(name, self.config.audio.agenda_capacity, redelivery_s=self.config.broker.session_expiry_s)

    def _speaking_room(self, name: str, room: RoomConfig) -> SpeakingRoom:
        assert self.tts
        hearing = self.hearing.get(name)

        def speaking(active: bool) -> None:
            if hearing:
                hearing.speaking(active)
            self.report.room_speaks(name, active)

        return SpeakingRoom(
            name,
            room,
            self.agendas[name],
            self.tts,
            open_speaker(room.speaker, airs=self.airs, lead_in_ms=self.config.audio.lead_in_ms),
            outcomes=self.outcomes,
            speaking=speaking,
            health=self.health.part(f"speaker:{name}", limit=SPEAKING_LIMIT),
        )


@contextlib.contextmanager
def _blaming(key: str) -> Iterator[None]:
    """What is wrong inside is the fault of a key of the config."""
    try:
        yield
    except OyezError as error:
        raise ConfigError(f"{key}: {error.message}", hint=error.hint) from error


def embeds(config: Config) -> bool:
    """Whether the broker is a child of ours."""
    return config.broker.host == EMBEDDED
