"""Who may come in, how many at once, and what is answered when something is wrong."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from oyez import log
from oyez.actions.action import failure_code
from oyez.errors import Busy, InvalidInput, ModelMissing, OyezError
from oyez.http.body import TooLarge, TooSlow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.web_protocol import RequestHandler

    from oyez.config import HttpConfig
    from oyez.metrics import Metrics

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

logger = log.get(__name__)

MOST_REQUESTS = 32  # at work at the same time
OPEN = ("/healthz", "/readyz")  # for those who only want to know whether it lives
OPENAI = "/v1/"
BUSY, UNAUTHORISED, FORBIDDEN, TOO_LARGE, TOO_SLOW, INVALID, FAILED = 503, 401, 403, 413, 408, 400, 500
RETRY_S = "2"


class Guard:
    """A middleware: lets in whoever has the token, or, where there is none, whoever sits at this machine."""

    def __init__(self, config: HttpConfig, metrics: Metrics) -> None:
        self._token = config.token.get_secret_value().encode() if config.token else None
        self._metrics = metrics
        self._at_work = 0
        self.silent: dict[RequestHandler, float] = {}  # connections that haven't asked anything, and since when

    @web.middleware
    async def answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request, whatever becomes of it."""
        self._at_work += 1
        self.silent.pop(request.protocol, None)
        try:
            response = self._refusal(request) or await handler(request)
        except OyezError as error:
            logger.info("a request was refused", path=request.path, reason=error.message)
            response = failure(request, _status(error), error.message, failure_code(error))
        except web.HTTPException as error:
            response = failure(request, error.status, error.text or error.reason, "invalid", error.headers.get("Allow"))
        finally:
            self._at_work -= 1
        self._metrics.served(request.method, _route(request), response.status)
        return response

    def hang_up(self, before: float) -> None:
        """Close the connections that were made before and have asked nothing: nobody may hold one like that."""
        for connection, since in list(self.silent.items()):
            if since < before:
                del self.silent[connection]
                connection.force_close()

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self._at_work > MOST_REQUESTS:
            return failure(request, BUSY, f"{MOST_REQUESTS} requests are at work already", "busy")
        if request.path in OPEN:
            return None
        if self._token is None:
            why = None if _from_here(request) else "without a token, only programs of this machine are served"
            return failure(request, FORBIDDEN, why, "forbidden") if why else None
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        given = shown.strip().encode(errors="surrogateescape")
        if scheme.lower() == "bearer" and hmac.compare_digest(given, self._token):
            return None
        return failure(request, UNAUTHORISED, "give the token: Authorization: Bearer TOKEN", "unauthorised")


def failure(request: web.Request, status: int, text: str, code: str, allow: str | None = None) -> web.Response:
    """What is answered when it can't be done: as our own answers are, or as OpenAI's."""
    told: dict[str, Any] = {"status": "error", "code": code, "error": text, "data": {}}
    if request.path.startswith(OPENAI):
        kind = "invalid_request_error" if status < FAILED else "server_error"
        told = {"error": {"message": text, "type": kind, "param": None, "code": code}}
    headers = {"Allow": allow} if allow else {}
    if status == BUSY:
        headers["Retry-After"] = RETRY_S
    if status == UNAUTHORISED:
        headers["WWW-Authenticate"] = 'Bearer realm="oyez"'
    return web.json_response(told, status=status, headers=headers)


def _status(error: OyezError) -> int:
    known = ((TooLarge, TOO_LARGE), (TooSlow, TOO_SLOW), (InvalidInput, INVALID), (ModelMissing, INVALID), (Busy, BUSY))
    return next((status for kind, status in known if isinstance(error, kind)), FAILED)


def _from_here(request: web.Request) -> bool:
    """Whether it wasn't a web page of somewhere else that made a browser of this machine ask.

    Such a page can't help telling its origin, and reaches us under a name of its own (DNS rebinding).
    """
    origin = request.headers.get("Origin")
    return _local(urlsplit(f"//{request.host}").hostname) and (origin is None or _local(urlsplit(origin).hostname))


def _local(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _route(request: web.Request) -> str:
    """The path as it is registered: what metrics are kept by must not be up to whoever asks."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
