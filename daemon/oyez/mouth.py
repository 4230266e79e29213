"""All that speaks, made from the config: the desk, and each room with what it has to say."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from oyez import parts
from oyez.audio.ducking import Ducking
from oyez.device_spec import parse
from oyez.devices import open_speaker
from oyez.flow import Channel, WhenFull
from oyez.model import ALL, Outcome
from oyez.speak.agenda import Agenda
from oyez.speak.chimes import Chimes
from oyez.speak.desk import Desk
from oyez.speak.finished import Finished
from oyez.speak.room import SpeakingRoom
from oyez.speak.together import Together

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    from oyez.audio.loopback import Airs
    from oyez.config import Config
    from oyez.health import Health
    from oyez.media import Media
    from oyez.ports import ScriptedTts
    from oyez.speak.answers import Answers

OUTCOMES = 64
LIMIT = 120.0  # seconds that the watchdog takes for work: the longest piece takes less to make and play
FAREWELL = 1.5  # seconds for the outcomes of what a stop cut short


class Mouth:
    """`rooms` by name, `agendas` too: a room without an engine has one, and nothing that speaks. `groups` of rooms."""

    def __init__(
        self,
        config: Config,
        tts: ScriptedTts | None,
        airs: Airs,
        health: Health,
        *,
        media: Media,
        answers: Answers,
        on_speaking: Callable[[str, bool], None],
        publish: Callable[[Outcome], None],
    ) -> None:
        self.groups = {**config.groups, ALL: list(config.rooms)}
        self.rooms: dict[str, SpeakingRoom] = {}
        self._config, self._airs, self._health, self._media = config, airs, health, media
        self._answers, self._on_speaking = answers, on_speaking
        self._outcomes: Channel[Outcome] = Channel("outcomes", OUTCOMES, WhenFull.WAIT)
        self._together = Together(lead_in=config.audio.lead_in_ms / 1000)
        self._ducking = _ducking(config)
        self.agendas = {
            name: Agenda(name, config.audio.agenda_capacity, redelivery_s=config.broker.session_expiry_s)
            for name in parts.rooms_that_speak(config)
        }
        if tts:
            self.rooms = {name: self._room(name, tts) for name in self.agendas}
        self._finished = Finished(config.state_dir / "finished.jsonl")
        self.desk = Desk(self.rooms, self._finished, publish, groups=self.groups, together=self._together)

    async def load(self) -> None:
        """Know again what was finished in earlier lives."""
        await self._finished.load()
        self._finished.restore(self.agendas, wall=time.time(), now=time.monotonic())

    def stages(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What is to be run, by name."""
        for name, room in self.rooms.items():
            yield f"speak {name}", room.run()
        yield "conclude", self._conclude()
        if self._ducking:
            yield "ducking", self._ducking.run()

    async def say_goodbye(self) -> None:
        """Stop; every announcement that was accepted gets its outcome before we go."""
        for room in self.rooms.values():
            await room.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                while len(self.desk):  # noqa: ASYNC110 - once, in the last second of a life
                    await asyncio.sleep(0.02)

    async def _conclude(self) -> None:
        async for outcome in self._outcomes:
            await self.desk.conclude(outcome)

    def _room(self, name: str, tts: ScriptedTts) -> SpeakingRoom:
        audio, room = self._config.audio, self._config.rooms[name]
        return SpeakingRoom(
            name,
            room,
            self.agendas[name],
            tts,
            open_speaker(room.speaker, airs=self._airs, lead_in_ms=audio.lead_in_ms),
            outcomes=self._outcomes,
            speaking=lambda active: self._speaks(name, active),
            health=self._health.part(f"speaker:{name}", limit=LIMIT),
            chimes=Chimes(self._media.load, self._media.fetch),
            together=self._together,
            answers=self._answers,
        )

    def _speaks(self, room: str, active: bool) -> None:
        if self._ducking:
            self._ducking.speaks(room, active)
        self._on_speaking(room, active)


def _ducking(config: Config) -> Ducking | None:
    """What makes other players softer, where that is wanted."""
    if config.audio.duck is None:
        return None
    speakers = {name: room.speaker for name, room in parts.rooms_that_speak(config).items()}
    devices = {name: device for name, device in speakers.items() if parse(device).kind == "device"}
    return Ducking(config.audio.duck, devices, config.state_dir / "ducked.json")
