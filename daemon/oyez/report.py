"""Tells how the house is: retained topics for people and machines, and the watchdog for systemd."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import time
from typing import TYPE_CHECKING, Any

from oyez import __version__, log
from oyez.actions.action import Unread
from oyez.config import schema
from oyez.model import Quiet
from oyez.mqtt import payloads
from oyez.mqtt.repeats import Repeats
from oyez.service import notify
from oyez.service.version import next_version
from oyez.supervise import running

if TYPE_CHECKING:
    from oyez.actions.action import Control
    from oyez.app import House
    from oyez.health import PartHealth
    from oyez.model import Outcome

logger = log.get(__name__)

TURN = 1.0  # seconds between two looks
HEALTH_EVERY = 60.0  # seconds between two health messages when nothing changes
FINE = ("ok", "off", "starting")  # states of a device
LOOK_EVERY = 2.0  # seconds between two looks at the disk: for an update, and at the config file
SETTLE = 0.1  # seconds in which several changes become one message


class Report:
    """Publishes `<room>/state`, `bridge/health` and `bridge/info`; feeds the watchdog while no part is stuck."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._changed = asyncio.Event()
        self._speaking: set[str] = set()
        self._states: dict[str, dict[str, Any]] = {}
        self._first_audio: dict[str, float] = {}
        self._stuck: list[str] = []
        self._next_version = __version__
        self._unread = Unread()
        self._turning: object = None  # what of the info can change, as it was told last
        self._repeats = Repeats()
        self.spoken: PartHealth = house.health.part("announcements")
        self.spoken.state("ok")
        house.health.changed = self._changed.set
        for engine in house.engines:
            part = house.health.part(engine.name)
            part.state("off")
            part.gauge("rss_mb", lambda engine=engine: engine.rss / 1e6)  # type: ignore[misc]
            part.gauge("restarts", lambda engine=engine: engine.restarts)  # type: ignore[misc]

    def room_speaks(self, room: str, active: bool) -> None:
        """A room starts or stops speaking."""
        (self._speaking.add if active else self._speaking.discard)(room)
        self._changed.set()

    def told(self, outcome: Outcome) -> None:
        """What became of an announcement."""
        if outcome.state.final:
            self.spoken.count(outcome.state)
        if outcome.first_audio is not None:
            self._first_audio[outcome.room] = outcome.first_audio

    def room_changed(self, _: str) -> None:
        """Something about a room changed."""
        self._changed.set()

    async def run(self, control: Control) -> None:
        """Tell, until cancelled."""
        level = self._house.config.log.publish
        with contextlib.nullcontext() if level == "off" else log.heard_by(self._log_line, level):
            async with running(self._look(control)):
                await self._tell()

    async def _look(self, control: Control) -> None:
        """Tell what the config file may have, and look at the disk."""
        topics = self._house.broker.topics
        self._publish(topics.bridge_config_schema, await asyncio.to_thread(schema.tree))
        while True:
            self._next_version = await asyncio.to_thread(next_version)
            self._unread = await control.unread()
            await asyncio.sleep(LOOK_EVERY)

    def _publish_info(self) -> None:
        """Only when something of it is another than what was told last."""
        turning = (self._next_version, self._unread, self._house.settings.profile)
        if turning != self._turning:
            self._turning = turning
            self._publish(self._house.broker.topics.bridge_info, self.info())

    async def _tell(self) -> None:
        house = self._house
        told = float("-inf")
        while True:
            news = await self._news()
            self._look_at_engines()
            if news or time.monotonic() - told > HEALTH_EVERY:
                told = time.monotonic()
                self._publish(house.broker.topics.bridge_health, house.health.snapshot())
                notify.notify(f"STATUS={self.status()}")
            for room in house.config.rooms:
                self._publish_room(room)
            self._publish_info()
            self._feed_watchdog()

    def status(self) -> str:
        """One line for `systemctl status`."""
        if troubles := self._house.health.troubles:
            return "; ".join(f"{part} {trouble}" for part, trouble in troubles.items())
        return f"hearing in {len(self._house.hearing)}, speaking in {len(self._house.speaking)} rooms"

    def _log_line(self, level: str, name: str, message: str, about: dict[str, Any]) -> None:
        """Something was logged: published, unless the same was a moment ago."""
        if (repeated := self._repeats.news(f"{level} {name} {message} {about}", time.monotonic())) is not None:
            line = payloads.log_line(level, name, message, about, repeated)
            self._house.broker.publish(self._house.broker.topics.bridge_logging, line, droppable=True)

    async def _news(self) -> bool:
        """Wait for a change, at most a turn; whether there was one."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), TURN)
            await asyncio.sleep(SETTLE)
        news = self._changed.is_set()
        self._changed.clear()
        return news

    def _look_at_engines(self) -> None:
        for engine in self._house.engines:
            state = engine.state
            ready = state == "ready"
            self._house.health[engine.name].state("ok" if ready else state, engine.ready.get("note") if ready else None)

    def _publish_room(self, room: str) -> None:
        """Only when it differs from what was published last."""
        state = self._room(room)
        if state != self._states.get(room):
            if _works(state) != _works(self._states.get(room)):
                available = b"online" if _works(state) else b"offline"
                self._house.broker.publish(self._house.broker.topics.availability(room), available, retain=True)
            self._states[room] = state
            self._publish(self._house.broker.topics.state(room), state)
            self._house.doors.turned(room, payloads.status(state))

    def _room(self, room: str) -> dict[str, Any]:
        house, now = self._house, self._house.settings.rooms[room]
        state: dict[str, Any] = {"microphone": "none", "speaker": "none"}
        if hearing := house.hearing.get(room):
            state |= {"microphone": house.health[f"microphone:{room}"].current, "speech": hearing.speech}
            state |= {"language": now.language, "listening": now.listening, "gain_db": now.gain_db}
            state |= {"noise_suppression": now.noise_suppression} | house.config.vad.told(now)
        if room in house.speaking:
            state |= {"speaker": house.health[f"speaker:{room}"].current, "speaking": room in self._speaking}
            until = house.settings.until(room, "quiet")
            state |= {"voice": now.voice, "speed": now.speed, "volume": now.volume, "quiet": now.quiet}
            state |= {
                "quiet_until": until and payloads.timestamp(until),
                "hushed": house.mouth.agendas[room].quiet is not Quiet.NO,
            }
            state |= {"queue": len(house.mouth.agendas[room]), "first_audio": self._first_audio.get(room)}
        return state | {"activity": _activity(state)}

    def info(self) -> dict[str, Any]:
        """What the daemon is: the payload of the info topic."""
        return {
            "version": __version__,
            "next_version": self._next_version,
            "python": platform.python_version(),
            "rooms": {"hear": sorted(self._house.hearing), "speak": sorted(self._house.speaking)},
            "languages": list(self._house.asr.languages) if self._house.asr else [],
            "profile": self._house.settings.profile,
            "profiles": list(self._house.settings.profiles),
            "restart_needed": self._next_version != __version__,
            "reload_needed": list(self._unread.keys),
            "config_problem": self._unread.problem,
            "config_schema": self._house.broker.topics.bridge_config_schema,
            "config": self._house.config.describe(),
        }

    def _feed_watchdog(self) -> None:
        stuck = self._house.health.stuck()
        if stuck and stuck != self._stuck:
            logger.error("a part is stuck; the watchdog isn't fed any more", parts=stuck)
        self._stuck = stuck
        if not stuck and notify.watchdog_interval():
            notify.notify("WATCHDOG=1")

    def _publish(self, topic: str, fields: dict[str, Any]) -> None:
        self._house.broker.publish(topic, payloads.status(fields), retain=True)


def _activity(state: dict[str, Any]) -> str:
    """What a room does, in a word."""
    if state.get("speaking"):
        return "speaking"
    if state.get("speech"):
        return "hearing"
    return "trouble" if _devices(state) - set(FINE) else "idle"


def _works(state: dict[str, Any] | None) -> bool | None:
    """Whether any device of a room is fine; None where nothing was told yet."""
    return bool(_devices(state) & set(FINE)) if state else None


def _devices(state: dict[str, Any]) -> set[str]:
    return {state["microphone"], state["speaker"]} - {"none"}
