"""Child process: fetches one audio file from the web and decodes it, within bounds of memory, size and time.

The standard library's client is enough: it checks certificates, and asks before it follows a redirect. No proxy, no
cookies, no passwords: nothing goes to anybody but whom the config names.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO, TYPE_CHECKING, Any

from oyez import __version__, addresses
from oyez.audio.decode_worker import bounded, read
from oyez.child.message import Message
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from email.message import Message as Headers

    from oyez.child.worker import Port

PIECE = 64 * 1024
AGENT = {"User-Agent": f"oyez/{__version__}", "Accept": "audio/*"}


@dataclass(frozen=True)
class Bounds:
    """`beginnings` of what may be fetched; the most seconds of audio, seconds of fetching, and bytes."""

    beginnings: list[str]
    most_s: float
    within_s: float
    most_bytes: int


def serve(port: Port) -> None:
    """`start` is answered by `ready`, `fetch` by `audio`: 24 kHz, mono."""
    bounded()
    for message in port:
        if message.kind == "start":
            bounds = Bounds(**message.data)
            port.send(Message("ready"))
            continue
        try:
            content = _fetch(message.data["address"], bounds)
            port.send(Message.with_audio("audio", read(content, bounds.most_s, SPEECH_RATE)))
        except InvalidInput as error:
            port.fail(error)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows where that is allowed."""

    def __init__(self, beginnings: list[str]) -> None:
        self._beginnings = beginnings

    def redirect_request(  # noqa: PLR0917 - as the library has it
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Headers, newurl: str
    ) -> urllib.request.Request | None:
        """The request for where it leads. Raises InvalidInput."""
        _check(newurl, self._beginnings, "it is redirected to {}, which audio.media_urls doesn't allow")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _fetch(address: str, bounds: Bounds) -> bytes:
    """What lies at an address. Raises InvalidInput."""
    _check(address, bounds.beginnings, "audio.media_urls doesn't allow {}")
    until = time.monotonic() + bounds.within_s
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Redirects(bounds.beginnings))
    request = urllib.request.Request(address, headers=AGENT)  # noqa: S310 - the config allows it
    try:
        with opener.open(request, timeout=bounds.within_s) as response:
            return _body(response, until, bounds)
    except InvalidInput:
        raise
    except urllib.error.HTTPError as error:
        error.close()
        raise InvalidInput(f"its server answered {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise _too_slow(bounds) from error
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise _too_slow(bounds) from error
        raise InvalidInput(f"its server can't be reached: {_why(error)}") from error


def _body(response: Any, until: float, bounds: Bounds) -> bytes:
    content = bytearray()
    while piece := response.read1(PIECE):
        content += piece
        if len(content) > bounds.most_bytes:
            raise InvalidInput(f"it is larger than {bounds.most_bytes:,} bytes")
        if time.monotonic() > until:
            raise _too_slow(bounds)
    return bytes(content)


def _check(address: str, beginnings: list[str], refusal: str) -> None:
    if not addresses.allowed(address, beginnings):
        raise InvalidInput(refusal.format(addresses.shown(address)))


def _too_slow(bounds: Bounds) -> InvalidInput:
    return InvalidInput(f"it didn't come within {bounds.within_s:g} s")


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__
