"""The command line as people run it: a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys


async def oyez(*args: str, stdin: str | None = None, **environment: str):
    """(exit status, standard output, standard error) of a command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "oyez",
        *args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"} | environment,
    )
    out, err = await process.communicate(None if stdin is None else stdin.encode())
    return process.returncode, out.decode(), err.decode()
