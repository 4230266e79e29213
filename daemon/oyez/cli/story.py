"""The first run, told in words a person reads: what the house says, how fast, and what it heard of it."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from oyez.cli import show
from oyez.mqtt.talk import Visitor, visit

if TYPE_CHECKING:
    from oyez.app import House


STEPS = ("sent", "accepted", "started", "interrupted")  # states of an announcement that hasn't ended


@dataclass
class Told:
    """What came of one announcement: its end, and the transcript of whoever heard it."""

    outcome: dict[str, Any] | None = None
    heard: dict[str, Any] | None = None

    @property
    def complete(self) -> bool:
        """Whether it was spoken and heard, or will never be."""
        return bool(self.outcome and (self.heard or self.outcome["state"] != "spoken"))


class Story:
    """A visitor at the house's broker, who sees what everybody there sees, and tells it line by line."""

    def __init__(self, house: House, visitor: Visitor) -> None:
        self._house = house
        self._visitor = visitor
        self.room = next(iter(house.speaking))

    @classmethod
    @asynccontextmanager
    async def begin(cls, house: House) -> AsyncIterator[Story]:
        """Visit a running house. Raises BrokerUnavailable."""
        async with visit(house.config.broker, house.address) as visitor:
            await visitor.subscribe(f"{visitor.topics.base}/+/heard", f"{visitor.topics.base}/+/said")
            yield cls(house, visitor)

    def introduce(self) -> None:
        """What runs, and where."""
        house = self._house
        broker = "a private mosquitto, only for this machine," if house.embedded else "the broker"
        show.out.print(f"[bold]Oyez is up.[/]\n  broker  {broker} at {house.address}")
        for name, room in house.config.rooms.items():
            if name in house.hearing:
                show.out.print(f"  room    [bold]{name}[/] hears {room.language} through {room.microphone}")
            if name in house.speaking:
                show.out.print(f"  room    [bold]{name}[/] speaks as {room.voice} through {room.speaker}")
        show.out.print("")

    async def say(self, text: str) -> Told:
        """Announce a text, and tell all until it was heard."""
        topic = self._visitor.topics.say(self.room)
        show.out.print(f"[bold cyan]say   [/]  {topic}  <-  {show.plain(text)}")
        await self._visitor.publish(topic, text)
        told = Told()
        async for name, fields in self._visitor.messages():
            narrate(name, fields)
            if name.endswith("/heard"):
                told.heard = {"text": ""} | fields
            elif fields["state"] not in STEPS:
                told.outcome = fields
            if told.complete:
                break
        return told

    def invite(self) -> None:
        """How to make it speak."""
        address = self._house.address
        topic = self._visitor.topics.say(self.room)
        show.out.print("\nNow you, in another terminal (Ctrl-C here ends everything):")
        show.out.print(f"  mosquitto_pub -h {address.host} -p {address.port} -t {topic} -m 'Dinner is ready.'")
        show.out.print(f"  {sys.argv[0]} say --broker {address} --room {self.room} 'Turn on the kitchen light.'\n")

    async def go_on(self) -> None:
        """Tell whatever happens, until cancelled."""
        async for topic, fields in self._visitor.messages():
            narrate(topic, fields)


def _narrate_answer(room: str, answer: dict[str, Any] | None) -> None:
    if answer and answer["text"] is not None:
        sure = f"{answer['language']}, {answer['confidence']:.0%} sure"
        show.out.print(f"[bold green]answer[/]  {room}: [bold]{show.plain(answer['text'])}[/]  ({sure})")
    elif answer:
        show.out.print(f"[yellow]answer[/]  {room}: none ({answer['reason']})")


def narrate(topic: str, fields: dict[str, Any]) -> None:
    """One line about a message of the house; steps that say nothing new are left out."""
    room, what = topic.split("/")[-2:]
    if fields.get("event_type") == "no_match":
        show.out.print(f"[yellow]heard [/]  {topic}  ->  nothing to write down ({fields['reason']})")
        return
    if what == "heard":
        delay = time.time() - datetime.fromisoformat(fields["ended"]).timestamp()
        text, sure = show.plain(fields["text"]), f"{fields['confidence']:.0%} sure"
        show.out.print(
            f"[bold green]heard [/]  {topic}  ->  [bold]{text}[/]"
            f"  ({fields['language']}, {sure}, {delay:.1f} s after the last word)"
        )
        return
    match fields.get("state"):
        case "started" if "first_audio" not in fields:
            show.out.print(f"[cyan]goes on[/] {room}")
        case "started":
            show.out.print(f"[cyan]starts[/]  {room}: first sound {fields['first_audio']:.2f} s after the message")
        case "spoken":
            show.out.print(f"[cyan]spoken[/]  {room}: {fields['seconds']:.1f} s of speech")
            _narrate_answer(room, fields.get("answer"))
        case "interrupted":
            show.out.print(f"[yellow]cut[/]     {room}: something more urgent first")
        case "accepted" | None:
            return
        case state:
            show.out.print(f"[yellow]{state}[/]  {room}: {show.plain(str(fields.get('reason')))}")
