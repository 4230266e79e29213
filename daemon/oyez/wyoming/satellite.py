"""A room as a satellite of Home Assistant: what it announces there is played by the room, when it is its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wyoming.snd import Played

from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.wyoming.sound import Pcm, Recording, form

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from wyoming.event import Event

    from oyez.model import Samples
    from oyez.wyoming.connection import Client, Take

    Play = Callable[[Samples], Awaitable[object]]

MOST_S = 60.0  # of audio in one announcement: 6 MB


class Announced:
    """The announcements of one client, one after another. `play` returns when the room is done with one."""

    def __init__(self, play: Play, client: Client) -> None:
        self._play = play
        self._client = client
        self.takes: dict[str, Take] = {"audio-start": self._start, "audio-chunk": self._chunk, "audio-stop": self._stop}
        self._sound: Pcm | None = None  # of an announcement that is coming
        self._recording = Recording(MOST_S, SPEECH_RATE)

    async def _start(self, event: Event) -> None:
        self._sound = None
        self._sound, self._recording = Pcm(*form(event.data), to=SPEECH_RATE), Recording(MOST_S, SPEECH_RATE)

    async def _chunk(self, event: Event) -> None:
        if self._sound is None:
            return  # of one that was refused
        try:
            self._recording.add(self._sound.feed(event.payload or b""))
        except InvalidInput:
            self._sound = None
            raise

    async def _stop(self, _: Event) -> None:
        if self._sound is None:
            return
        self._recording.add(self._sound.finish())
        samples, self._sound = self._recording.samples, None

        async def work() -> None:
            if len(samples):
                await self._play(samples)
            await self._client.send(Played().event())  # whatever became of it: that is told over MQTT

        self._client.begin(work)
