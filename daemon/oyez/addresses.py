"""Addresses of the web, and whether the config allows to fetch from them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000  # characters
SHOWN = 120

_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_UNFIT = re.compile(r"[^\x21-\x7e]|\\")  # what one program would read in one way, and the next in another


def is_one(name: str) -> bool:
    """Whether it is meant as an address."""
    return _ADDRESS.match(name) is not None


def normal(address: str) -> str:
    """The one way to write an address: small letters, the port, no fragment. Raises ValueError, which says why not.

    One that would have to be read twice to know where it leads (`..`, a user's name) is none.
    """
    if len(address) > LONGEST or not is_one(address) or _UNFIT.search(address):
        raise ValueError("is no address that begins with http:// or https://")
    parts = urlsplit(address)
    if parts.username is not None or parts.password is not None:
        raise ValueError("has a user's name or password in it")
    if not parts.hostname:
        raise ValueError("has no host")
    path = parts.path or "/"
    if {".", ".."} & set(_plain(path).replace("\\", "/").split("/")):
        raise ValueError("has . or .. in its path")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}:{parts.port or PORTS[parts.scheme]}{path}{query}"


def allowed(address: str, beginnings: Iterable[str]) -> bool:
    """Whether an address begins as one of those does: same server, and its path or what lies in that."""
    try:
        wanted = normal(address)
    except ValueError:
        return False
    return any(_within(wanted, normal(one)) for one in beginnings)


def shown(address: str) -> str:
    """An address as it may be told: without what may be secret in it."""
    bare = re.split(r"[?#]", address, maxsplit=1)[0]
    bare = re.sub(r"//[^/]*@", "//", bare)
    return ascii(bare if len(bare) <= SHOWN else f"{bare[:SHOWN]}...")


def _within(wanted: str, beginning: str) -> bool:
    path = wanted.partition("?")[0]
    return path == beginning or path.startswith(beginning if beginning.endswith("/") else f"{beginning}/")


def _plain(path: str) -> str:
    """A path with nothing encoded in it, however often that was done."""
    while (once := unquote(path)) != path:
        path = once
    return path
