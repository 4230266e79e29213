"""The child's side: reads messages from its standard input, answers on its standard output.

Run as `python -m oyez.child.worker MODULE`: the module has `serve(port: Port) -> None`, which returns when the parent
is done. Anything a library prints goes to standard error, which is the log of the daemon: standard output is the
protocol.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from oyez.child.message import Message, read_blocking
from oyez.errors import OyezError

if TYPE_CHECKING:
    from collections.abc import Iterator

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class Port:
    """The child's end of the pipe. `send` may be called from any thread."""

    def __init__(self) -> None:
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.fdopen(os.dup(1), "wb")
        self._lock = threading.Lock()
        os.dup2(2, 1)

    def send(self, message: Message) -> None:
        """Send to the parent."""
        with self._lock:
            self._out.write(message.pack())
            self._out.flush()

    def fail(self, error: Exception) -> None:
        """Tell the parent that a request failed, and why."""
        known = isinstance(error, OyezError)
        text = error.message if isinstance(error, OyezError) else f"{type(error).__name__}: {error}"
        hint = error.hint if isinstance(error, OyezError) else None
        kind = type(error).__name__ if known else "EngineFailed"
        self.send(Message("error", {"type": kind, "message": text, "hint": hint}))

    def __iter__(self) -> Iterator[Message]:
        while (message := read_blocking(self._in)) is not None:
            yield message


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent is gone: after a SIGKILL of that, nobody else is left to."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main() -> None:
    """Serve one parent until it closes the pipe."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent stops us in order
    port = Port()
    with contextlib.suppress(BrokenPipeError):
        try:
            importlib.import_module(sys.argv[1]).serve(port)
        except Exception as error:
            port.fail(error)
            raise


if __name__ == "__main__":
    main()
