"""Nothing may be left behind by a test: no task, thread, child process, or open file."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from pathlib import Path

import psutil
import pytest
from blockbuster import blockbuster_ctx
from hypothesis import settings

pytest_plugins = ["tests.support.pulse", "tests.support.broker", "tests.support.mms", "tests.support.file_server"]

settings.register_profile("oyez", deadline=None)  # a busy machine is no defect
settings.load_profile("oyez")

# Threads that libraries keep for the life of the process, by the start of their names.
LASTING_THREADS = ("asyncio_", "asyncio-waitpid", "pytest_timeout", "ThreadPoolExecutor")


def pytest_collection_finish() -> None:
    """What the test modules imported is here to stay: the collections after each test needn't look at it."""
    gc.collect()
    gc.freeze()


def _open_pipes() -> set[str]:
    """The pipes that the process has open: how it talks with its children."""
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.add(f"{link.name}:{link.readlink()}")
    return {link for link in links if "pipe:" in link}


@pytest.fixture(autouse=True)
def nothing_left_behind():
    threads = {thread.ident for thread in threading.enumerate()}
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    pipes = _open_pipes()
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
    pipes = _open_pipes() - pipes
    assert not pipes, f"pipes left open: {pipes}"


@pytest.fixture(autouse=True)
def nothing_blocks_the_loop():
    """Our code may not make blocking calls (files, sockets, sleep) while the event loop waits for it."""
    with blockbuster_ctx("oyez") as blockbuster:
        for read in ("io.BufferedReader.read", "io.TextIOWrapper.read"):
            blockbuster.functions[read].can_block_in("oyez/child/host.py", {"rss"})  # /proc answers at once
            blockbuster.functions[read].can_block_in("oyez/mqtt/connection.py", {"client_id"})  # before the start
        yield blockbuster


@pytest.fixture(autouse=True)
async def no_task_left_behind():
    yield
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not left, f"tasks left behind: {left}"


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parent.parent
