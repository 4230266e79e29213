"""For those who watch over services: does it live, is it of use, and numbers for Prometheus."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oyez.health import Health
    from oyez.metrics import Metrics

UNWELL = 503
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def routes(health: Health, metrics: Metrics) -> Iterator[web.RouteDef]:
    """Where they are."""
    yield web.get("/healthz", partial(_lives, health))
    yield web.get("/readyz", partial(_ready, health))
    yield web.get("/metrics", partial(_metrics, metrics))


async def _lives(health: Health, _: web.Request) -> web.Response:
    """Whether it works, by the watchdog's rule: no part is stuck. A restart helps when it isn't so."""
    return _told("stuck", health.stuck())


async def _ready(health: Health, _: web.Request) -> web.Response:
    """Whether it can do all that it is there for: every part has started, and none is in trouble."""
    return _told("not ready", [*health.starting, *health.troubles])


async def _metrics(metrics: Metrics, _: web.Request) -> web.Response:
    return web.Response(body=metrics.text().encode(), headers={"Content-Type": EXPOSITION})


def _told(what: str, parts: list[str]) -> web.Response:
    if parts:
        return web.Response(text=f"{what}: {', '.join(parts)}\n", status=UNWELL)
    return web.Response(text="ok\n")
