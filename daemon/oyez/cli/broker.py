"""`oyez say` and `oyez listen`: talk with a running daemon through its broker."""

from __future__ import annotations

import asyncio
import sys
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from oyez.cli import app, options, show
from oyez.cli.story import narrate
from oyez.config import EMBEDDED, BrokerConfig, load
from oyez.errors import BrokerUnavailable, InvalidInput
from oyez.mqtt.talk import Visitor, visit

ANSWER = 5.0  # seconds within which a daemon that is there says `accepted` or `refused`

BrokerOption = Annotated[
    str | None,
    typer.Option("--broker", help="HOST or HOST:PORT, instead of the configuration's.", show_default=False),
]
RoomOption = Annotated[str | None, typer.Option("--room", "-r", help="Room.", show_default=False)]


@app.command(
    epilog="Examples: oyez say 'Dinner is ready.' | date | oyez say - | oyez say -r hall --priority urgent Fire!"
)
def say(
    text: Annotated[list[str], typer.Argument(help="What to say; - reads standard input.")],
    room: RoomOption = None,
    voice: Annotated[str | None, typer.Option(help="Voice (oyez voices).", show_default=False)] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text.", show_default=False)] = None,
    speed: Annotated[float | None, typer.Option(help="0.5 to 2.", show_default=False)] = None,
    volume: Annotated[
        float | None, typer.Option(parser=options.volume, metavar="VOLUME", help=options.VOLUME, show_default=False)
    ] = None,
    priority: Annotated[str | None, typer.Option(help="low, normal or urgent.", show_default=False)] = None,
    expires_in: Annotated[float | None, typer.Option(help="Seconds after which it isn't worth saying.")] = None,
    wait: Annotated[bool, typer.Option(help="Follow it to its outcome.")] = True,
    broker: BrokerOption = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Have a room say something, and follow it to its outcome; status 0 if it was spoken."""
    settings, rooms = _settings(config, broker)
    words = sys.stdin.read() if text == ["-"] else " ".join(text)
    wishes = {"voice": voice, "language": language, "speed": speed, "volume": volume, "priority": priority}
    wishes |= {"expires_in": expires_in, "id": uuid.uuid4().hex, "text": words}
    command = {name: value for name, value in wishes.items() if value is not None}
    outcome = asyncio.run(_say(settings, _one_room(room, rooms), command, wait=wait, quiet=as_json))
    if as_json:
        show.as_json(outcome)
    if wait and outcome.get("state") != "spoken":
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
    settings, _ = _settings(config, broker)
    asyncio.run(_listen(settings, room or "+", count, as_json=as_json))


async def _say(
    settings: BrokerConfig, room: str, command: dict[str, Any], *, wait: bool, quiet: bool
) -> dict[str, Any]:
    async with visit(settings) as visitor:
        await visitor.subscribe(visitor.topics.said(room))
        await visitor.publish(visitor.topics.say(room), command)
        if not wait:
            return {"id": command["id"], "state": "sent"}
        try:
            return await _follow(visitor, command["id"], quiet=quiet)
        except TimeoutError:
            raise BrokerUnavailable(
                f"nobody answers on {visitor.topics.said(room)}: no daemon there, or no room {room!r} that speaks",
                hint="oyez doctor; mosquitto_sub -v -t '" + visitor.topics.base + "/#' shows what there is",
            ) from None


async def _follow(visitor: Visitor, announcement_id: str, *, quiet: bool) -> dict[str, Any]:
    """Until its final outcome. Raises TimeoutError when nobody takes notice."""
    async with asyncio.timeout(ANSWER) as patience:
        async for topic, fields in visitor.messages():
            if fields.get("id") != announcement_id:
                continue
            patience.reschedule(None)
            if not quiet:
                narrate(topic, fields)
            if fields.get("state") not in ("accepted", "started"):
                return fields
    raise BrokerUnavailable("the broker went away before the outcome was known")


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


def _settings(config: Path | None, broker: str | None) -> tuple[BrokerConfig, list[str]]:
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


def _one_room(given: str | None, rooms: list[str]) -> str:
    if given:
        return given
    if len(rooms) == 1:
        return rooms[0]
    known = f"one of: {', '.join(rooms)}" if rooms else "no configuration names any"
    raise InvalidInput(f"which room? {known}", hint="oyez say --room ROOM TEXT")
