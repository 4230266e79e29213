"""The daemon as a process of its own, as systemd would run it: a config file, a notify socket, a log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from pathlib import Path

import psutil

from tests.support.broker import eventually

READY_WITHIN = 60.0
STOP_WITHIN = 15.0


class DaemonProcess:
    """`oyez run` with a config (JSON is YAML). What it notified is in `notified`, what it logged in `log`."""

    def __init__(self, folder: Path, config: dict, *, watchdog_s: float | None = None, **environment: str) -> None:
        self.folder = folder
        self.path = folder / "oyez.yaml"
        self.configure(config)
        self.log_file = folder / "daemon.log"
        self.notified: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.setblocking(False)
        self._process: asyncio.subprocess.Process | None = None
        self._environment = os.environ | {"NOTIFY_SOCKET": str(folder / "notify")} | environment
        if watchdog_s:
            self._environment["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))

    def configure(self, config: dict) -> None:
        config = {"state_dir": str(self.folder / "state")} | config
        config["tts"] = {"cache_mb": 0} | config.get("tts", {})  # a test hears what is made, unless it says otherwise
        self.path.write_text(json.dumps(config))

    async def start(self, *, wait: bool = True) -> None:
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "oyez",
                "run",
                "--config",
                str(self.path),
                env=self._environment,
                stderr=log,
                stdout=log,
            )
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        if wait:
            await self.ready()

    async def ready(self) -> None:
        await eventually(lambda: "READY=1" in self.notified or not self.alive, within=READY_WITHIN)
        assert self.alive, self.log

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def children(self, module: str) -> list[psutil.Process]:
        """Its children that run a worker module, or a program of that name."""
        found = []
        for child in psutil.Process(self.pid).children():
            with contextlib.suppress(psutil.Error):  # one that has just ended
                if module in " ".join(child.cmdline()):
                    found.append(child)
        return found

    def send(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    async def kill(self) -> None:
        """As a power cut would."""
        self.send(signal.SIGKILL)
        await self.wait()

    async def stop(self) -> int:
        """In order; its exit status."""
        self.send(signal.SIGTERM)
        return await self.wait()

    async def wait(self) -> int:
        assert self._process
        async with asyncio.timeout(STOP_WITHIN):
            return await self._process.wait()

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        if self.alive:
            self._process.kill()
        if self._process:
            await self._process.wait()
            self._process._transport.close()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.notified += self._socket.recv(65536).decode().splitlines()


@contextlib.asynccontextmanager
async def running(folder: Path, config: dict, *, start: bool = True, **options):
    """A daemon for the length of a block."""
    folder.mkdir(parents=True, exist_ok=True)
    daemon = DaemonProcess(folder, config, **options)
    try:
        if start:
            await daemon.start()
        yield daemon
    finally:
        await daemon.close()


def virtual(broker, *, crier: dict | None = None, **sections) -> dict:
    """A config with two rooms that share the air of a hall: `crier` speaks, `house` hears."""
    return {
        "broker": {"host": broker.host, "port": broker.port, "keepalive_s": 2},
        "rooms": {
            "crier": {"microphone": "none", "speaker": "loopback:hall"} | (crier or {}),
            "house": {"microphone": "loopback:hall", "speaker": "none"},
        },
    } | sections
