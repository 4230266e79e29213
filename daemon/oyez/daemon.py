"""The life of the daemon's process: start, signals, reload, end."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oyez import log
from oyez.actions.action import Unread
from oyez.app import House
from oyez.config import changed, load
from oyez.errors import ConfigError, OyezError
from oyez.service import notify
from oyez.supervise import running

if TYPE_CHECKING:
    from oyez.actions.action import Level
    from oyez.config import Config

logger = log.get(__name__)

Guest = Callable[[House], Awaitable[None]]


class Daemon:
    """Runs one house after another: a reload with a changed config builds the next.

    `guest` is run beside the first house once it is ready (the first run's story); the daemon goes on when it ends.
    """

    def __init__(self, path: Path, config: Config, *, guest: Guest | None = None) -> None:
        self._path = path
        self._config = config
        self._level = config.log.level
        self._guest = guest
        self._stop = asyncio.Event()
        self._ending = False
        self._unread = Unread()
        self._seen: object = _stamp(path)

    @property
    def ending(self) -> bool:
        """Whether the end has begun."""
        return self._ending

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT (or `end`); SIGHUP reloads. Raises what prevents a start."""
        notify.keep_to_ourselves()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        while not self._ending:
            self._stop.clear()
            await self._live(House(self._config))

    def end(self) -> None:
        """Finish in order: outcomes for what waits, `stopped` on the bridge's state, then the end."""
        if not self._ending:
            logger.info("stopping")
            notify.stopping()
        self._ending = True
        self._stop.set()

    def reload(self) -> None:
        """Read the config again. One with a mistake in it changes nothing but the log."""
        notify.reloading()
        try:
            config = load(self._path)
        except ConfigError as error:
            self._keep(error)
        else:
            self._live_by(config)

    async def reread(self) -> list[str]:
        """The same for one who wants to know: the keys that changed. Raises ConfigError."""
        notify.reloading()
        try:
            config = await asyncio.to_thread(load, self._path)
        except ConfigError as error:
            self._keep(error)
            raise
        return self._live_by(config)

    async def unread(self) -> Unread:
        """How the file on the disk differs from the config that is in force; it is read when it was written."""
        if (seen := await asyncio.to_thread(_stamp, self._path)) != self._seen:
            self._unread = await asyncio.to_thread(self._compare)
            self._seen = seen
        return self._unread

    def restart(self) -> None:
        """Start the house anew with the same config."""
        logger.info("starting anew: asked for")
        notify.reloading()
        self._stop.set()

    @property
    def log_level(self) -> Level:
        """The least severity that is logged."""
        return self._level

    def log_from(self, level: Level) -> None:
        """Log from this severity on, until a changed config or the next start."""
        self._level = level
        log.configure(level, self._config.log.format)

    def _keep(self, error: ConfigError) -> None:
        logger.error("the new configuration isn't used", error=str(error))
        notify.ready("running with the configuration from before; the new one has a mistake")

    def _compare(self) -> Unread:
        try:
            return Unread(tuple(changed(self._config, load(self._path))))
        except ConfigError as error:
            return Unread(problem=error.message)

    def _live_by(self, config: Config) -> list[str]:
        """Go on with another config; the keys that changed."""
        self._seen = "never"  # it is to be compared with this one
        if keys := changed(self._config, config):
            logger.info("configuration changed", keys=keys)
            self._config = config
            self.log_from(config.log.level)
            self._stop.set()
        else:
            notify.ready("configuration unchanged")
        return keys

    async def _live(self, house: House) -> None:
        up = asyncio.Event()
        guest, self._guest = self._guest, None

        def ready() -> None:
            keep_memory()
            logger.info("ready", hears=sorted(house.hearing), speaks=sorted(house.speaking))
            notify.ready(house.report.status())
            up.set()

        async def host() -> None:
            await up.wait()
            if guest:
                await guest(house)

        async with running(host()):
            try:
                await house.run(self._stop, ready=ready, orderly=lambda: self._ending, control=self)
            except* OyezError as several:
                raise _first(several) from None


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What differs as soon as a file is written or replaced; None where there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns


def keep_memory() -> None:
    """What is there now is here to stay: the garbage collector needn't look at it again, for 60 ms each time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _first(group: BaseExceptionGroup[OyezError]) -> OyezError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, OyezError)
    return error
