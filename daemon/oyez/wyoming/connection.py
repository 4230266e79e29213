"""One client: its events in, ours out, one request after another. `describe` and `ping` are answered meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import re
from typing import TYPE_CHECKING, Protocol

from wyoming.error import Error
from wyoming.event import Event
from wyoming.ping import Pong

from oyez.errors import Busy, InvalidInput, OyezError
from oyez.flow import Channel, WhenFull
from oyez.outside import shown
from oyez.wyoming import wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from oyez.health import PartHealth

    Take = Callable[[Event], Awaitable[None]]
    Work = Callable[[], Awaitable[None]]

MOST_WAITING = 4  # requests of one client, beside the one at work
IDLE_S = 120.0  # a client that neither asks nor waits for anything is closed after that time
UNREAD_S = 60.0  # and one that doesn't read what it asked for
LINGER_S = 1.0  # for the last words: closed at once, they would be lost with what the client still sends


class Client(Protocol):
    """What the two services see of a connection."""

    async def send(self, event: Event) -> None:
        """Send an event; waits while the client doesn't read. Raises OSError when it has gone."""
        ...

    def begin(self, work: Work) -> None:
        """Do this when what was asked before is done. Raises Busy."""
        ...


class Service(Protocol):
    """One of the two services, as one client has it."""

    @property
    def takes(self) -> dict[str, Take]:
        """What is done at each type of event; may raise OyezError, which the client is told."""
        ...


class Connection:
    """Serves one client. `programs` are the names it may select, `info` is the answer to `describe`, packed."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        info: bytes,
        programs: Collection[str],
        health: PartHealth,
        idle_s: float = IDLE_S,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._info = info
        self._programs = programs
        self._health = health
        self._idle_s = idle_s
        self._waiting: Channel[Work] = Channel("wyoming requests", MOST_WAITING, WhenFull.REFUSE)
        self._at_work = False
        self._takes: dict[str, Take] = {"describe": self._describe, "ping": self._ping, "select-program": self._select}

    def offer(self, service: Service) -> None:
        """Have a service for this client."""
        self._takes |= service.takes

    async def serve(self) -> None:
        """Serve the client until it leaves or talks nonsense. What was begun for it then isn't gone on with."""
        try:
            async with asyncio.TaskGroup() as tasks:
                work = tasks.create_task(self._work(), name="wyoming work")
                await self._listen()
                work.cancel()
        except* (OSError, TimeoutError):
            self._writer.transport.abort()
        finally:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def send(self, event: Event) -> None:
        """See Client."""
        await self._write(wire.pack(event))

    def begin(self, work: Work) -> None:
        """See Client."""
        if not self._waiting.put_now(work):
            raise Busy(f"{MOST_WAITING} requests of this connection wait already", hint="wait for their answers")

    async def _listen(self) -> None:
        try:
            while event := await self._next():
                if take := self._takes.get(event.type):  # events unknown to a server are dropped: new ones may come
                    await self._answered(take(event))
                await asyncio.sleep(0)  # however much has come already: others have their turn
        except InvalidInput as error:
            await self._tell(error)
            await self._linger()

    async def _next(self) -> Event | None:
        """The next event; None at the end, which the client or its idleness brings. Raises InvalidInput."""
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    return await wire.read(self._reader)
            except TimeoutError:
                if not self._at_work and not len(self._waiting):
                    return None

    async def _work(self) -> None:
        async for work in self._waiting:
            self._at_work = True
            await self._answered(work())
            self._at_work = False

    async def _answered(self, work: Awaitable[None]) -> None:
        """Do it; what goes wrong is the answer."""
        try:
            await work
        except OyezError as error:
            await self._tell(error)

    async def _tell(self, error: OyezError) -> None:
        self._health.count("errors")
        text = f"{error.message} ({error.hint})" if error.hint else error.message
        await self.send(Error(text, code=re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()).event())

    async def _write(self, content: bytes) -> None:
        self._writer.write(content)
        async with asyncio.timeout(UNREAD_S):
            await self._writer.drain()

    async def _linger(self) -> None:
        """Say no more, and let the client read what was said."""
        self._writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                while await self._reader.read(wire.MOST_PAYLOAD):
                    pass

    async def _describe(self, _: Event) -> None:
        await self._write(self._info)

    async def _ping(self, event: Event) -> None:
        await self.send(Pong(wire.string(event.data, "text")).event())

    async def _select(self, event: Event) -> None:
        name = wire.string(event.data, "name") or ""
        if name not in self._programs:
            raise InvalidInput(f"there is no program {shown(name)}; there are: {', '.join(self._programs)}")
