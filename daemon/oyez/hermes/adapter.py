"""Hermes over the rooms: what it asks for is done by the same actions as everything else."""

from __future__ import annotations

import asyncio
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from oyez import log
from oyez.actions.action import Asked
from oyez.actions.table import ACTIONS
from oyez.audio.decode import read_wav
from oyez.engines.kokoro import voices
from oyez.errors import InvalidInput, OyezError
from oyez.flow import Channel, WhenFull
from oyez.hermes import messages
from oyez.model import SPEECH_RATE
from oyez.outside import known_only
from oyez.speak.desk import recorded
from oyez.speak.receipts import NoReceipt, Shared

if TYPE_CHECKING:
    from oyez.actions.action import Home
    from oyez.config import HermesConfig
    from oyez.hermes.messages import Listen, Say, Session, Site, Voices, Volume
    from oyez.model import Outcome, Transcript
    from oyez.mqtt.client import Broker

logger = log.get(__name__)

ALL = "*"
MOST_WAITING = 64  # messages; beyond that the oldest goes, as QoS 0 has it
MOST_OPEN = 256  # announcements whose end is told
LONGEST_S = 60.0  # of a recording


@dataclass(frozen=True, slots=True)
class _Open:
    """What was asked to be said, and is told when it ends."""

    site: str
    id: str | None
    session: str | None
    custom: str | None = None
    whole: bool = False  # a session that ends with it
    recording: bool = False


class Hermes:
    """Watches Hermes' topics at the broker; to be made before that runs.

    A site is a room, by its name or as the config says. What is heard is told with `heard`, how announcements end with
    `told`.
    """

    def __init__(self, config: HermesConfig, broker: Broker) -> None:
        self._sites = config.sites
        self._broker = broker
        self._arrived: Channel[tuple[str, bytes]] = Channel("hermes", MOST_WAITING, WhenFull.DROP_OLDEST)
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._sessions: dict[str, str | None] = {}  # by room: whose words are waited for
        for topic in messages.MODELS:
            broker.watch(topic, lambda payload, topic=topic: self._take(topic, payload))  # type: ignore[misc]
        broker.watch_all(messages.PLAY.format("+", "+"), self._take)

    async def run(self, home: Home) -> None:
        """Do what is asked, until cancelled."""
        does: dict[str, Any] = {
            messages.SAY: self._say,
            messages.START_LISTENING: partial(self._listen, on=True),
            messages.STOP_LISTENING: partial(self._listen, on=False),
            messages.LISTEN_ON: partial(self._set, values={"listening": True}),
            messages.LISTEN_OFF: partial(self._set, values={"listening": False}),
            messages.SET_VOLUME: self._set_volume,
            messages.GET_VOICES: self._voices,
            messages.START_SESSION: self._session,
        }
        async for topic, payload in self._arrived:
            plays = topic not in messages.MODELS
            wrong = messages.SAY_ERROR if plays or topic in messages.SPEAKS else messages.LISTEN_ERROR
            try:
                asked = messages.play(topic) if plays else messages.read(payload, messages.MODELS[topic])
            except InvalidInput as error:
                self._publish(wrong, messages.error(messages.SITE, error.message))
                continue
            for site in self._meant(home, asked):
                try:
                    await (self._play(home, site, asked, payload) if plays else does[topic](home, site, asked))
                except OyezError as error:
                    self._fail(wrong, site, asked, error)

    def heard(self, transcript: Transcript) -> None:
        """What was said in a room, for whoever waits for it."""
        site = self._site(transcript.room)
        session = self._sessions.pop(transcript.room, None)
        self._publish(messages.TEXT_CAPTURED, messages.captured(site, transcript, session))

    def told(self, outcome: Outcome) -> None:
        """The end of an announcement, if it was one of ours."""
        if not outcome.state.final or (asked := self._open.pop(outcome.id, None)) is None:
            return
        if outcome.state not in ("spoken", "cancelled"):
            why = outcome.reason or str(outcome.state)
            self._publish(messages.SAY_ERROR, messages.error(asked.site, why, asked.session, asked.id))
        if asked.recording:
            self._publish(messages.PLAYED.format(asked.site), messages.played(asked.id or ""))
            return
        self._publish(messages.SAY_FINISHED, messages.said(asked.site, asked.id, asked.session))
        if asked.whole and asked.session:
            ended = messages.session(asked.site, asked.session, asked.custom, outcome)
            self._publish(messages.SESSION_ENDED, ended)

    def _take(self, topic: str, payload: bytes) -> None:
        self._arrived.put_now((topic, payload))

    def _meant(self, home: Home, asked: Site) -> list[str]:
        """The sites that a message is for."""
        return [self._site(room) for room in home.settings.rooms] if ALL in asked.sites else asked.sites

    def _room(self, home: Home, site: str) -> str:
        """The room of a site. Raises InvalidInput."""
        rooms = home.settings.rooms
        if site == messages.SITE and site not in self._sites:
            return next(iter(rooms))
        room = self._sites.get(site, site)
        known_only([room], rooms, what="siteId")
        return room

    def _site(self, room: str) -> str:
        return next((site for site, named in self._sites.items() if named == room), room)

    async def _say(self, home: Home, site: str, asked: Say) -> None:
        opened = _Open(site, asked.id, asked.sessionId)
        await self._announce(home, site, asked.text, opened, language=asked.lang, volume=asked.volume)

    async def _announce(
        self, home: Home, site: str, text: str, of: _Open, *, language: str | None, volume: float | None = None
    ) -> None:
        name = f"hermes-{uuid.uuid4().hex}"
        fields = {"rooms": self._room(home, site), "text": text, "id": name, "language": language, "volume": volume}
        self._remember(name, of)
        try:
            await self._ask(home, "say", {key: value for key, value in fields.items() if value is not None})
        except OyezError:
            self._open.pop(name, None)
            raise

    async def _play(self, home: Home, site: str, asked: Site, payload: bytes) -> None:
        """A WAV of anyone's making, through the room's agenda."""
        assert isinstance(asked, messages.Play)
        room = self._room(home, site)
        if room not in home.speaking:
            raise InvalidInput(f"{room} has no speaker")
        samples = await asyncio.to_thread(read_wav, payload, LONGEST_S, SPEECH_RATE)
        if samples is None or not len(samples):
            raise InvalidInput("playBytes takes a WAV with sound in it")
        name = f"hermes-{uuid.uuid4().hex}"
        self._remember(name, _Open(site, asked.id, None, recording=True))
        await home.desk.take(recorded(room, samples, name), NoReceipt())

    def _remember(self, name: str, of: _Open) -> None:
        self._open[name] = of
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)

    async def _listen(self, home: Home, site: str, asked: Listen, *, on: bool) -> None:
        room = self._room(home, site)
        if room not in home.expected.rooms or not home.settings.rooms[room].listening:
            raise InvalidInput(f"no microphone is open in {room}")
        self._sessions.pop(room, None)
        if on:
            self._sessions[room] = asked.sessionId

    async def _set(self, home: Home, site: str, _: Site, *, values: dict[str, Any]) -> None:
        await self._ask(home, "set", {"rooms": self._room(home, site), **values})

    async def _set_volume(self, home: Home, site: str, asked: Volume) -> None:
        await self._set(home, site, asked, values={"volume": asked.volume})

    async def _voices(self, _: Home, site: str, asked: Voices) -> None:
        catalogue = await asyncio.to_thread(voices.catalogue)
        known = [(one.name, f"{one.language.name}, {one.gender}") for one in catalogue.values()]
        self._publish(messages.VOICES, messages.voices(site, asked.id, known))

    async def _session(self, home: Home, site: str, asked: Session) -> None:
        """A notification is said, and its session is over. Whoever wants a dialogue has its own manager of them."""
        name, custom = str(uuid.uuid4()), asked.customData
        if asked.init.type != "notification" or not asked.init.text:
            why = "only notifications with a text are sessions here"
            self._publish(messages.SESSION_ENDED, messages.session(site, name, custom, why=why))
            return
        self._publish(messages.SESSION_STARTED, messages.session(site, name, custom))
        opened = _Open(site, None, name, custom, whole=True)
        try:
            await self._announce(home, site, asked.init.text, opened, language=asked.lang)
        except OyezError as error:
            self._publish(messages.SESSION_ENDED, messages.session(site, name, custom, why=error.message))

    async def _ask(self, home: Home, verb: str, fields: dict[str, Any]) -> None:
        action = ACTIONS[verb]
        await action.run(home, Asked(action.request(**fields), None, Shared(NoReceipt())))

    def _fail(self, topic: str, site: str, asked: Site, error: OyezError) -> None:
        """Tell what went wrong; who waits for the end of what it wanted said gets that too."""
        session, name = getattr(asked, "sessionId", None), getattr(asked, "id", None)
        logger.info("a Hermes message was refused", site=site, reason=error.message)
        self._publish(topic, messages.error(site, error.message, session, name))
        if topic == messages.SAY_ERROR and isinstance(asked, messages.Say):
            self._publish(messages.SAY_FINISHED, messages.said(site, name, session))
        if isinstance(asked, messages.Play):
            self._publish(messages.PLAYED.format(site), messages.played(asked.id))

    def _publish(self, topic: str, payload: bytes) -> None:
        self._broker.publish(topic, payload, qos=0, droppable=True)
