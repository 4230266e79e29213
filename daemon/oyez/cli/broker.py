"""`oyez say` and `oyez listen`: talk with a running daemon through its broker."""

from __future__ import annotations

import asyncio
import sys
import uuid
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oyez.cli import app, options, show
from oyez.cli.pieces import sending
from oyez.cli.source import arriving, piped, said
from oyez.cli.story import STEPS, narrate
from oyez.config import EMBEDDED, BrokerConfig, load
from oyez.errors import BrokerUnavailable, InvalidInput
from oyez.mqtt.talk import visit

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator

    from oyez.cli.pieces import Publish

ANSWER = 5.0  # seconds within which a daemon that is there says `accepted` or `refused`

BrokerOption = Annotated[
    str | None,
    typer.Option("--broker", help="HOST or HOST:PORT, instead of the configuration's.", show_default=False),
]
RoomOption = Annotated[str | None, typer.Option("--room", "-r", help="Room.", show_default=False)]


@app.command(
    epilog="Examples: oyez say 'Dinner is ready.' | date | oyez say - | llm 'Tell me a story' | oyez say - | "
    "oyez say -r hall -r attic --priority urgent Fire! | oyez say -r all --chime ding_dong Bedtime. | "
    "oyez say --ask 10 'Shall I switch the lights off?'"
)
def say(
    text: Annotated[list[str], typer.Argument(help="What to say; - reads standard input, and says it as it comes.")],
    room: Annotated[
        list[str] | None, typer.Option("--room", "-r", help="Room or group, or several; all.", show_default=False)
    ] = None,
    voice: Annotated[str | None, typer.Option(help="Voice (oyez voices).", show_default=False)] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text.", show_default=False)] = None,
    speed: Annotated[float | None, typer.Option(help="0.5 to 2.", show_default=False)] = None,
    volume: Annotated[
        float | None, typer.Option(parser=options.volume, metavar="VOLUME", help=options.VOLUME, show_default=False)
    ] = None,
    priority: Annotated[str | None, typer.Option(help="low, normal or urgent; or 0 to 10.", show_default=False)] = None,
    expires_in: Annotated[float | None, typer.Option(help="Seconds after which it isn't worth saying.")] = None,
    chime: Annotated[str | None, typer.Option(help="Sound before it.", show_default=False)] = None,
    repeat: Annotated[int | None, typer.Option(help="How often, 1 to 10.", show_default=False)] = None,
    key: Annotated[str | None, typer.Option(help="Takes the place of what waits with it.", show_default=False)] = None,
    tag: Annotated[str | None, typer.Option(help="A mark to cancel it by.", show_default=False)] = None,
    interrupted: Annotated[
        str | None, typer.Option(help="When it is cut: resume, restart or drop.", show_default=False)
    ] = None,
    ask: Annotated[float | None, typer.Option(help="Wait so many seconds for an answer.", show_default=False)] = None,
    wait: Annotated[bool, typer.Option(help="Follow it to its outcome.")] = True,
    broker: BrokerOption = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Have rooms say something, and follow it to its outcome; status 0 if it was spoken in all of them."""
    texts = arriving() if text == ["-"] and wait and piped() else None
    words = None if texts else said(sys.stdin.read() if text == ["-"] else " ".join(text))
    settings, rooms = reach(config, broker)
    wishes = {"voice": voice, "language": language, "speed": speed, "volume": volume, "priority": priority}
    wishes |= {"expires_in": expires_in, "chime": chime, "repeat": repeat, "key": key, "tag": tag}
    wishes |= {"interrupted": interrupted, "ask": ask, "text": words, "transaction": uuid.uuid4().hex}
    command: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    command["rooms"] = room or _one_room(rooms)
    outcomes = asyncio.run(_say(settings, command, texts, wait=wait, quiet=as_json))
    for outcome in outcomes if as_json else ():
        show.as_json(outcome)
    if wait and any(outcome["state"] != "spoken" for outcome in outcomes):
        raise typer.Exit(1)


@app.command(epilog="Examples: oyez listen | oyez listen --room kitchen --json | oyez listen --count 1")
def listen(
    room: RoomOption = None,
    count: Annotated[int | None, typer.Option(help="End after so many transcripts.", show_default=False)] = None,
    broker: BrokerOption = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Print what the house hears, as it hears it."""
    settings, _ = reach(config, broker)
    asyncio.run(_listen(settings, room or "+", count, as_json=as_json))


async def _say(
    settings: BrokerConfig, command: dict[str, Any], texts: AsyncIterable[str] | None, *, wait: bool, quiet: bool
) -> list[dict[str, Any]]:
    """The outcome in each room; `sent` if that isn't waited for. `texts` is the text where it still comes."""
    async with visit(settings) as visitor:
        response = visitor.topics.response("say")
        await visitor.subscribe(response, visitor.topics.said("+"))
        publish = partial(visitor.publish, visitor.topics.request("say"))
        following = _Following(command["transaction"], response, quiet=quiet)
        try:
            async with _sent(publish, command, texts), asyncio.timeout(ANSWER) as patience:
                async for topic, fields in visitor.messages():
                    following.told(topic, fields)
                    if following.rooms is not None:
                        patience.reschedule(None)
                    if following.over or (not wait and following.rooms is not None):
                        return list(following.outcomes.values())
        except TimeoutError:
            raise nobody_answers(response, visitor.topics.base) from None
    raise BrokerUnavailable("the broker went away before the outcome was known")


@asynccontextmanager
async def _sent(publish: Publish, command: dict[str, Any], texts: AsyncIterable[str] | None) -> AsyncIterator[None]:
    """Send it, or the first of it, and the rest as it comes."""
    if texts:
        async with sending(publish, command, texts):
            yield
    else:
        await publish(command)
        yield


class _Following:
    """What is told of one request to say something."""

    def __init__(self, transaction: str, response: str, *, quiet: bool) -> None:
        self.rooms: list[str] | None = None
        self.outcomes: dict[str, dict[str, Any]] = {}
        self._transaction = transaction
        self._response = response
        self._quiet = quiet

    @property
    def over(self) -> bool:
        """Whether all rooms have told how it ended."""
        return self.rooms is not None and all(self.outcomes[room]["state"] not in STEPS for room in self.rooms)

    def told(self, topic: str, fields: dict[str, Any]) -> None:
        """Take in a message. Raises InvalidInput for a request that was refused."""
        if fields.get("transaction") != self._transaction:
            return
        if topic == self._response:
            self._answered(fields)
            return
        self.outcomes[fields["room"]] = fields
        if not self._quiet:
            narrate(topic, fields)

    def _answered(self, fields: dict[str, Any]) -> None:
        if self.rooms is not None:
            return  # one more piece of it: what becomes of it all is told in the rooms
        if fields["status"] != "ok":
            raise InvalidInput(fields["error"])
        made = fields["data"]["announcements"]
        self.rooms = [one["room"] for one in made]
        for one in made:
            self.outcomes.setdefault(one["room"], one | {"state": "sent"})


async def _listen(settings: BrokerConfig, room: str, count: int | None, *, as_json: bool) -> None:
    heard = 0
    async with visit(settings) as visitor:
        await visitor.subscribe(visitor.topics.heard(room))
        async for topic, fields in visitor.messages():
            if as_json:
                show.as_json(fields)
            else:
                narrate(topic, fields)
            heard += fields.get("event_type") == "transcript"
            if heard == count:
                return


def nobody_answers(topic: str, base: str) -> BrokerUnavailable:
    """The error when no daemon answers there."""
    return BrokerUnavailable(
        f"nobody answers on {topic}: no daemon there",
        hint=f"oyez doctor; mosquitto_sub -v -t '{base}/#' shows what there is",
    )


def reach(config: Path | None, broker: str | None) -> tuple[BrokerConfig, list[str]]:
    """The broker to talk to, and the rooms that speak as far as the configuration is known."""
    found = options.find_config(config)
    loaded = load(found) if found else None
    settings = loaded.broker if loaded else BrokerConfig()
    rooms = [name for name, room in loaded.rooms.items() if room.speaker != "none"] if loaded else []
    if broker:
        host, _, port = broker.rpartition(":") if broker.rpartition(":")[2].isdigit() else (broker, "", "")
        if not host:
            raise InvalidInput(f"{broker!r} is not HOST or HOST:PORT")
        settings = settings.model_copy(update={"host": host, "port": int(port or 1883)})
    elif settings.host == EMBEDDED:
        if not settings.port:
            raise InvalidInput(
                "the embedded broker takes any free port; the daemon's log says which", hint="--broker HOST:PORT"
            )
        settings = settings.model_copy(update={"host": "127.0.0.1"})
    return settings, rooms


def _one_room(rooms: list[str]) -> str:
    if len(rooms) == 1:
        return rooms[0]
    known = f"one of: {', '.join(rooms)}" if rooms else "no configuration names any"
    raise InvalidInput(f"which room? {known}", hint="oyez say --room ROOM TEXT")
