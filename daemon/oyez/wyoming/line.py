"""The line to a Wyoming program that is a microphone or a speaker of ours: we are its client."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING

from oyez.errors import DeviceLost, InvalidInput
from oyez.wyoming import wire

if TYPE_CHECKING:
    from wyoming.event import Event

REACHED_WITHIN = 2.0  # seconds
UNREAD = 2.0  # seconds in which the program takes nothing: it hangs, or the network is gone
HELD = 16 * 1024  # bytes that the kernel holds for us; the more, the later we notice


class Line:
    """An open line. Whatever goes wrong with it is a device that is lost; `name` is what it is called then."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._name = name
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, what: str, host: str, port: int) -> Line:
        """A line to the program of a `what` (microphone, speaker). Raises DeviceLost."""
        name = f"{what} wyoming:{f'[{host}]' if ':' in host else host}:{port}"
        try:
            async with asyncio.timeout(REACHED_WITHIN):
                reader, writer = await asyncio.open_connection(host, port, limit=wire.MOST_JSON)
        except OSError as error:
            raise DeviceLost(
                f"the {name} can't be reached: {_why(error)}",
                hint="does its program run there, and listen on more than 127.0.0.1?",
            ) from error
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD)
        writer.transport.set_write_buffer_limits(high=0)
        return cls(name, reader, writer)

    @property
    def open_still(self) -> bool:
        """Whether the program has closed it, as far as is known."""
        return not self._reader.at_eof() and not self._writer.is_closing()

    async def until(self, kind: str, deadline: float) -> Event:
        """The next event of a type; those of others are passed over. Raises DeviceLost, also after the deadline."""
        try:
            async with asyncio.timeout(deadline):
                while event := await wire.read(self._reader):
                    if event.type == kind:
                        return event
                    await asyncio.sleep(0)  # however many there are: others have their turn
        except TimeoutError:
            raise DeviceLost(f"the {self._name} is silent: no {kind} within {deadline:.1f} s") from None
        except OSError as error:
            raise DeviceLost(f"the {self._name} is gone: {_why(error)}") from error
        except InvalidInput as error:
            raise DeviceLost(f"the {self._name} sends nonsense: {error.message}") from error
        raise DeviceLost(f"the {self._name} is gone: its program has closed the connection")

    async def send(self, event: Event) -> None:
        """Send an event; waits until it is on its way. Raises DeviceLost."""
        self._writer.write(wire.pack(event))
        try:
            async with asyncio.timeout(UNREAD):
                await self._writer.drain()
        except TimeoutError:
            raise DeviceLost(f"the {self._name} hangs: nothing is taken for {UNREAD:.0f} s") from None
        except OSError as error:
            raise DeviceLost(f"the {self._name} is gone: {_why(error)}") from error

    def abort(self) -> None:
        """Close it now; what wasn't sent yet never will be."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close it when all was sent."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(UNREAD):
                await self._writer.wait_closed()


def _why(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {REACHED_WITHIN:.0f} s"
    return os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or str(error)
