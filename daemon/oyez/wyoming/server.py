"""The port: clients come and go; there aren't too many, and a port that is taken is tried again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wyoming.error import Error

from oyez import log
from oyez.supervise import Backoff
from oyez.wyoming import wire
from oyez.wyoming.connection import IDLE_S, Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wyoming.info import Info

    from oyez.health import PartHealth
    from oyez.wyoming.announce import Announcer
    from oyez.wyoming.connection import Client, Service

logger = log.get(__name__)

MOST_CLIENTS = 16
WRITE_AHEAD = 1 << 20  # bytes that wait for a client to read them: 20 s of speech
LONGEST_WAIT = 30.0  # seconds between two tries to get the port


class WyomingServer:
    """Services on one port, run until cancelled.

    `services` makes those of a client; `info` tells of them. `announcer` tells the network; None: nobody is told.
    `port` is the one that it listens on, None while it doesn't.
    """

    def __init__(
        self,
        host: str,
        port: int,
        info: Info,
        services: Callable[[Client], Sequence[Service]],
        *,
        announcer: Announcer | None,
        health: PartHealth,
        idle_s: float = IDLE_S,
    ) -> None:
        self.port: int | None = None
        self.announcer = announcer
        self._host, self._wanted = host, port
        self._info = wire.pack(info.event())
        self._programs = {program.name for program in (*info.asr, *info.tts)}
        self._services = services
        self._health = health
        self._idle_s = idle_s
        self._clients: set[asyncio.Task[None]] = set()
        health.gauge("clients", lambda: len(self._clients))

    async def run(self) -> None:
        """Serve until cancelled."""
        backoff = Backoff(longest=LONGEST_WAIT)
        where = f"{self._host}:{self._wanted}"
        while True:
            try:
                server = await self._open()
            except OSError as error:
                why = error.strerror or str(error)
                self._health.state("failed", f"{where}: {why}")
                if not backoff.tries:
                    logger.warning("wyoming: the port can't be had", where=where, why=why)
                await asyncio.sleep(backoff.next())
                continue
            await self._serve(server)

    async def _open(self) -> asyncio.Server:
        return await asyncio.start_server(
            self._accept, self._host, self._wanted, limit=wire.MOST_JSON, start_serving=False
        )

    async def _serve(self, server: asyncio.Server) -> None:
        async with server, asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await server.start_serving()
            self.port = server.sockets[0].getsockname()[1]
            self._health.state("ok")
            logger.info("wyoming", host=self._host, port=self.port)
            try:
                await (self.announcer.run(self.port) if self.announcer else asyncio.Event().wait())
            finally:
                self.port = None
                server.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= MOST_CLIENTS:
            self._health.count("turned_away")
            writer.write(wire.pack(Error(f"there are {MOST_CLIENTS} clients already", code="busy").event()))
            writer.close()
            return
        writer.transport.set_write_buffer_limits(high=WRITE_AHEAD)
        client = self._tasks.create_task(self._connection(reader, writer).serve(), name="wyoming client")
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Connection:
        connection = Connection(
            reader, writer, info=self._info, programs=self._programs, health=self._health, idle_s=self._idle_s
        )
        for service in self._services(connection):
            connection.offer(service)
        return connection
