"""sd_notify(3) in a few lines: datagrams to the socket that systemd names."""

from __future__ import annotations

import os
import socket
import time

from oyez import log

logger = log.get(__name__)


OURS = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")
_kept: dict[str, str] = {}


def keep_to_ourselves() -> None:
    """Take what systemd told us out of the environment: a child that knows it (mosquitto does) would speak for us."""
    _kept.update({name: os.environ.pop(name) for name in OURS if name in os.environ})


def notify(*assignments: str) -> bool:
    """Send assignments like `READY=1`; False where nobody listens. Never raises: telling is not the job."""
    address = _told("NOTIFY_SOCKET")
    if not address.startswith(("/", "@")):
        return False
    if address[0] == "@":  # an abstract socket
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect(address)
            sock.sendall("\n".join(assignments).encode())
    except OSError as error:
        logger.warning("systemd can't be told", error=str(error))
        return False
    return True


def ready(status: str) -> None:
    """The service does its work from now on."""
    notify("READY=1", f"STATUS={status}")


def reloading() -> None:
    """A reload starts; `ready` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The end has begun."""
    notify("STOPPING=1")


def watchdog_interval() -> float | None:
    """Seconds within which systemd wants to hear from us, None when it doesn't."""
    if _told("WATCHDOG_PID") not in ("", str(os.getpid())):
        return None
    microseconds = _told("WATCHDOG_USEC")
    return int(microseconds) / 1e6 if microseconds.isdigit() and int(microseconds) else None


def _told(name: str) -> str:
    return _kept.get(name) or os.environ.get(name, "")
