"""Programs of the house's owner, run when something happens, with the event on standard input as MQTT has it.

Who they are stands in the config file alone. What was said reaches them as data, never through a shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oyez import log
from oyez.flow import Channel, WhenFull
from oyez.mqtt.repeats import Repeats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.config.hooks import Event, HooksConfig
    from oyez.health import PartHealth

logger = log.get(__name__)

MOST_WAITING = 32  # events; one more is dropped: what has just begun to wait is older, and no less true
NICE = 10
TAIL = 2_000  # bytes that a program said last on standard error
LINES = 5  # of them that are logged
BLOCK = 65_536  # bytes read at a time
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
        argv, late = self._config.programs[happening.event], False
        try:
            program = _Program(argv, _environment(happening), happening.payload)
        except (OSError, ValueError) as error:  # not there, not ours to run; a NUL in an argument
            self._health.count("failed")
            reason = getattr(error, "strerror", None) or str(error)
            self._warn("a program can't be started", hook=happening.event, program=argv[0], reason=reason)
            return
        try:
            async with asyncio.timeout(self._config.timeout_s):
                await program.ended.wait()
        except TimeoutError:
            late = True
        finally:
            await program.close()
        self._health.count("timed_out" if late else "failed" if program.status else "run")
        if late or program.status:
            how = f"killed after {self._config.timeout_s:g} s" if late else f"status {program.status}"
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


class _Program:
    """A program that runs, in a process group of its own. `said` is the end of what it printed on standard error.

    Started in one go, not by asyncio: who is cancelled in the midst of that would leave a group behind. Raises OSError.
    """

    def __init__(self, argv: Sequence[str], environment: dict[str, str], payload: bytes) -> None:
        self.said = b""
        self.ended, self._silent = asyncio.Event(), asyncio.Event()
        with open(os.memfd_create("event"), "w+b") as event:  # noqa: PTH123 - a file without a path: nobody waits to be read
            event.write(payload)
            event.seek(0)
            self._process = subprocess.Popen(
                argv,
                stdin=event,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        self._pid = self._process.pid
        with contextlib.suppress(OSError):  # it has ended already, or the service may not
            os.setpriority(os.PRIO_PGRP, self._pid, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        self._end = os.pidfd_open(self._pid)
        assert self._process.stderr
        self._stderr = self._process.stderr.fileno()
        os.set_blocking(self._stderr, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._end, self._ended)
        loop.add_reader(self._stderr, self._hear)

    @property
    def status(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._process.returncode

    async def close(self) -> None:
        """End it with all that it started, and hear its last words."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        await self.ended.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._silent.wait()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._stderr)
        assert self._process.stderr
        self._process.stderr.close()

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._end)
        os.close(self._end)
        self._process.poll()
        self.ended.set()

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            heard = os.read(self._stderr, BLOCK)
            self.said = (self.said + heard)[-TAIL:]
            if not heard:
                asyncio.get_running_loop().remove_reader(self._stderr)
                self._silent.set()


def _environment(happening: Happening) -> dict[str, str]:
    """Ours without our secrets, and what happened."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THEIRS)}
    told = {"OYEZ_EVENT": happening.event, "OYEZ_ROOM": happening.room}
    return inherited | told | ({"OYEZ_TEXT": happening.text} if happening.text else {})
