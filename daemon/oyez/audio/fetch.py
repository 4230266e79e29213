"""Sounds from the web, as samples: fetched and decoded by a child, which a crafted file or a slow server may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.child.host import Child
from oyez.child.message import Message
from oyez.errors import EngineFailed, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.model import Samples

WORKER = "oyez.audio.fetch_worker"
START_S = 15.0
FETCH_S = 10.0  # for all of it to come
GRACE_S = 10.0  # for decoding it
MOST_BYTES = 12_000_000  # a minute of WAV in stereo


async def fetch(
    address: str, beginnings: Sequence[str], *, most_s: float, within_s: float = FETCH_S, most_bytes: int = MOST_BYTES
) -> Samples:
    """The mono samples at 24 kHz of what lies at an address; it and all it redirects to must be allowed.

    Raises InvalidInput, which says why it can't be had: not allowed, not there, too large, too slow, too long (more
    than `most_s` seconds), no audio.
    """
    options = {"beginnings": list(beginnings), "most_s": most_s, "within_s": within_s, "most_bytes": most_bytes}
    try:
        async with Child("audio from the web", WORKER, options, start_deadline=START_S) as child:
            await child.send(Message("fetch", {"address": address}))
            return (await child.receive(within_s + GRACE_S)).audio
    except EngineFailed as error:
        raise InvalidInput("what fetches and decodes it broke, or was too slow") from error
