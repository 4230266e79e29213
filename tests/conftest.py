"""Nothing may be left behind by a test: no task, thread, child process, or open file."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path

import psutil
import pytest

pytest_plugins = ["tests.support.pulse", "tests.support.broker", "tests.support.mms", "tests.support.file_server"]

# Threads that libraries keep for the life of the process, by the start of their names.
LASTING_THREADS = ("asyncio_", "pytest_timeout", "ThreadPoolExecutor")


def _open_files() -> set[str]:
    """What the process has open, without what only pytest's capture and the event loops come and go with."""
    links = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        if not target.startswith(("anon_inode:", "/dev/", "socket:")) and "/proc/" not in target:
            links.add(f"{fd}:{target}")
    return links


@pytest.fixture(autouse=True)
def nothing_left_behind():
    threads = {thread.ident for thread in threading.enumerate()}
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    files = _open_files()
    yield
    gc.collect()
    left = [
        thread.name
        for thread in threading.enumerate()
        if thread.ident not in threads and not thread.name.startswith(LASTING_THREADS)
    ]
    assert not left, f"threads left behind: {left}"
    left = [child for child in psutil.Process().children(recursive=True) if child.pid not in children]
    assert not left, f"child processes left behind: {left}"
    pipes = [name for name in _open_files() - files if "pipe:" in name]
    assert not pipes, f"pipes left open: {pipes}"


@pytest.fixture(autouse=True)
async def no_task_left_behind():
    yield
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not left, f"tasks left behind: {left}"


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parent.parent
