"""The devices of a room that has none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from oyez.model import Frame, SpeechChunk


class NoMicrophone:
    """Hears nothing, for ever."""

    async def frames(self) -> AsyncIterator[Frame]:
        """Never yields and never ends."""
        await asyncio.Event().wait()
        yield  # type: ignore[misc]  # makes it a generator; not reached


class NoSpeaker:
    """Says nothing: announcements to its room are refused before they get here."""

    async def wake(self) -> None:
        """Nothing to get ready."""

    async def play(
        self,
        speech: AsyncIterator[SpeechChunk],  # noqa: ARG002 - the port's signature
        *,
        volume: float = 1.0,  # noqa: ARG002
        at: float | None = None,  # noqa: ARG002
        on_audible: Callable[[], None] | None = None,  # noqa: ARG002
        on_played: Callable[[float], None] | None = None,  # noqa: ARG002
    ) -> float:
        """Raise InvalidInput."""
        raise InvalidInput("this room has no speaker", hint="give the room a `speaker` in the config")

    async def close(self) -> None:
        """Nothing to release."""
