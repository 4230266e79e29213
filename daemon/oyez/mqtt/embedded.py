"""A private mosquitto on loopback, for first runs and single boxes: the broker `embedded`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import socket
import time
from typing import TYPE_CHECKING

from oyez import log
from oyez.errors import BrokerUnavailable
from oyez.mqtt.connection import MAX_PACKET, Address
from oyez.supervise import Backoff

if TYPE_CHECKING:
    from pathlib import Path

logger = log.get(__name__)

SEARCH = os.pathsep.join(("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", os.defpath))  # besides the PATH
READY_S = 10.0
GRACE_S = 3.0
SETTLED_S = 10.0  # alive so long, a broker has started well

HARMLESS = ("Note:", "Warning: Mosquitto should not be run as root")  # only this machine reaches it

CONFIG = """\
# Written by Oyez at each start: changes are lost.
user {user}
listener {port} 127.0.0.1
allow_anonymous true
max_packet_size {packet_size}
persistence true
persistence_location {folder}/
autosave_interval 60
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
"""


class EmbeddedBroker:
    """The child process. `start`, then `run` beside what uses it, then `close`.

    It dies with the daemon, even a killed one (the kernel sends it SIGTERM, on which it saves its sessions). `port` 0
    takes a free one, which stays the same for the life of this object.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.address = Address("127.0.0.1", port or _free_port())
        self._folder = folder
        self._database = folder / "mosquitto.db"
        self._before = folder / "mosquitto.before"  # the database as it was at the start
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Address:
        """Start it and wait until it listens; its address. Raises BrokerUnavailable."""
        command = await asyncio.to_thread(self._prepare)
        await self._spawn(command)
        if not await self._listens() and await asyncio.to_thread(self._set_database_aside):
            await self._spawn(command)
            await self._listens()
        if self._process is None or self._process.returncode is not None:
            raise BrokerUnavailable(
                f"the embedded broker doesn't start on {self.address} (its last words are in the log)",
                hint="set broker.port to 0 for any free port, or broker.host to a broker of yours",
            )
        return self.address

    async def run(self) -> None:
        """Pass on what it logs, and start it again whenever it ends."""
        backoff, started = Backoff(0.2, 10.0), time.monotonic()
        while True:
            assert self._process is not None
            await self._relay(self._process)
            status = await self._process.wait()
            if time.monotonic() - started > SETTLED_S:
                backoff.reset()
            logger.warning("the embedded broker ended; it is started again", status=status)
            await asyncio.sleep(backoff.next())
            started = time.monotonic()
            try:
                await self.start()
            except BrokerUnavailable as error:
                logger.warning(error.message)

    async def close(self) -> None:
        """End it in order, so that it saves its sessions."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.communicate(), GRACE_S)
        except TimeoutError:
            process.kill()
            await process.communicate()

    def _prepare(self) -> list[str]:
        programs = [find_program("setpriv", "util-linux"), find_program("mosquitto", "mosquitto")]
        _check_free(self.address)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(self._database, self._before)
        config = self._folder / "mosquitto.conf"
        user = pwd.getpwuid(os.getuid()).pw_name  # started as root, mosquitto would become another and not write here
        told = CONFIG.format(user=user, port=self.address.port, folder=self._folder, packet_size=MAX_PACKET)
        config.write_text(told, encoding="utf-8")
        return [programs[0], "--pdeathsig", "TERM", programs[1], "-c", str(config)]

    async def _spawn(self, command: list[str]) -> None:
        # Its own session: a Ctrl-C at the terminal is for the daemon, which ends the broker last.
        self._process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True
        )

    async def _listens(self) -> bool:
        """Whether it accepts connections before it ends or the time is up; what it says when it ends is logged."""
        process, until = self._process, time.monotonic() + READY_S
        assert process is not None
        while process.returncode is None and time.monotonic() < until:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(self.address.host, self.address.port)
                writer.close()
                return True
            await asyncio.sleep(0.02)
        if process.returncode is None:
            await self.close()
        await self._relay(process)
        return False

    async def _relay(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            text = line.decode(errors="replace").strip().partition(": ")[2]
            tell = logger.debug if text.startswith(HARMLESS) else logger.warning
            tell("the embedded broker says", message=text)

    def _set_database_aside(self) -> bool:
        """True when there was one. A damaged one keeps mosquitto from starting; 2.1 writes an empty one over it."""
        bad = self._database.with_suffix(".bad")
        with contextlib.suppress(FileNotFoundError):
            self._before.replace(bad)
            self._database.unlink(missing_ok=True)
            logger.warning("the embedded broker's database was set aside", kept_as=str(bad))
            return True
        return False


def find_program(program: str, package: str) -> str:
    """Where a program of a Debian package is. Raises BrokerUnavailable with the command that installs it."""
    found = shutil.which(program) or shutil.which(program, path=SEARCH)
    if found is None:
        raise BrokerUnavailable(
            f"the embedded broker needs {program}, which isn't installed", hint=f"sudo apt install {package}"
        )
    return found


def _check_free(address: Address) -> None:
    try:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address.host, address.port))
    except OSError as error:
        raise BrokerUnavailable(
            f"the embedded broker can't have {address}: {error.strerror}",
            hint="set broker.port to 0 for any free port, or broker.host to localhost to use the broker that is there",
        ) from error


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
