"""A web server on loopback that has sounds, and bad manners."""

from __future__ import annotations

import asyncio
import io
from contextlib import asynccontextmanager

import numpy as np
import soundfile
from aiohttp import web


def tone(seconds: float, form: str = "WAV") -> bytes:
    file = io.BytesIO()
    wave = 0.3 * np.sin(np.arange(round(seconds * 44_100)) * 2 * np.pi * 440 / 44_100)
    soundfile.write(file, np.stack([wave, wave], axis=1), 44_100, format=form)
    return file.getvalue()


class Web:
    """`asked` are the paths that were asked for, with their queries; `headers` those of the last request."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.url = ""
        self._files = {"ding.wav": tone(0.5), "ding.mp3": tone(0.5, "MP3"), "long.wav": tone(61.0)}
        self._files |= {"page.mp3": b"<html>Please log in.</html>" * 50, "empty.mp3": b""}

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.headers = dict(request.headers)
        name = request.path.rpartition("/")[2]
        if name in self._files:
            return web.Response(body=self._files[name], content_type="audio/mpeg")
        if name == "redirect":
            raise web.HTTPFound(request.query["to"])
        if name in ("endless", "slow"):
            response = web.StreamResponse(headers={"Content-Type": "audio/mpeg"})
            await response.prepare(request)
            while True:
                await response.write(b"\0" * (100_000 if name == "endless" else 1))
                await asyncio.sleep(0 if name == "endless" else 0.05)
        if name == "silent":
            await asyncio.Event().wait()
        raise web.HTTPNotFound

    @asynccontextmanager
    async def open(self):
        application = web.Application()
        application.add_routes([web.get("/{path:.*}", self._answer)])
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            await runner.cleanup()
