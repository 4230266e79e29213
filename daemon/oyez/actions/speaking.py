"""What makes announcements: say, ask, replay."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.actions.rooms import OfRooms, that_speak
from oyez.errors import EngineFailed, InvalidInput
from oyez.model import OutcomeState
from oyez.outside import refuse
from oyez.speak import announce

if TYPE_CHECKING:
    from oyez.model import Announcement


class Announcing(Request):
    """What an announcement may wish for; what is left out is as the room's config says."""

    text: str = Field(description="what to say, plain or with markup")
    id: str | None = Field(None, description="yours; outcomes carry it, and a repetition is recognised by it")
    voice: str | None = Field(None, description="as in `voices`")
    language: str | None = Field(None, description="of the text, by its tag; else the voice's")
    speed: float | None = Field(None, description="factor, 0.5 to 2")
    volume: float | str | None = Field(None, description="as on the topic `say`")
    priority: str | int | None = Field(None, description="`low`, `normal` or `urgent`; or 0 to 10")
    expires_in: float | None = Field(None, description="seconds after which it isn't spoken any more")
    key: str | None = Field(None, description="takes the place of one with the same key that waits")
    tag: str | None = Field(None, description="to cancel it by")
    interrupts: bool | None = Field(None, description="whether it cuts one of lower priority; urgent ones do")
    interrupted: str | None = Field(None, description="when it is cut: `resume`, `restart` or `drop`")
    chime: str | None = Field(None, description="sound before it: `ding`, a file of yours, `none`")
    chime_after: str | None = Field(None, description="sound after it")


class Say(Announcing):
    """An announcement to one room or several, which begin it together."""

    rooms: str | list[str] | None = Field(
        None, description="a room, a group, a list of them, or `all`; may be left out where one room speaks"
    )
    repeat: int | None = Field(None, description="how often it is said, 1 to 10")
    repeat_pause: float | None = Field(None, description="seconds between")
    ask: float | None = Field(None, description="seconds to wait for an answer, which its outcome has")
    more: bool | None = Field(
        None, description="`text` is a piece of one that arrives in several; whether others follow, with the same `id`"
    )
    piece: int | None = Field(None, description="number of the piece, from 0: shows what came twice or not at all")


class Question(Announcing):
    """A question to whoever is in a room."""

    room: str | None = Field(None, description="may be left out where one room speaks")
    ask: float = Field(10.0, description="seconds in which the answer must begin, 1 to 60")


class Announced(Answer):
    """An announcement on its way to one room. What becomes of it is told on the room's `said`."""

    room: str
    id: str


class Announcements(Answer):
    """The announcements that were made."""

    announcements: list[Announced]


class Answered(Announced):
    """What was answered; or `no_answer`, and why."""

    state: Literal["answer", "no_answer"]
    text: str | None = None
    language: str | None = None
    confidence: float | None = None
    reason: str | None = None


@action(Say, Announcements, plain="text")
async def say(home: Home, asked: Asked[Say]) -> Announcements:
    """Say something in one room, several or all."""
    made = [_announcement(room, asked) for room in that_speak(home, asked.request.rooms, every=False)]
    await home.desk.say(made, asked.receipt.share())
    return _told(made)


@action(Question, Answered, plain="text", slow=True)
async def ask(home: Home, asked: Asked[Question]) -> Answered:
    """Ask something in a room, and give back what is answered there."""
    rooms = that_speak(home, asked.request.room, every=False)
    if len(rooms) > 1:
        refuse("a question is for one room")
    question = _announcement(rooms[0], asked)
    outcome = await home.desk.see_through(question, asked.receipt.share())
    if outcome.state is not OutcomeState.SPOKEN or outcome.answer is None:
        raise EngineFailed(f"the question was not asked: {outcome.state}: {outcome.reason or 'it was repeated'}")
    answer = outcome.answer
    return Answered(
        room=outcome.room,
        id=outcome.id,
        state="no_answer" if answer.text is None else "answer",
        text=answer.text,
        language=answer.language,
        confidence=None if answer.confidence is None else round(answer.confidence, 3),
        reason=answer.reason,
    )


@action(OfRooms, Announcements, plain="rooms")
async def replay(home: Home, asked: Asked[OfRooms]) -> Announcements:
    """Say again what was heard last in each room."""
    found = [home.desk.history.last_heard(room) for room in that_speak(home, asked.request.rooms)]
    again = [_again(one, asked) for one in found if one]
    if not again:
        raise InvalidInput("nothing was spoken yet that could be said again")
    await home.desk.take_all(again, asked.receipt.share())
    return _told(again)


def _told(made: list[Announcement]) -> Announcements:
    return Announcements(announcements=[Announced(room=one.room, id=one.id) for one in made])


def _announcement(room: str, asked: Asked[Say] | Asked[Question]) -> Announcement:
    fields = asked.request.model_dump(exclude={"rooms", "room"}, exclude_none=True)
    fields |= {"transaction": asked.transaction} if asked.transaction else {}
    announcement = announce.parse(
        json.dumps(fields).encode(),
        room=room,
        now=time.monotonic(),
        expires_in=asked.expires_in,
        redelivered=asked.redelivered,
    )
    if isinstance(announcement, announce.Refusal):
        raise InvalidInput(announcement.reason)
    return announcement


def _again(announcement: Announcement, asked: Asked[OfRooms]) -> Announcement:
    """As it was, but new: under an id of its own."""
    name = f"replay-{asked.transaction or uuid.uuid4().hex}"
    now = time.monotonic()
    return replace(
        announcement,
        id=name,
        identity=f"id:{name}",
        received_mono=now,
        expires_mono=None if asked.expires_in is None else now + asked.expires_in,
        transaction=asked.transaction,
        redelivered=asked.redelivered,
        key=None,
        ask=None,
        party=None,
    )
