"""What was tried, and how it went: a line as soon as it is known, and the count at the end."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from tools.home_assistant.client import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.home_assistant.house import House

    Check = Callable[[House], Awaitable[str | None]]

WITHIN = 300.0  # seconds: the machine may be busy


class Failed(AssertionError):
    """It isn't so."""


async def until(condition: Callable[[], Any], what: str | Callable[[], str], *, within: float = WITHIN) -> Any:
    """Wait until a condition holds; its value. Raises Failed, telling `what` wasn't so."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise Failed(what() if callable(what) else what)
        await asyncio.sleep(0.05)
    return value


def expect(holds: object, what: str) -> None:
    """Raises Failed, unless it is so."""
    if not holds:
        raise Failed(what)


class Table:
    """The results of the checks, each named by the first line of its docstring."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []

    async def tick(self, check: Check, house: House) -> None:
        """Do a check and print how it went; a check may tell a detail."""
        name = (check.__doc__ or check.__name__).splitlines()[0].rstrip(".")
        begun = time.monotonic()
        try:
            detail, mark = await check(house) or "", "yes"
            self.passed += 1
        except (AssertionError, Refused, TimeoutError, LookupError, ValueError) as error:
            detail, mark = f"{type(error).__name__}: {error}", "NO"
            self.failed.append(name)
        print(f"{mark:>4} {time.monotonic() - begun:7.1f} s  {name}  {detail}", flush=True)

    def __str__(self) -> str:
        lines = [f"{self.passed} yes, {len(self.failed)} no", *(f"  NO {name}" for name in self.failed)]
        return "\n".join(lines)
