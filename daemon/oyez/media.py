"""The sounds that announcements of a house may play: files of its folder, and what lies at addresses it allows."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time
from typing import TYPE_CHECKING

import soundfile

from oyez import addresses
from oyez.audio.fetch import fetch
from oyez.engines import sounds
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE
from oyez.speak.cache.shelf import Shelf
from oyez.speak.script import sounds_of

if TYPE_CHECKING:
    from oyez.config import Config
    from oyez.model import Samples

KEPT_BYTES = 16_000_000  # of what was fetched, in the cache's folder: five minutes
FRESH_S = 60.0  # what was fetched is played again without asking for so long
MOST_AT_ONCE = 2  # children that fetch
MOST_IN_A_TEXT = 4  # addresses


class Media:
    """Of one house. Sounds of addresses are there once they were fetched: `gather` does that for a text."""

    def __init__(self, config: Config) -> None:
        self._folder = config.audio.media_dir
        self._allowed = config.audio.media_urls
        self._shelf = Shelf((config.cache_dir or config.state_dir) / "media", KEPT_BYTES)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._fetched: dict[str, tuple[float, str]] = {}  # by address: when, and the path
        self._refused: dict[str, str] = {}  # and why not

    def find(self, name: str) -> str:
        """The path of a sound, by its name or address. Raises InvalidInput. Blocks."""
        if not addresses.is_one(name):
            if self._folder is None:
                raise InvalidInput(f"the sound {name[:64]!r} isn't played: audio.media_dir names no folder for sounds")
            return sounds.find(self._folder, name)
        if found := self._fetched.get(name):
            return found[1]
        why = self._refused.get(name, "nothing is fetched here")
        raise InvalidInput(f"the sound {addresses.shown(name)} isn't played: {why}")

    def load(self, name: str) -> Samples:
        """A sound by its name or address, as samples of speech. Raises InvalidInput. Blocks."""
        return sounds.read(self.find(name))

    async def gather(self, text: str) -> None:
        """Fetch the sounds that a text plays by their addresses. What can't be had, `find` tells."""
        if "://" not in text:
            return
        wanted = await asyncio.to_thread(lambda: [name for name in sounds_of(text) if addresses.is_one(name)])
        for name in wanted[MOST_IN_A_TEXT:]:
            self._refused[name] = f"no more than {MOST_IN_A_TEXT} addresses are fetched for one text"
        async with asyncio.TaskGroup() as fetching:
            for name in wanted[:MOST_IN_A_TEXT]:
                fetching.create_task(self.fetch(name))

    async def fetch(self, name: str) -> None:
        """Fetch one sound, if it is an address's and not here."""
        before = self._fetched.get(name)
        if not addresses.is_one(name) or (before and time.monotonic() - before[0] < FRESH_S):
            return
        self._forget()
        try:
            path = await asyncio.to_thread(self._keep, await self._samples(name))
        except InvalidInput as error:
            self._fetched.pop(name, None)
            self._refused[name] = error.message
        except OSError as error:
            self._refused[name] = f"it can't be kept in {self._shelf.folder}: {error.strerror}"
        else:
            self._fetched[name] = (time.monotonic(), path)

    async def _samples(self, address: str) -> Samples:
        if not addresses.allowed(address, self._allowed):
            raise InvalidInput("audio.media_urls doesn't allow its address")
        async with self._turns:
            return await fetch(address, self._allowed, most_s=sounds.MAX_SECONDS)

    def _forget(self) -> None:
        """Forget what is old, and in nobody's hands any more."""
        before = time.monotonic() - 2 * FRESH_S
        self._fetched = {name: one for name, one in self._fetched.items() if one[0] > before}
        while len(self._refused) > MOST_IN_A_TEXT * MOST_AT_ONCE:
            del self._refused[next(iter(self._refused))]

    def _keep(self, samples: Samples) -> str:
        """Keep a sound, as WAV; the same one isn't written again, so that speech with it is found again. Blocks."""
        file = io.BytesIO()
        soundfile.write(file, samples, SPEECH_RATE, format="WAV", subtype="PCM_16")
        content = file.getvalue()
        path = self._shelf.path(hashlib.sha256(content).hexdigest())
        if not path.exists():
            self._shelf.put(path.stem, content)
        return str(path)
