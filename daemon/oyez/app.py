"""The daemon on one screen: its stages, started in the order in which sound and words travel.

capture -> gate -> segment -> [utterances] -> transcribe -> broker
broker -> desk -> [agenda] -> synthesise -> [speech] -> playback -> outcome -> broker
                               playback --speaking?--> gate
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

from oyez import log, parts, understanding
from oyez.actions.action import Home
from oyez.actions.switchboard import Switchboard
from oyez.audio.loopback import Airs
from oyez.doors import Doors
from oyez.ears import Ears
from oyez.flow import in_turns
from oyez.health import Health
from oyez.home_assistant import HomeAssistant
from oyez.media import Media
from oyez.model import NoMatch, Outcome, OutcomeState, Partial, Transcript
from oyez.mouth import Mouth
from oyez.mqtt import payloads
from oyez.mqtt.topics import BRIDGE, SET
from oyez.report import Report
from oyez.speak.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.actions.action import Control
    from oyez.config import Config
    from oyez.mqtt.connection import Address

logger = log.get(__name__)

SLOW_REQUESTS = 4  # at the same time: one of each engine, and two questions that wait for their answers
PARTIAL_LIFE = 2.0  # seconds: what was heard so far is old by then
SETTLE = 10.0  # seconds until the daemon calls itself ready, whatever still tries


class House:
    """All rooms of one config. Made and run once; a reload makes a new one."""

    def __init__(self, config: Config) -> None:
        """Take the parts out of the box. Raises ConfigError, ModelMissing, InvalidInput: nothing has started yet."""
        self.config = config
        self.health = Health()
        self.embedded, self.broker = parts.broker(config, self.health)
        media = Media(config)
        self.asr, self.tts = parts.recognition(config), parts.synthesis(config, media)
        self.engines = [engine.child for engine in (self.asr, self.tts) if engine]
        voice = parts.remembering(self.tts, config, self.health) if self.tts else None
        airs = Airs(gain_db=config.audio.loopback.gain_db, noise_db=config.audio.loopback.noise_db)

        self.answers = Answers(speaks=lambda room: self.hearing[room].speech, deaf=self._deaf)
        self.mouth = Mouth(
            config,
            voice,
            airs,
            self.health,
            media=media,
            answers=self.answers,
            on_speaking=self._speaks,
            publish=self._publish_outcome,
        )
        self.speaking, self.desk = self.mouth.rooms, self.mouth.desk
        self.languages = parts.languages_heard(config)
        self.settings = parts.settings(config, self.languages, self._settle_room)
        self.rewriting = understanding.rewriting(config.asr, self.languages)
        self.expected = understanding.expected(config.asr, parts.rooms_that_hear(config), self.health)
        self.voices = parts.voices_known(config)
        self.ears = Ears(
            config,
            self.asr,
            airs,
            self.health,
            languages=self.settings.languages,
            expected=self.expected,
            rewriting=self.rewriting,
            voices=self.voices,
            on_speech=self._speech_heard,
            deliver=self._publish_transcript,
            refuse=self._publish_no_match,
            so_far=self._publish_partial,
        )
        self.hearing = self.ears.rooms
        for room in (None, *self.hearing):
            topic = self.broker.topics.hot_words(room or BRIDGE)
            self.broker.watch(topic, partial(self.expected.tell, room), retained=True)
        self.guest_asr = (
            parts.guest_asr(self.asr, self.languages, self.settings, self.expected, self.rewriting)
            if self.asr
            else None
        )
        self.guest_tts = parts.guest_tts(self.tts) if self.tts else None
        self.wyoming = parts.wyoming(
            config,
            self.guest_asr,
            self.guest_tts,
            heard=self.languages,
            settings=self.settings,
            play=self.desk.play,
            health=self.health,
        )
        self.report = Report(self)
        self.doors = Doors(config, self.broker, self.health, self.mouth.agendas)
        self.home_assistant = HomeAssistant(
            config.home_assistant,
            self.broker,
            config.state_dir / "home_assistant.json",
            rooms=lambda: parts.rooms_as_told(self.settings.rooms, config, self.languages),
            engines=[engine.name for engine in self.engines],
            groups=[group for group in self.mouth.groups if len(self.desk.rooms_of(group)) > 1],
            profiles=list(config.profiles),
        )

    @property
    def address(self) -> Address:
        """Where the broker is."""
        return self.broker.address

    async def run(
        self, stop: asyncio.Event, *, ready: Callable[[], None], orderly: Callable[[], bool], control: Control
    ) -> None:
        """Hear and speak until `stop` is set. `ready` is called once, when everything has started.

        That is: no part is starting any more, or 10 s have passed; a broker or microphone that isn't there doesn't
        hold it up. `orderly` says, at the stop, whether what waits is cancelled with an outcome (True, the end of the
        daemon), or left to the broker, which brings it again (False, a reload). `control` is the process
        around the house.
        """
        async with AsyncExitStack() as closing, asyncio.TaskGroup() as stages:
            start = stages.create_task
            await self._start_engines(closing)
            # capture -> gate -> segment -> transcribe -> broker
            running = [start(room.run(), name=f"hear {name}") for name, room in self.hearing.items()]
            running += [start(stage.run(), name=name) for name, stage in self.ears.recognition.items()]
            # broker -> desk -> agenda -> synthesise -> playback -> outcome -> broker
            home = self._home(control)
            switchboard = Switchboard(home, self.broker, closed=(self.config.home_assistant.prefix,))
            receiving = start(self._receive(switchboard), name="receive")
            running += [start(switchboard.run(), name="slow requests") for _ in range(SLOW_REQUESTS)]
            running += [start(work, name=name) for name, work in self.mouth.stages()]
            # beside the flow: the broker, the engines, and telling how all of it is
            running += [start(self.broker.run(), name="broker"), start(self.report.run(control), name="report")]
            running += [start(self.home_assistant.run(), name="home assistant")]
            running += [start(self.settings.run(), name="settings")]
            running += [start(engine.run(), name=engine.name) for engine in self.engines]
            running += [start(server.run(), name="wyoming") for server in self.wyoming]
            running += [start(work, name=name) for name, work in self.doors.open(home)]
            if self.embedded:
                running += [start(self.embedded.run(), name="embedded broker")]
            await self._settle()
            ready()
            await stop.wait()
            receiving.cancel()
            if orderly():
                await self.mouth.say_goodbye()
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
        await self.settings.load()
        await self.mouth.load()

    async def _settle(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE):
                while self.health.starting:  # noqa: ASYNC110 - once, at the start
                    await asyncio.sleep(0.02)

    async def _receive(self, switchboard: Switchboard) -> None:
        async for delivery in in_turns(self.broker.deliveries):
            await (switchboard if delivery.room == BRIDGE or delivery.verb == SET else self.desk).receive(delivery)

    async def _publish_transcript(self, transcript: Transcript) -> None:
        told = {"text": transcript.text} if self.config.log.transcripts else {}
        logger.info("heard", room=transcript.room, confidence=round(transcript.confidence, 2), **told)
        self.broker.publish(self.broker.topics.heard(transcript.room), payloads.transcript(transcript))
        self.home_assistant.heard(transcript)
        self.doors.heard(transcript)
        self.answers.heard(transcript)

    def _publish_partial(self, heard: Partial) -> None:
        topic = self.broker.topics.hearing(heard.room)
        self.broker.publish(topic, payloads.partial(heard), qos=0, expiry=PARTIAL_LIFE, droppable=True)

    def _publish_no_match(self, heard: NoMatch) -> None:
        self.doors.missed(heard)
        self.answers.not_understood(heard)
        if self.config.asr.no_match:
            self.broker.publish(self.broker.topics.heard(heard.room), payloads.no_match(heard), droppable=True)

    def _publish_outcome(self, outcome: Outcome) -> None:
        self.report.told(outcome)
        self.doors.told(outcome)
        if outcome.state.final:
            logger.info(str(outcome.state), room=outcome.room, id=outcome.id, reason=outcome.reason)
        lesser = outcome.state is OutcomeState.REFUSED  # a flood of them must not drown the others
        self.broker.publish(self.broker.topics.said(outcome.room), payloads.outcome(outcome), droppable=lesser)

    async def _settle_room(self, room: str) -> None:
        """A room's voice, volume and the like are to be taken up."""
        now = self.settings.rooms[room]
        if hearing := self.hearing.get(room):
            hearing.listen(now.listening)
            hearing.amplify(now.gain_db)
            hearing.suppress(now.noise_suppression)
            hearing.tune(self.config.vad.of(now))
        if speaking := self.speaking.get(room):
            await speaking.settle(now)
        self._changed(room)
        self.home_assistant.changed()

    def _home(self, control: Control) -> Home:
        return Home(
            config=self.config,
            desk=self.desk,
            speaking=self.speaking,
            agendas=self.mouth.agendas,
            health=self.health,
            languages=self.languages,
            settings=self.settings,
            info=self.report.info,
            control=control,
            expected=self.expected,
            hearing=self.hearing,
            asr=self.guest_asr,
            tts=self.guest_tts,
            voices=self.voices,
        )

    def _deaf(self, room: str) -> str | None:
        """Why a room can't hear an answer. A microphone that was switched off stays off: nobody's question opens it."""
        if room not in self.hearing:
            return "the room has no microphone"
        return None if self.settings.rooms[room].listening else "the room's microphone is switched off"

    def _speaks(self, room: str, active: bool) -> None:
        """The only back edge: what the room says now is nothing that it should hear."""
        if hearing := self.hearing.get(room):
            hearing.speaking(active)
        self.report.room_speaks(room, active)

    def _speech_heard(self, room: str, speaks: bool) -> None:
        if speaks and self.asr:
            self.asr.child.expect()
        self._changed(room)

    def _changed(self, room: str) -> None:
        self.report.room_changed(room)
