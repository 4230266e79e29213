"""Fetch a file over HTTP, from where an earlier try stopped.

The standard library's client is enough: it honours the proxy variables, follows redirects and checks certificates, and
the base install stays a dependency lighter.
"""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from typing import IO, TYPE_CHECKING, cast

from oyez import __version__
from oyez.models.failure import SourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message
    from pathlib import Path

TIMEOUT_S = 20.0  # to connect, and for each read
PAUSE_S = 1.0  # before the next try; doubles while they bring nothing
TRIES = 5  # in a row that brought not one byte
PIECE = 256 * 1024
_AGENT = {"User-Agent": f"oyez/{__version__}"}
_RANGE_REFUSED = 416
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Interrupted(Exception):
    """The network failed us; the text says how."""


def download(url: str, target: Path, report: Callable[[int, int | None], None]) -> None:
    """Append to `target` what it lacks of the file at `url`; `report` gets bytes done and in all.

    A cut or stalled connection is taken up again where it broke, until `TRIES` in a row brought nothing. A server from
    which nothing comes in the first place fails at once: another may be nearer.
    Raises SourceFailed; what has come stays in `target`.
    """
    start = _size(target)
    vain = 0
    while True:
        before = _size(target)
        reason = _try(url, target, report, begun=before > start)
        if reason is None:
            return
        vain = 0 if _size(target) > before else vain + 1
        if vain == TRIES:
            raise SourceFailed(f"gave up after {TRIES} tries: {reason}")
        time.sleep(PAUSE_S * 2**vain)


def head(url: str) -> Message:
    """The headers of a URL's own answer; a redirect isn't followed. Raises SourceFailed."""
    request = _request(url, "HEAD", {})
    try:
        with _open(request, urllib.request.build_opener(_NoRedirect)) as response:
            return response.headers
    except urllib.error.HTTPError as error:
        raise SourceFailed(_refusal(error)) from error
    except _Interrupted as error:
        raise SourceFailed(str(error), reachable=False) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Hands back a redirect as the answer."""

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message
    ) -> IO[bytes]:
        del req, code, msg, headers
        return fp

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _try(url: str, target: Path, report: Callable[[int, int | None], None], *, begun: bool) -> str | None:
    """None when the file is whole, else why it isn't yet. Raises SourceFailed where another try is in vain."""
    before = _size(target)
    try:
        _continue(url, target, report)
    except urllib.error.HTTPError as error:
        if error.code == _RANGE_REFUSED and before:
            target.unlink()  # longer than the file: leftovers of something else
        elif error.code not in _TRY_AGAIN:
            raise SourceFailed(_refusal(error)) from error
        return _refusal(error)
    except _Interrupted as error:
        if not begun and _size(target) <= before:
            raise SourceFailed(str(error), reachable=False) from error
        return str(error)
    return None


def _continue(url: str, target: Path, report: Callable[[int, int | None], None]) -> None:
    start = _size(target)
    request = _request(url, "GET", {"Range": f"bytes={start}-"} if start else {})
    with _open(request, urllib.request.build_opener()) as response:
        done = start if _resumes_at(response, start) else 0
        length = response.headers.get("Content-Length")
        total = done + int(length) if length else None
        report(done, total)
        with target.open("ab" if done else "wb") as file:
            for piece in _pieces(response):
                file.write(piece)
                done += len(piece)
                report(done, total)
    if total is not None and done < total:
        raise _Interrupted(f"connection cut at {done:,} of {total:,} bytes")


def _request(url: str, method: str, headers: dict[str, str]) -> urllib.request.Request:
    return urllib.request.Request(url, method=method, headers=_AGENT | headers)  # noqa: S310 - addresses are our own


def _open(request: urllib.request.Request, opener: urllib.request.OpenerDirector) -> HTTPResponse:
    try:
        return cast(HTTPResponse, opener.open(request, timeout=TIMEOUT_S))
    except urllib.error.HTTPError:
        raise
    except (OSError, HTTPException) as error:
        raise _Interrupted(f"can't be reached: {_why(error)}") from error


def _pieces(response: HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := response.read(PIECE):
            yield piece
    except (OSError, HTTPException) as error:
        raise _Interrupted(f"connection lost: {_why(error)}") from error


def _resumes_at(response: HTTPResponse, start: int) -> bool:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return start > 0 and match is not None and int(match[1]) == start


def _refusal(error: urllib.error.HTTPError) -> str:
    error.close()
    return f"answered {error.code} {error.reason}"


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
