"""Programs of the house's owner, run when something happens, with the event on standard input as MQTT has it.

Who they are stands in the config file alone. What was said reaches them as data, never through a shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oyez import log
from oyez.flow import Channel, WhenFull
from oyez.mqtt.repeats import Repeats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from oyez.config.hooks import Event, HooksConfig
    from oyez.health import PartHealth

logger = log.get(__name__)

MOST_WAITING = 32  # events; one more is dropped: what has just begun to wait is older, and no less true
NICE = 10
TAIL = 2_000  # bytes that a program said last on standard error
LINES = 5  # of them that are logged
LAST_WORDS = 0.5  # seconds for them to arrive when it has ended
NOT_THEIRS = ("OYEZ_", "NOTIFY_", "WATCHDOG_", "CREDENTIALS_", "LISTEN_")  # of our environment: passwords among it


@dataclass(frozen=True, slots=True)
class Happening:
    """An event: its JSON, the room, and the text where there is one."""

    event: Event
    room: str
    payload: bytes
    text: str | None


class Hooks:
    """Runs programs, so many `at_once`. `show_texts`: what was said may stand in the log."""

    def __init__(self, config: HooksConfig, health: PartHealth, *, show_texts: bool = False) -> None:
        self._config = config
        self._health = health
        self._show_texts = show_texts
        self._waiting: Channel[Happening] = Channel("hooks", MOST_WAITING, WhenFull.REFUSE)
        self._repeats = Repeats()
        health.state("ok")
        health.gauge("waiting", lambda: len(self._waiting))

    def happened(self, event: Event, room: str, payload: bytes, text: str | None = None) -> None:
        """Have the program of an event run, if it has one; never waits."""
        if event not in self._config.programs:
            return
        if not self._waiting.put_now(Happening(event, room, payload, text)):
            self._health.count("dropped")
            self._warn("an event has no program: too many wait", hook=event)

    async def run(self) -> None:
        """Run programs, one after another, until cancelled; may be run `at_once` times."""
        async for happening in self._waiting:
            await self._see_through(happening)

    async def _see_through(self, happening: Happening) -> None:
        argv, status = self._config.programs[happening.event], None
        try:
            async with _running(argv, _environment(happening)) as program:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._config.timeout_s):
                        status = await program.ended_after(happening.payload)
        except (OSError, ValueError) as error:  # not there, not ours to run; a NUL in an argument
            self._health.count("failed")
            reason = getattr(error, "strerror", None) or str(error)
            self._warn("a program can't be started", hook=happening.event, program=argv[0], reason=reason)
            return
        self._health.count("run" if status == 0 else "timed_out" if status is None else "failed")
        if status != 0:
            how = f"killed after {self._config.timeout_s:g} s" if status is None else f"status {status}"
            said = self._said(program, happening)
            self._warn("a program failed", hook=happening.event, program=argv[0], how=how, said=said)

    def _said(self, program: _Program, happening: Happening) -> str:
        """Its last lines; what was said in the house is not for the log."""
        text = program.said.decode(errors="replace")
        for secret in (happening.text, json.dumps(happening.text)[1:-1]) if happening.text else ():
            text = text if self._show_texts else text.replace(secret, "***")
        return "\n".join(text.strip().splitlines()[-LINES:])

    def _warn(self, what: str, **about: str | int) -> None:
        """Warn, but not of the same again and again."""
        key = " ".join([what, *(str(value) for name, value in about.items() if name != "said")])
        if (repeated := self._repeats.news(key, time.monotonic())) is not None:
            logger.warning(what, **about, **({"repeated": repeated} if repeated else {}))


class _Program(asyncio.SubprocessProtocol):
    """A program that runs. `said` is the end of what it printed on standard error."""

    def __init__(self) -> None:
        self.said = b""
        self.ended = asyncio.Event()
        self.silent = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self.transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - there is only one
        self.said = (self.said + data)[-TAIL:]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if fd == 2:  # noqa: PLR2004 - standard error
            self.silent.set()

    def process_exited(self) -> None:
        # Not Process.wait: until Python 3.12.4 it waits for what the program left running, too.
        self.ended.set()

    async def ended_after(self, payload: bytes) -> int:
        """Give it the event, and wait for its end: its exit status, negative for a signal."""
        pipe = self.transport.get_pipe_transport(0)
        assert isinstance(pipe, asyncio.WriteTransport)
        pipe.write(payload)
        pipe.close()
        await self.ended.wait()
        return self.transport.get_returncode() or 0

    def kill(self) -> None:
        """End it, with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.transport.get_pid(), signal.SIGKILL)


@asynccontextmanager
async def _running(argv: Sequence[str], environment: dict[str, str]) -> AsyncIterator[_Program]:
    """A program in a process group of its own; what is left of the group after the block is killed. Raises OSError."""
    transport, program = await asyncio.get_running_loop().subprocess_exec(
        _Program, *argv, stdout=asyncio.subprocess.DEVNULL, env=environment, start_new_session=True
    )
    try:
        with contextlib.suppress(OSError):  # it has ended already, or the service may not
            os.setpriority(os.PRIO_PGRP, transport.get_pid(), max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        yield program
    finally:
        program.kill()
        await program.ended.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await program.silent.wait()
        transport.close()


def _environment(happening: Happening) -> dict[str, str]:
    """Ours without our secrets, and what happened."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THEIRS)}
    told = {"OYEZ_EVENT": happening.event, "OYEZ_ROOM": happening.room}
    return inherited | told | ({"OYEZ_TEXT": happening.text} if happening.text else {})
