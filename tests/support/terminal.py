"""A command at a terminal of its own: what it shows, and what a person types."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import sys
import termios

from tests.support.broker import eventually

WITHIN = 30.0
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`oyez` with arguments at a terminal. `shown` is the text on it."""

    def __init__(self) -> None:
        self._seen = b""
        self._read_until = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def running(cls, *args: str, **environment: str):
        terminal = cls()
        terminal._main, end = pty.openpty()
        terminal.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "oyez", *args, stdin=end, stdout=end, stderr=end, start_new_session=True,
            env=os.environ | {"COLUMNS": "200", "TERM": "xterm"} | environment,
        )  # fmt: skip
        terminal._echoes = lambda: bool(termios.tcgetattr(end)[3] & termios.ECHO)
        loop = asyncio.get_running_loop()
        loop.add_reader(terminal._main, terminal._read)
        try:
            yield terminal
        finally:
            loop.remove_reader(terminal._main)
            if terminal.process.returncode is None:
                terminal.process.kill()
            await terminal.process.wait()
            os.close(terminal._main)
            os.close(end)

    @property
    def shown(self) -> str:
        return _STYLE.sub("", self._seen.decode(errors="replace")).replace("\r\n", "\n")

    async def asked(self, question: str) -> None:
        """Wait until something is shown after what was shown before."""
        await eventually(lambda: question in self.shown[self._read_until :] or self._over, within=WITHIN)
        assert question in self.shown[self._read_until :], self.shown
        self._read_until = self.shown.index(question, self._read_until) + len(question)

    async def answers(self, question: str, answer: str = "", *, hidden: bool = False) -> None:
        """Wait for a question, and type a line; `hidden`: what is typed isn't shown."""
        await self.asked(question)
        if hidden:
            await eventually(lambda: not self._echoes(), within=WITHIN)
        os.write(self._main, f"{answer}\n".encode())

    async def ended(self) -> int:
        async with asyncio.timeout(WITHIN):
            status = await self.process.wait()
        self._read()
        return status

    @property
    def _over(self) -> bool:
        return self.process.returncode is not None

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            os.set_blocking(self._main, False)
            while block := os.read(self._main, 65_536):
                self._seen += block
