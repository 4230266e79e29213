"""The parent's side of a child process: start, talk with a deadline, kill."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from oyez import errors
from oyez.child import message
from oyez.child.message import Message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

KILL_GRACE = 1.0  # seconds between closing the pipe (the polite request to go) and SIGKILL


class Child:
    """One child process running a worker module; an async context manager.

    `name` is for people; `module` has `serve(port)`; `options` are sent first, as message `start`. The child answers
    `ready`, or `error`. All failures are EngineFailed or the OyezError that the child named.
    """

    def __init__(self, name: str, module: str, options: dict[str, Any], *, start_deadline: float = 60.0) -> None:
        self.name = name
        self._module = module
        self._options = options
        self._start_deadline = start_deadline
        self._process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process and self.alive else None

    @property
    def rss(self) -> int:
        """Resident memory in bytes; 0 when it doesn't run."""
        with contextlib.suppress(OSError):
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        return 0

    async def start(self) -> Message:
        """Start it and wait until it is ready; its `ready` message."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "oyez.child.worker", self._module,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20,
        )  # fmt: skip
        try:
            await self.send(Message("start", self._options))
            return await self.receive(self._start_deadline)
        except BaseException:
            await self.kill()
            raise

    async def send(self, msg: Message) -> None:
        """Send a message; waits while the pipe is full."""
        process = self._require()
        try:
            process.stdin.write(msg.pack())  # type: ignore[union-attr]
            await process.stdin.drain()  # type: ignore[union-attr]
        except (BrokenPipeError, ConnectionResetError) as error:
            raise await self._died() from error

    async def receive(self, deadline: float | None = None) -> Message:
        """The next message. Kills the child when nothing comes within `deadline` seconds."""
        process = self._require()
        try:
            async with asyncio.timeout(deadline):
                msg = await message.read(process.stdout)  # type: ignore[arg-type]
        except TimeoutError:
            await self.kill()
            text = f"{self.name}: no answer within {deadline:.0f} s, its process was killed"
            raise errors.EngineFailed(text) from None
        except (asyncio.IncompleteReadError, ValueError) as error:
            raise await self._died() from error
        if msg.kind == "error":
            raise _error(msg)
        return msg

    async def replies(self, request: Message, *, last: str, deadline: float) -> AsyncIterator[Message]:
        """Send a request and yield the replies, up to and including the one of kind `last`.

        `deadline` counts for each reply. Whoever stops iterating early must kill the child: the rest is on its way.
        """
        await self.send(request)
        while True:
            reply = await self.receive(deadline)
            yield reply
            if reply.kind == last:
                return

    async def close(self) -> None:
        """Ask it to go by closing its input; kill it if it doesn't."""
        if not self.alive or self._process is None:
            return
        self._process.stdin.close()  # type: ignore[union-attr]
        try:
            async with asyncio.timeout(KILL_GRACE):
                # Drain what it still sends: a child blocked on a full pipe would never see the end of its input.
                await self._process.communicate()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it now; waits until it is gone. A stopped (SIGSTOP) or hung child goes too."""
        if self._process is None:
            return
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # Not Process.send_signal: it polls, which takes the exit status away from asyncio's own watcher.
                os.kill(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - asyncio leaves the pipes open otherwise

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self.close()
        else:
            await self.kill()

    def _require(self) -> asyncio.subprocess.Process:
        if self._process is None:
            msg = f"{self.name}: not started"
            raise errors.EngineFailed(msg)
        return self._process

    async def _died(self) -> errors.EngineFailed:
        await self.kill()
        status = self._process.returncode if self._process else None
        how = f"killed by signal {-status}" if status is not None and status < 0 else f"exit status {status}"
        return errors.EngineFailed(f"{self.name}: its process ended ({how})")


def _error(msg: Message) -> errors.OyezError:
    kind = getattr(errors, msg.data.get("type", ""), errors.EngineFailed)
    return kind(msg.data.get("message", "unknown"), hint=msg.data.get("hint"))
