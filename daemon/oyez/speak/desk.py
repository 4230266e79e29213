"""The front desk: takes commands from the broker to the rooms, and gives it a receipt when the outcome is known.

An announcement's receipt is kept until its final outcome: if the daemon dies before, the broker brings it again.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from oyez import log
from oyez.errors import InvalidInput
from oyez.model import Announcement, Outcome, OutcomeState, Party
from oyez.speak import announce
from oyez.speak.announce import Stop
from oyez.speak.history import History
from oyez.speak.receipts import NoReceipt, Shared
from oyez.speak.texts import Texts, TooLate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from oyez.model import Samples
    from oyez.ports import Delivery, Receipt
    from oyez.speak.finished import Finished
    from oyez.speak.together import Together

logger = log.get(__name__)

RETAINED = "retained commands are never obeyed: publish without the retain flag"


class Room(Protocol):
    """A room that speaks: `oyez.speak.room.SpeakingRoom`."""

    async def offer(self, announcement: Announcement) -> None:
        """Put it on the agenda."""
        ...

    async def stop(self, wanted: Stop, *, waiting_only: bool = False) -> None:
        """Cancel what is meant, or as much of it as waits."""
        ...


def recorded(room: str, recording: Samples, name: str) -> Announcement:
    """The announcement of a recording (24 kHz) in a room; `name` is its id."""
    return Announcement(name, room, "", name, time.monotonic(), recording=recording)


@dataclass
class _Held:
    """An announcement without a final outcome yet, and the receipts of all its deliveries."""

    announcement: Announcement
    receipts: list[Receipt] = field(default_factory=list)
    accepted: bool = False
    ends: list[asyncio.Future[Outcome]] = field(default_factory=list)  # of those who wait for it

    def end(self, outcome: Outcome) -> None:
        """Its outcome is known: tell all who wait for it."""
        for receipt in self.receipts:
            receipt.acknowledge()
        for end in self.ends:
            if not end.done():
                end.set_result(outcome)


class Desk:
    """Between the broker and the rooms. `publish` sends an outcome on its way, without waiting.

    `groups` are names for several rooms; what is sent to one is for all of them that speak, and begins together.
    """

    def __init__(
        self,
        rooms: Mapping[str, Room],
        finished: Finished,
        publish: Callable[[Outcome], None],
        *,
        groups: Mapping[str, Sequence[str]],
        together: Together,
        texts: Texts | None = None,
    ) -> None:
        self.history = History()
        self._rooms = rooms
        self._groups = groups
        self._together = together
        self._finished = finished
        self._publish = publish
        self._texts = texts or Texts()
        self._held: dict[tuple[str, str], _Held] = {}

    def __len__(self) -> int:
        """How many announcements have no final outcome yet."""
        return len(self._held)

    async def receive(self, delivery: Delivery) -> None:
        """Do what a command asks; never raises for what it says."""
        rooms = self.rooms_of(delivery.room)
        if not rooms:
            self._nobody(delivery)
        elif delivery.verb == "stop":
            await self._stop(rooms, delivery)
        else:
            await self._say(rooms, delivery)

    def rooms_of(self, name: str) -> list[str]:
        """The rooms that speak and are meant by a name: of a room, of a group, or none."""
        return [room for room in self._groups.get(name, (name,)) if room in self._rooms]

    async def conclude(self, outcome: Outcome) -> None:
        """Tell an outcome. A final one of an accepted announcement is noted on disk first and acknowledged last."""
        name = (outcome.room, outcome.id)
        held = self._held.get(name)
        if held and outcome.state.final and (text := held.announcement.arriving):
            outcome = replace(outcome, notes=(*outcome.notes, *text.notes))
        if held and outcome.state is OutcomeState.ACCEPTED:
            held.accepted = True
            self.history.add(held.announcement, time.time())
        if held:
            self.history.note(outcome)
        if not outcome.state.final or held is None:
            self._publish(outcome)
            return
        if held.accepted:
            await self._finished.add(held.announcement.identity, outcome, time.time())
        if party := held.announcement.party:
            self._together.leave(party, outcome.room)
        self._publish(outcome)
        del self._held[name]
        held.end(outcome)

    async def _stop(self, rooms: Sequence[str], delivery: Delivery) -> None:
        delivery.receipt.acknowledge()
        wanted = announce.parse_stop(delivery.payload)
        if delivery.retained:
            wanted = announce.Refusal(RETAINED)
        if isinstance(wanted, announce.Refusal):
            logger.warning("a stop that isn't obeyed", room=delivery.room, reason=wanted.reason)
        else:
            for room in rooms:
                await self._rooms[room].stop(wanted)

    async def _say(self, rooms: Sequence[str], delivery: Delivery) -> None:
        asked = announce.parse(
            delivery.payload,
            room=delivery.room,
            now=time.monotonic(),
            expires_in=delivery.expires_in,
            correlation=delivery.correlation,
            redelivered=delivery.redelivered,
        )
        if delivery.retained:
            asked = announce.Refusal(RETAINED, asked.id, asked.transaction)
        if isinstance(asked, announce.Refusal):
            self._refuse(delivery, asked)
        else:
            try:
                await self.say([replace(asked, room=room) for room in rooms], delivery.receipt)
            except InvalidInput as refused:
                # Of the pieces that come too late the first is told: a language model doesn't stop at once.
                if not (isinstance(refused, TooLate) and refused.told):
                    self._tell(delivery, announce.Refusal(refused.message, asked.id, asked.transaction))

    async def say(self, announcements: Sequence[Announcement], receipt: Receipt) -> None:
        """Take an announcement to its rooms; or go on with one whose text arrives in pieces.

        Raises InvalidInput for a piece that can't be taken; it is acknowledged then.
        """
        try:
            taken = self._texts.take(announcements, receipt) if announcements[0].piece else (announcements, receipt)
        except InvalidInput:
            receipt.acknowledge()
            raise
        if taken:
            await self.take_all(*taken)

    async def take_all(self, announcements: Sequence[Announcement], receipt: Receipt) -> None:
        """Take one announcement to its rooms, each of which must speak; they begin it together."""
        shared = Shared(receipt)
        if len(announcements) > 1:
            party = Party(uuid.uuid4().hex, frozenset(one.room for one in announcements))
            announcements = [replace(one, party=party) for one in announcements]
        shares = [(one, shared.share()) for one in announcements]
        for one, share in shares:
            await self.take(one, share)

    async def see_through(self, announcement: Announcement, receipt: Receipt) -> Outcome:
        """Take an announcement to its room, and return its outcome when it is known."""
        end: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._hold(announcement, receipt).ends.append(end)
        await self._rooms[announcement.room].offer(announcement)
        return await end

    async def play(self, room: str, recording: Samples) -> Outcome:
        """Take a recording (24 kHz) to a room, which must speak, and return its outcome when it is known."""
        return await self.see_through(recorded(room, recording, uuid.uuid4().hex), NoReceipt())

    async def take(self, announcement: Announcement, receipt: Receipt) -> None:
        """Take an announcement to its room, which must speak; its receipt is acknowledged when the outcome is known."""
        self._hold(announcement, receipt)
        await self._rooms[announcement.room].offer(announcement)

    def _nobody(self, delivery: Delivery) -> None:
        """Whoever sends to a room that doesn't speak (a typo, one that only hears) should know."""
        rooms = ", ".join(sorted((*self._rooms, *self._groups))) or "none"
        logger.warning("a command to a room that doesn't speak", room=delivery.room, rooms_that_speak=rooms)
        if delivery.verb == "stop":
            delivery.receipt.acknowledge()
            return
        asked = announce.parse(delivery.payload, room=delivery.room, now=time.monotonic())
        reason = f"no room of that name speaks; those that do: {rooms}"
        self._refuse(delivery, announce.Refusal(reason, asked.id, asked.transaction))

    def _refuse(self, delivery: Delivery, refusal: announce.Refusal) -> None:
        """It never was an announcement."""
        self._tell(delivery, refusal)
        delivery.receipt.acknowledge()

    def _tell(self, delivery: Delivery, refusal: announce.Refusal) -> None:
        """Its id may be that of an announcement, which stays as it is."""
        state, transaction = OutcomeState.REFUSED, refusal.transaction
        self._publish(Outcome(refusal.id, delivery.room, state, refusal.reason, transaction))

    def _hold(self, announcement: Announcement, receipt: Receipt) -> _Held:
        """Keep its receipt. A redelivery's takes the place of those that came on a connection that is gone."""
        held = self._held.setdefault((announcement.room, announcement.id), _Held(announcement))
        held.receipts = [one for one in held.receipts if one.live] + [receipt]
        return held
