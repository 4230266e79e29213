"""The HTTP server: kept up for as long as the house lives."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aiohttp import web

from oyez import log
from oyez.http import api, probes, speech, transcriptions
from oyez.http.guard import Guard
from oyez.supervise import Backoff

if TYPE_CHECKING:
    from oyez.actions.action import Home
    from oyez.config import HttpConfig
    from oyez.health import PartHealth
    from oyez.metrics import Metrics

logger = log.get(__name__)

MOST_CONNECTIONS = 64
IDLE_S = 30.0  # a connection between two requests
SILENT_S = 30.0  # a connection without any
FAREWELL_S = 1.0  # for what is at work at the end
HEADER_BYTES = 16 * 1024


class HttpServer:
    """Serves what a house can do; `port` is where, once it listens."""

    def __init__(self, config: HttpConfig, metrics: Metrics, health: PartHealth) -> None:
        self.port = config.port
        self._config = config
        self._metrics = metrics
        self._guard = Guard(config, metrics)
        self._health = health

    async def run(self, home: Home) -> None:
        """Serve until cancelled; a port that someone else has is tried again, and told."""
        backoff = Backoff(0.5, 30.0)
        runner = web.AppRunner(
            self.application(home),
            handler_cancellation=True,  # who has gone waits for nothing
            keepalive_timeout=IDLE_S,
            shutdown_timeout=FAREWELL_S,
            access_log=None,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
        )
        await runner.setup()
        try:
            while True:
                try:
                    await self._serve(runner)
                except OSError as error:
                    why = f"{self._config.host}:{self._config.port}: {error.strerror}"
                    self._health.state("failed", why)
                    logger.warning("HTTP can't be served", why=why)
                    await asyncio.sleep(backoff.next())
        finally:
            await runner.cleanup()

    async def _serve(self, runner: web.AppRunner) -> None:
        """Listen until cancelled. Raises OSError."""
        connections = runner.server
        assert connections is not None

        def accept() -> asyncio.Protocol:
            if len(connections.connections) >= MOST_CONNECTIONS:
                return _TurnedAway()
            connection = connections()
            self._guard.silent[connection] = time.monotonic()
            return connection

        server = await asyncio.get_running_loop().create_server(accept, self._config.host, self._config.port)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            self._health.state("ok")
            logger.info("serving HTTP", host=self._config.host, port=self.port)
            while True:
                await asyncio.sleep(SILENT_S / 4)
                self._guard.hang_up(time.monotonic() - SILENT_S)

    def application(self, home: Home) -> web.Application:
        """All that is served, behind its guard."""
        application = web.Application(middlewares=[self._guard.answer])
        application.add_routes([*api.routes(home), *speech.routes(home), *transcriptions.routes(home)])
        application.add_routes(probes.routes(home.health, self._metrics))
        return application


class _TurnedAway(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        transport.close()
