"""The front desk: takes commands from the broker to the rooms, and gives it a receipt when the outcome is known.

An announcement's receipt is kept until its final outcome: if the daemon dies before, the broker brings it again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from oyez import log
from oyez.model import Outcome, OutcomeState
from oyez.speak import announce
from oyez.speak.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from oyez.model import Announcement
    from oyez.ports import Delivery, Receipt
    from oyez.speak.finished import Finished

logger = log.get(__name__)

RETAINED = "retained commands are never obeyed: publish without the retain flag"


class Room(Protocol):
    """A room that speaks: `oyez.speak.room.SpeakingRoom`."""

    async def offer(self, announcement: Announcement) -> None:
        """Put it on the agenda."""
        ...

    async def stop(self, announcement_id: str | None = None) -> None:
        """Cancel one or all."""
        ...


@dataclass
class _Held:
    """An announcement without a final outcome yet, and the receipts of all its deliveries."""

    announcement: Announcement
    receipts: list[Receipt] = field(default_factory=list)
    accepted: bool = False


class Desk:
    """Between the broker and the rooms. `publish` sends an outcome on its way, without waiting."""

    def __init__(self, rooms: Mapping[str, Room], finished: Finished, publish: Callable[[Outcome], None]) -> None:
        self.history = History()
        self._rooms = rooms
        self._finished = finished
        self._publish = publish
        self._held: dict[tuple[str, str], _Held] = {}

    def __len__(self) -> int:
        """How many announcements have no final outcome yet."""
        return len(self._held)

    async def receive(self, delivery: Delivery) -> None:
        """Do what a command asks; never raises for what it says."""
        room = self._rooms.get(delivery.room)
        if room is None:
            self._nobody(delivery)
        elif delivery.verb == "stop":
            await self._stop(room, delivery)
        else:
            await self._say(delivery)

    async def conclude(self, outcome: Outcome) -> None:
        """Tell an outcome. A final one of an accepted announcement is noted on disk first and acknowledged last."""
        name = (outcome.room, outcome.id)
        held = self._held.get(name)
        if held and outcome.state is OutcomeState.ACCEPTED:
            held.accepted = True
            self.history.add(held.announcement, time.time())
        if held:
            self.history.note(outcome)
        if not outcome.state.final or held is None:
            self._publish(outcome)
            return
        if held.accepted:
            await self._finished.add(held.announcement.key, outcome, time.time())
        self._publish(outcome)
        del self._held[name]
        for receipt in held.receipts:
            receipt.acknowledge()

    async def _stop(self, room: Room, delivery: Delivery) -> None:
        delivery.receipt.acknowledge()
        wanted = announce.parse_stop(delivery.payload)
        if delivery.retained:
            wanted = announce.Refusal(RETAINED)
        if isinstance(wanted, announce.Refusal):
            logger.warning("a stop that isn't obeyed", room=delivery.room, reason=wanted.reason)
        else:
            await room.stop(wanted.id)

    async def _say(self, delivery: Delivery) -> None:
        announcement = announce.parse(
            delivery.payload,
            room=delivery.room,
            now=time.monotonic(),
            expires_in=delivery.expires_in,
            correlation=delivery.correlation,
            redelivered=delivery.redelivered,
        )
        if delivery.retained:
            announcement = announce.Refusal(RETAINED, announcement.id, announcement.transaction)
        if isinstance(announcement, announce.Refusal):
            self._refuse(delivery, announcement)
            return
        await self.take(announcement, delivery.receipt)

    async def take(self, announcement: Announcement, receipt: Receipt) -> None:
        """Take an announcement to its room, which must speak; its receipt is acknowledged when the outcome is known."""
        self._hold(announcement, receipt)
        await self._rooms[announcement.room].offer(announcement)

    def _nobody(self, delivery: Delivery) -> None:
        """Whoever sends to a room that doesn't speak (a typo, one that only hears) should know."""
        rooms = ", ".join(sorted(self._rooms)) or "none"
        logger.warning("a command to a room that doesn't speak", room=delivery.room, rooms_that_speak=rooms)
        if delivery.verb == "stop":
            delivery.receipt.acknowledge()
            return
        asked = announce.parse(delivery.payload, room=delivery.room, now=time.monotonic())
        reason = f"no room of that name speaks; those that do: {rooms}"
        self._refuse(delivery, announce.Refusal(reason, asked.id, asked.transaction))

    def _refuse(self, delivery: Delivery, refusal: announce.Refusal) -> None:
        """It never was an announcement: its id may be that of another one, which stays as it is."""
        state, transaction = OutcomeState.REFUSED, refusal.transaction
        self._publish(Outcome(refusal.id, delivery.room, state, refusal.reason, transaction))
        delivery.receipt.acknowledge()

    def _hold(self, announcement: Announcement, receipt: Receipt) -> None:
        """Keep its receipt. A redelivery's takes the place of those that came on a connection that is gone."""
        held = self._held.setdefault((announcement.room, announcement.id), _Held(announcement))
        held.receipts = [one for one in held.receipts if one.live] + [receipt]
